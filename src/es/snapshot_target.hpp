#pragma once

#include "engine/snapshot_ports.hpp"
#include "es/admin_exchange.hpp"
#include "es/follow_mark.hpp"
#include "es/index_sampler.hpp"
#include "es/json.hpp"
#include "es/repository_registration.hpp"
#include "es/restore_throttle.hpp"
#include "es/restore_watch.hpp"
#include "http/client.hpp"

#include <optional>
#include <string>
#include <vector>

/// The follower's cluster as the one that restores snapshots, over REST.

namespace followd::es {

/// The client must outlive it. docs/OPERATIONS.md names the privileges.
class RestSnapshotTarget final : public engine::SnapshotTarget {
public:
    RestSnapshotTarget(http::Client& client, ClusterName cluster);

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
    /// The index object; nothing where neither index nor alias nor data stream has the name.
    [[nodiscard]] Task<Result<std::optional<Json>>> read_index(IndexName name);
    /// Nothing where this cluster cannot aggregate versions.
    [[nodiscard]] Task<Result<std::optional<std::int64_t>>> read_highest_version(IndexName name);
    [[nodiscard]] Task<Result<std::vector<FollowerIdentity>>> read_identities(
        IndexName name, engine::IndexSample sample);
    [[nodiscard]] Task<Result<void>> put_fence(IndexName name, std::int64_t epoch);
    /// `index` as it stands.
    [[nodiscard]] Task<Result<void>> put_mark(IndexName name, Json index, FollowMark mark);
    /// Nothing says any more that it is being made.
    [[nodiscard]] Task<Result<void>> complete(IndexName name);

    http::Client& client_;
    ClusterName cluster_;
    AdminExchange exchange_;
    IndexSampler sampler_;
    RepositoryRegistration registration_;
    RestoreWatch watch_;
    RestoreThrottle throttle_;
    std::int64_t ceiling_ = 0;  // of restores, by the repository
};

}  // namespace followd::es
