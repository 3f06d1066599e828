#pragma once

#include "followd/core/recovery_schedule.hpp"
#include "followd/core/scheduled_snapshot_name.hpp"
#include "followd/model/follow_rule.hpp"
#include "followd/model/ids.hpp"

#include "engine/bootstrap_status.hpp"
#include "engine/follower_status.hpp"
#include "engine/generation_maker.hpp"
#include "engine/holds.hpp"
#include "engine/recovered_set.hpp"
#include "engine/recovery_ports.hpp"
#include "engine/recovery_snapshots.hpp"
#include "engine/recovery_status.hpp"
#include "engine/recovery_taker.hpp"
#include "engine/semaphore.hpp"
#include "engine/task.hpp"
#include "engine/task_group.hpp"
#include "observe/log.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// Carries out one rule of mode snapshot: by its schedule one snapshot of all its indices on the
/// leader, restored on the follower as one generation of each. One worker thread.
///
/// Invariants:
/// - one attempt at a time; what was missed meanwhile is made up for once;
/// - a failure leaves of each index what is shown of it, and keeps no other index from being shown;
/// - a snapshot is not deleted while anything may be being restored from it.

namespace followd::engine {

class SnapshotRecovery {
public:
    /// All referred to outlives it. `daemon_id`: as ScheduledSnapshotNames wants it.
    SnapshotRecovery(const boost::asio::any_io_executor& executor,
                     RecoveryPorts ports,
                     FollowRule rule,
                     const std::string& daemon_id,
                     RecoveryRelations relations);

    /// Until stop(); returns when nothing is under way.
    [[nodiscard]] Task<void> run();
    void stop();

    /// Looks again at what there is, soon.
    void list_soon();
    /// Returns when nothing is under way of an index that is held back at that place.
    [[nodiscard]] Task<void> release(IndexPlace place);

    [[nodiscard]] const FollowRule& rule() const { return rule_; }
    [[nodiscard]] std::vector<FollowerStatus> status() const;
    [[nodiscard]] RecoveryRuleStatus rule_status() const;
    /// Why the leader could not be listed; nothing while it answers.
    [[nodiscard]] const std::optional<Failure>& failure() const { return set_.leader_failure(); }

private:
    [[nodiscard]] Task<void> look();
    void begin_what_is_due();
    [[nodiscard]] bool is_due() const;
    [[nodiscard]] Instant wake_at() const;

    /// What an earlier life left: shown, or done away with.
    [[nodiscard]] Task<void> settle_down();
    [[nodiscard]] Task<void> settle_one(IndexName index);
    [[nodiscard]] Task<void> attempt();
    [[nodiscard]] std::vector<IndexName> begin_attempt();
    [[nodiscard]] Task<void> take(std::vector<IndexName> indices);
    [[nodiscard]] Task<void> restore();
    [[nodiscard]] Task<void> restore_one(IndexName index);
    [[nodiscard]] GenerationTask task_of(const IndexName& index) const;
    [[nodiscard]] Task<void> clean_up();
    void close_run();
    void end_attempt(std::size_t wanted);

    RecoveryPorts ports_;
    FollowRule rule_;
    core::ScheduledSnapshotNames names_;
    observe::Logger log_;
    Semaphore slots_;
    RecoverySnapshots snapshots_;
    RecoveryTaker taker_;
    RecoveredSet set_;

    Instant look_at_{};
    Instant looked_at_{};
    std::optional<std::set<IndexName>> unsettled_;  // nothing: not begun yet
    Instant settle_at_{};
    bool is_at_work_ = false;                         // settles down, or attempts
    std::optional<core::RecoverySchedule> schedule_;  // once it is known what there is

    std::optional<RecoveryRun> run_;  // while something is to be restored from its snapshot
    bool is_supplement_ = false;      // run_ has only what the schedule's run left undone
    bool has_taken_ = false;          // the schedule's run got its snapshot
    std::set<IndexName> undone_;      // of the schedule's run
    std::optional<BootstrapStatus> taking_;
    std::set<IndexName> taken_;  // the snapshot that is being taken is of these
    RecoveryRuleStatus rule_status_;
    std::string clean_up_problem_;
    bool is_stopping_ = false;
    TaskGroup restores_;
    TaskGroup group_;
};

}  // namespace followd::engine
