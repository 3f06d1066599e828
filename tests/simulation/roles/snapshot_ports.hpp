#pragma once

#include "engine/snapshot_ports.hpp"
#include "simulation/link.hpp"
#include "simulation/roles/repository.hpp"
#include "simulation/roles/sides.hpp"

#include <string>
#include <utility>
#include <vector>

/// Snapshots of one cluster, and restores there, as one process sees them.

namespace followd::sim {

class TwoWaySnapshotSource final : public engine::SnapshotSource {
public:
    TwoWaySnapshotSource(Repository& repository, Sides& sides, Link& link, ClusterName cluster)
        : repository_(repository), sides_(sides), link_(link), cluster_(std::move(cluster)) {}

    [[nodiscard]] Task<Result<engine::Release>> read_release() override;
    [[nodiscard]] Task<Result<void>> prepare_to_write(engine::RuleRepository repository) override;
    [[nodiscard]] Task<Result<void>> begin_snapshot(engine::RuleRepository repository,
                                                    std::string snapshot,
                                                    std::vector<IndexName> indices) override;
    [[nodiscard]] Task<Result<engine::SnapshotProgress>> read_snapshot(
        engine::RuleRepository repository, std::string snapshot) override;
    [[nodiscard]] Task<Result<std::vector<std::string>>> list_snapshots(
        engine::RuleRepository repository, std::string prefix) override;
    [[nodiscard]] Task<Result<void>> delete_snapshot(engine::RuleRepository repository,
                                                     std::string snapshot) override;

private:
    Repository& repository_;
    Sides& sides_;
    Link& link_;
    ClusterName cluster_;
};

/// `data`: a restore may begin long after it was given up; what is made of the index afterwards is
/// on `admin`, where nothing comes late (see Daemon::Cluster).
class TwoWaySnapshotTarget final : public engine::SnapshotTarget {
public:
    TwoWaySnapshotTarget(
        Repository& repository, Sides& sides, Link& data, Link& admin, ClusterName cluster)
        : repository_(repository),
          sides_(sides),
          data_(data),
          admin_(admin),
          cluster_(std::move(cluster)) {}

    [[nodiscard]] Task<Result<engine::Release>> read_release() override;
    [[nodiscard]] std::string why_not_restorable(
        const engine::Release& leader,
        const engine::Release& follower,
        const engine::IndexDefinition& index) const override;
    [[nodiscard]] Task<Result<void>> prepare_to_read(engine::RuleRepository repository) override;
    [[nodiscard]] Task<Result<engine::Standing>> look(IndexName follower) override;
    [[nodiscard]] Task<Result<void>> begin_restore(engine::RestoreRequest request) override;
    [[nodiscard]] Task<Result<engine::RestoreProgress>> read_restore(IndexName follower) override;
    [[nodiscard]] Task<Result<engine::RestoredIndex>> read_restored(IndexName follower) override;
    [[nodiscard]] Task<Result<void>> mark_restored(engine::FollowerRequest request,
                                                   core::Turn begun,
                                                   std::vector<HistoryUuid> histories) override;
    [[nodiscard]] Task<Result<void>> discard(IndexName follower, std::string snapshot) override;

private:
    [[nodiscard]] Failure absent() const {
        return {FailureKind::not_found, "no such index", cluster_.value()};
    }

    Repository& repository_;
    Sides& sides_;
    Link& data_;
    Link& admin_;
    ClusterName cluster_;
};

}  // namespace followd::sim
