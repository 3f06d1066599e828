#pragma once

#include "followd/base/result.hpp"
#include "followd/core/scheduled_snapshot_name.hpp"
#include "followd/core/shard_status.hpp"
#include "followd/model/follow_rule.hpp"
#include "followd/model/promotion.hpp"

#include "engine/bootstrap_status.hpp"
#include "engine/follower_status.hpp"
#include "engine/generation_maker.hpp"
#include "engine/generation_survey.hpp"
#include "engine/holds.hpp"
#include "engine/long_work.hpp"
#include "engine/recovery_ports.hpp"
#include "engine/semaphore.hpp"
#include "engine/task.hpp"
#include "observe/log.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

/// One index that is recovered by schedule: the generations behind its alias.
///
/// Invariants:
/// - the alias is moved only to a generation that is marked, which is proved whole, and only from
///   one that scheduled recovery made and nobody promoted; both are read again right before;
/// - what is removed is a generation older than the one that is shown, after searches that began on
///   it have had their time, or half restored from a snapshot of this rule; whatever else is called
///   like a generation stays as it is;
/// - while it is held back, or after a promotion, nothing of it is touched.

namespace followd::engine {

/// What came of an attempt.
enum class RecoveryEnd {
    done,        ///< what was to be shown is, or nothing is to be done: promoted, held back
    failed,      ///< the same snapshot may do the next time
    distrusted,  ///< it gives something else than the leader had: another snapshot is needed
};

/// A leader index that the rule means.
struct Listed {
    std::optional<Failure> obstacle;  ///< why nothing can be made of it now
};

class RecoveredIndex {
public:
    /// All referred to outlives it; `slots` bounds how many are restored at a time.
    RecoveredIndex(const RecoveryPorts& ports,
                   FollowRule rule,
                   core::ScheduledSnapshotNames snapshots,
                   GenerationOwner owner,
                   const Holds& holds,
                   Semaphore& slots,
                   StopCheck is_stopping);

    /// Makes the task's generation and shows it; without a task, shows what is there already. Does
    /// away with what an earlier attempt left. One call at a time; every failure is kept for
    /// status().
    [[nodiscard]] Task<RecoveryEnd> run(std::optional<GenerationTask> task);
    /// Whether anything of it is under way; not while it waits for its turn.
    [[nodiscard]] bool is_at_work() const { return is_at_work_; }
    /// Snapshots that something may be being restored from.
    [[nodiscard]] const std::set<std::string>& snapshots_in_use() const { return in_use_; }

    /// What its marks say, by a listing: those of its generations.
    void marked(const std::vector<RoleIndex>& generations);
    /// What a listing of the leader says; nothing where no index is there that the rule means.
    void listed(std::optional<Listed> listed);
    /// A failure of the run that it is part of.
    void note(Failure failure);

    [[nodiscard]] const GenerationOwner& owner() const { return owner_; }
    /// Whether a run is to make a generation of it.
    [[nodiscard]] bool is_wanted() const;
    /// Of the newest that may be shown.
    [[nodiscard]] std::optional<WallTime> newest_point() const;
    /// Nothing is known of it any more that anybody would ask for.
    [[nodiscard]] bool is_forgotten() const;
    /// Whether that is the place of the alias or of a generation behind it.
    [[nodiscard]] bool is_at(const IndexPlace& place) const;

    /// `taking`: of the run that it is part of, until it is restored. Nothing where no row is to be
    /// shown.
    [[nodiscard]] std::optional<FollowerStatus> status(
        const std::optional<BootstrapStatus>& taking,
        const std::optional<core::ShardError>& of_clusters,
        std::optional<WallTime> next_run) const;

private:
    [[nodiscard]] const Hold* hold() const;
    [[nodiscard]] bool is_ended() const { return is_stopping_() || hold() != nullptr; }
    [[nodiscard]] Task<RecoveryEnd> attempt(std::optional<GenerationTask> task);
    [[nodiscard]] Task<Result<RecoveryEnd>> work(std::optional<GenerationTask> task);
    [[nodiscard]] Task<Result<RecoveryEnd>> bring_about(std::optional<GenerationTask> task);
    /// Reads what stands behind the alias. What is nobody's to replace is a Failure.
    [[nodiscard]] Task<Result<GenerationSurvey>> look();
    /// All that was left half restored but from the snapshot `but`.
    [[nodiscard]] Task<Result<void>> discard_unfinished(std::vector<Generation> unfinished,
                                                        std::string but);
    [[nodiscard]] Task<Result<RecoveryEnd>> make(GenerationTask task, bool has_begun);
    [[nodiscard]] Task<Result<void>> show_newest(std::optional<std::string> aliases);
    [[nodiscard]] Task<std::string> read_aliases();
    [[nodiscard]] Task<Result<void>> remove_older();
    void found(const GenerationSurvey& survey);
    [[nodiscard]] IndexPhase phase(bool is_in_run) const;
    [[nodiscard]] RecoveryStatus recovery(std::optional<WallTime> next_run) const;

    const RecoveryPorts& ports_;
    FollowRule rule_;
    core::ScheduledSnapshotNames snapshots_;
    GenerationOwner owner_;
    const Holds& holds_;
    Semaphore& slots_;
    StopCheck is_stopping_;
    observe::Logger log_;
    GenerationMaker maker_;
    std::set<std::string> in_use_;
    bool is_running_ = false;
    bool is_at_work_ = false;
    std::optional<BootstrapStatus> restoring_;

    std::optional<Generation> shown_;
    std::optional<Generation> newest_;
    std::optional<Promotion> promotion_;  // of a promoted generation
    bool is_listing_known_ = false;       // the leader has answered
    bool is_listed_ = false;
    std::optional<core::ShardError> obstacle_;    // by the last listing
    std::optional<core::ShardError> last_error_;  // of the last attempt
    std::string warning_;
};

}  // namespace followd::engine
