#pragma once

#include "engine/index_ports.hpp"
#include "simulation/link.hpp"
#include "simulation/roles/sides.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Whole indices of one cluster as one process sees them: those that lead, and those that follow.

namespace followd::sim {

class TwoWayLeaderCluster final : public engine::LeaderCluster {
public:
    TwoWayLeaderCluster(Sides& sides, Link& link, ClusterName cluster)
        : sides_(sides), link_(link), cluster_(std::move(cluster)) {}

    [[nodiscard]] Task<Result<std::vector<engine::IndexSample>>> sample(
        std::vector<std::string> patterns) override;
    [[nodiscard]] Task<Result<std::vector<engine::LeaderIndex>>> list_indices(
        std::vector<std::string> patterns) override;
    [[nodiscard]] Task<Result<engine::IndexDefinition>> read_definition(IndexName index) override;
    [[nodiscard]] Task<Result<engine::VersionListing>> read_versions(
        std::vector<std::string> patterns, std::string known_state) override;
    [[nodiscard]] engine::FollowVerdict judge(
        const engine::IndexDefinition& definition) const override;

private:
    Sides& sides_;
    Link& link_;
    ClusterName cluster_;
};

class TwoWayFollowerCluster final : public engine::FollowerCluster {
public:
    TwoWayFollowerCluster(Sides& sides, Link& link, ClusterName cluster)
        : sides_(sides), link_(link), cluster_(std::move(cluster)) {}

    [[nodiscard]] Task<Result<engine::FollowerIndex>> prepare(
        engine::FollowerRequest request) override;
    [[nodiscard]] Task<Result<void>> sync_mapping(IndexName follower,
                                                  engine::IndexDefinition leader) override;
    [[nodiscard]] Task<Result<engine::MetadataOutcome>> sync_metadata(
        engine::MetadataRequest request) override;
    [[nodiscard]] Task<Result<void>> finish_loading(IndexName follower) override;
    [[nodiscard]] Task<Result<std::int64_t>> claim_generation(
        engine::FollowerIndex follower, std::vector<HistoryUuid> histories) override;
    [[nodiscard]] Task<Result<engine::FollowerIndex>> raise_generation(
        engine::FollowerIndex follower, std::vector<SeqNo> through) override;

private:
    [[nodiscard]] Task<Result<void>> put_fence_back(IndexName name, std::string fence);
    [[nodiscard]] Task<Result<void>> check_no_change(IndexName name);
    /// What is held back until a promotion, written anew.
    [[nodiscard]] Task<Result<void>> keep_held_back(IndexName name, engine::IndexDefinition leader);
    [[nodiscard]] Failure absent(const IndexName& name) const;

    Sides& sides_;
    Link& link_;
    ClusterName cluster_;
};

}  // namespace followd::sim
