#pragma once

#include "followd/core/follow_matcher.hpp"
#include "followd/core/scheduled_snapshot_name.hpp"
#include "followd/core/shard_status.hpp"
#include "followd/model/follow_rule.hpp"
#include "followd/model/ids.hpp"

#include "engine/bootstrap_status.hpp"
#include "engine/follower_status.hpp"
#include "engine/holds.hpp"
#include "engine/long_work.hpp"
#include "engine/recovered_index.hpp"
#include "engine/recovery_ports.hpp"
#include "engine/semaphore.hpp"
#include "engine/task.hpp"
#include "observe/log.hpp"
#include "observe/repeat_limiter.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// The indices of one rule of mode snapshot, by what the leader lists and by the marks of their
/// generations: so a leader that never answers leaves in sight what can be recovered.

namespace followd::engine {

/// What a rule of mode snapshot is told and asked beside its ports.
struct RecoveryRelations {
    /// Told this rule's claims, says which of them stand among those of all rules.
    std::function<core::FollowPlan(std::vector<core::FollowClaim> claims)> settle;
    const Holds& holds;
};

class RecoveredSet {
public:
    /// All referred to outlives it.
    RecoveredSet(const RecoveryPorts& ports,
                 FollowRule rule,
                 core::ScheduledSnapshotNames snapshots,
                 RecoveryRelations relations,
                 Semaphore& slots,
                 StopCheck is_stopping,
                 observe::Logger log);

    /// Asks both clusters.
    [[nodiscard]] Task<void> look();
    /// Whether the follower's cluster was ever asked with success.
    [[nodiscard]] bool knows_marks() const { return knows_marks_; }
    /// Whether both clusters answered the last time.
    [[nodiscard]] bool is_fresh() const { return !look_error_.has_value(); }
    /// Why the leader could not be listed the last time.
    [[nodiscard]] const std::optional<Failure>& leader_failure() const { return leader_failure_; }

    /// Those that a run is to recover.
    [[nodiscard]] std::vector<IndexName> wanted() const;
    [[nodiscard]] std::vector<IndexName> all() const;
    /// By the leader index's name; null where it is forgotten. Valid until the next await, or as
    /// long as its run() lasts.
    [[nodiscard]] RecoveredIndex* find(const IndexName& leader_index) const;
    [[nodiscard]] std::optional<WallTime> newest_point() const;
    /// Of those that are wanted; nothing where one has no generation.
    [[nodiscard]] std::optional<WallTime> oldest_point() const;
    [[nodiscard]] std::set<std::string> snapshots_in_use() const;

    /// Returns when nothing is under way of an index that is held back at that place.
    [[nodiscard]] Task<void> release(IndexPlace place);
    /// `taking`: of the run whose snapshot is being taken, with its indices.
    [[nodiscard]] std::vector<FollowerStatus> status(const std::optional<BootstrapStatus>& taking,
                                                     const std::set<IndexName>& taken,
                                                     std::optional<WallTime> next_run) const;

private:
    void take_listing(const std::vector<LeaderIndex>& indices);
    /// Of the claims that cannot stand those whose index is known, with why.
    [[nodiscard]] std::map<IndexName, Listed> refuse(const core::FollowPlan& plan);
    [[nodiscard]] Listed listed_of(const LeaderIndex& index) const;
    [[nodiscard]] bool is_ours(const core::FollowClaim& claim) const;
    void take_marks(const std::vector<RoleIndex>& marks);
    [[nodiscard]] RecoveredIndex& index_of(const IndexName& leader_index, const IndexName& alias);
    void failed(const Failure& failure);

    const RecoveryPorts& ports_;
    FollowRule rule_;
    core::ScheduledSnapshotNames snapshots_;
    RecoveryRelations relations_;
    Semaphore& slots_;
    StopCheck is_stopping_;
    observe::Logger log_;
    observe::RepeatLimiter repeats_;
    core::FollowMatcher matcher_;
    std::map<IndexName, std::unique_ptr<RecoveredIndex>> indices_;  // by the leader's name
    std::map<IndexName, FollowerStatus> refused_;                   // claims that cannot stand
    std::optional<Failure> leader_failure_;
    std::optional<core::ShardError> look_error_;
    bool knows_marks_ = false;
};

}  // namespace followd::engine
