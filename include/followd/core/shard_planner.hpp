#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"
#include "followd/core/action.hpp"
#include "followd/core/bulk_queue.hpp"
#include "followd/core/comparison.hpp"
#include "followd/core/copy_plan.hpp"
#include "followd/core/delete_counter.hpp"
#include "followd/core/duty_cycle.hpp"
#include "followd/core/event.hpp"
#include "followd/core/lag.hpp"
#include "followd/core/page_sizer.hpp"
#include "followd/core/retry.hpp"
#include "followd/core/shard_status.hpp"
#include "followd/core/sweep_plan.hpp"
#include "followd/core/view_confirmation.hpp"
#include "followd/model/checkpoint.hpp"
#include "followd/model/origins.hpp"
#include "followd/model/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

/// The heart: decides everything that one followed shard does (design.md sections 2 to 4). Pure and
/// single-threaded: told an event and the time, it answers with actions, each of which comes back
/// as exactly one event.
///
/// One cycle: [identity is known] -> sample with G0 -> refresh -> view or single search -> confirm
/// -> mapping -> copy -> (sweep) -> checkpoint.
///
/// Invariants:
/// - no document is written and no mark rises before the cycle's view is confirmed;
/// - swept_through <= applied_through <= the G0 of a confirmed cycle; neither falls while history,
///   base and follower stay;
/// - a checkpoint is handed to the store only after the follower acknowledged all it covers;
/// - no action of one cycle is under way when the next begins;
/// - a cycle that was given up holds no documents, whatever of it is still under way;
/// - a checkpoint carries a base that was raised (`former`) only after sweeps that listed
/// everything
///   were done with it; until then its C counts on and its D is none.

namespace followd::core {

/// Why a planner ended; its owner decides what follows.
enum class PlannerEnd {
    stopped,          ///< it was asked to
    history_changed,  ///< the leader was restored or lost operations: versions need a new base
    leader_replaced,  ///< another index stands under the leader's name
    fence_lost,       ///< the follower index or its fence alias is gone: promoted or deleted
};

struct PlannerOptions {
    LimitSettings limits;
    TailSettings tail;
    IndexUuid leader_uuid;
    HistoryUuid history;  ///< whose versions `base` stands for
    VersionBase base;
    std::vector<OlderSpace> older;    ///< of a follower that holds documents of its own
    std::vector<VersionBase> former;  ///< bases of `history` before the present one
    FollowerIdentity follower;        ///< uuid is what matters; the rest is read
    std::optional<Checkpoint> stored;
    std::uint64_t seed = 0;  ///< of back-off jitter and audit buckets
};

class ShardPlanner {
public:
    explicit ShardPlanner(PlannerOptions options);

    /// The first actions; before any step().
    [[nodiscard]] Actions begin(Instant now);
    [[nodiscard]] Actions step(Instant now, Event event);

    /// Set once the planner ended and no action is under way: no more steps.
    [[nodiscard]] std::optional<PlannerEnd> ended() const;
    [[nodiscard]] ShardStatus status(Instant now) const;
    /// True while something moves: the leader is then polled more often.
    [[nodiscard]] bool is_busy() const { return state_ != State::idle; }

private:
    enum class State {
        identity,      // of the leader: uuid, term
        first_sample,  // is the history the one we followed?
        follower,      // is the follower the one we wrote?
        idle,
        refresh,
        open_view,
        single_page,  // a search of its own instead of a view
        confirm_sample,
        confirm_pause,
        confirm_identity,
        mapping,
        bootstrap_refresh,
        bootstrap_count,  // what of the leader does the follower hold already?
        copy,
        sweep,
        abort,  // something failed: waits until nothing is under way
        back_off,
    };

    void on(const IdentityRead& event, Instant now);
    void on(const SampleRead& event, Instant now);
    void on(const LeaderRefreshed& event, Instant now);
    void on(const ViewOpened& event, Instant now);
    void on(const ViewClosed& event, Instant now);
    void on(PageRead& event, Instant now);
    void on(const MappingSynced& event, Instant now);
    void on(BulkDone& event, Instant now);
    void on(const CheckpointSaved& event, Instant now);
    void on(const FollowerIdentityRead& event, Instant now);
    void on(const FollowerRefreshed& event, Instant now);
    void on(LeaderCounted& event, Instant now);
    void on(FollowerCounted& event, Instant now);
    void on(LeaderListed& event, Instant now);
    void on(FollowerListed& event, Instant now);
    void on(const LookedUp& event, Instant now);
    void on(const DocumentsCounted& event, Instant now);
    void on(const Woke& event, Instant now);
    void on(const SampleTaken& event, Instant now);
    void on(const PrimaryMissing& event, Instant now);
    void on(const DrainRequested& event, Instant now);
    void on(const StopRequested& event, Instant now);

    void begin_if_due(Instant now);
    void begin_when_rested(Instant now);
    void begin_cycle(Instant now);
    [[nodiscard]] bool is_work_due(Instant now) const;
    [[nodiscard]] bool is_sweep_due(Instant now) const;
    [[nodiscard]] bool is_draining() const;
    /// The base was raised, and what stands on the follower was not compared since.
    [[nodiscard]] bool is_raised() const;
    /// What a checkpoint begins with of which no sweep was done.
    [[nodiscard]] VersionBase unswept_base() const;
    void confirm(Instant now, ViewConfirmation::Step step);
    void read_single_page();
    void begin_confirmation();
    void view_confirmed(Instant now);
    void start_copy(std::vector<SeqNoRange> ranges, PageOrder order);
    void both_counted(Instant now);
    void advance_copy(Instant now);
    void write_failed(const Failure& failure, Instant now);
    void copied(Instant now);
    void begin_sweep(Instant now);
    [[nodiscard]] std::vector<SeqNoRange> doubted_ranges();
    void advance_sweep(Instant now);
    void swept(Instant now);
    void finish_cycle(Instant now);
    void close_view();

    void take_sample(const ShardSample& sample, Instant now);
    void observe_follower(const FollowerIdentity& follower);
    void raise(SeqNo applied, SeqNo swept);
    void save(Instant now);
    void fail(const Failure& failure, Instant now);
    void end(PlannerEnd end);
    void drop_cycle();
    void after_abort(Instant now);
    void sleep_until(Instant when);
    void forget_error();

    void act(Action action);
    void run(Actions actions);
    template <class E>
    void to_sweep(E&& event, Instant now);

    PlannerOptions options_;
    Random random_;
    PageSizer sizer_;
    BulkQueue queue_;
    DeleteCounter deletes_;
    DutyCycle refreshes_;
    DutyCycle scans_;
    LagMeter lag_;

    State state_ = State::identity;
    Actions actions_;    // of the step under way
    int under_way_ = 0;  // actions whose event must come before a new cycle may begin
    std::optional<PlannerEnd> end_;

    // What we know of the leader and the follower.
    LeaderIdentity identity_;
    Instant identity_read_at_{};
    std::int64_t mapping_version_ = -1;
    bool has_nested_ = false;

    // Our marks.
    Checkpoint checkpoint_;
    bool established_ = false;  // the marks were once proved; else a bootstrap is due
    std::unordered_set<SeqNo> sent_above_;

    // The cycle under way.
    ShardSample start_;                // its global_checkpoint is G0
    std::optional<ShardSample> seen_;  // the first after the view was opened
    bool sweep_in_cycle_ = false;
    bool audit_in_cycle_ = false;
    std::optional<ViewId> view_;
    Instant view_opened_at_{};
    Instant refresh_began_{};
    std::optional<Page> page_;
    std::optional<ViewConfirmation> confirmation_;
    std::optional<Comparison> bootstrap_comparison_;
    std::optional<std::vector<Bucket>> leader_buckets_;
    std::optional<std::vector<Bucket>> follower_buckets_;
    std::optional<CopyPlan> copy_;
    std::optional<SweepPlan> sweep_;
    std::optional<Instant> scan_began_;  // until the first counts of the sweep are in
    Duration scan_rest_{};
    std::optional<std::int64_t> guarded_;
    std::optional<Failure> abort_failure_;

    // When what may happen again.
    Instant cycle_not_before_{};
    Instant sweep_not_before_{};
    Instant audit_at_{};
    Instant resume_at_{};
    std::optional<Instant> sleeping_until_;
    Backoff backoff_;
    SeqNo audit_from_{0};  // what audits have not listed lately begins here
    std::optional<SeqNo> drain_through_;
    int foreign_sweeps_ = 0;
    int raised_sweeps_ = 0;
    std::optional<SeqNo> first_foreign_;

    // The store.
    std::optional<Checkpoint> saving_;  // handed over, not answered yet
    std::optional<Checkpoint> stored_;  // survives a crash
    Instant save_not_before_{};
    bool save_failed_ = false;

    // For status().
    std::optional<ShardError> last_error_;     // until something succeeds
    std::optional<ShardError> foreign_error_;  // until a sweep meets no foreign document
    std::optional<Proof> proof_;
    bool halted_ = false;
    std::int64_t docs_copied_ = 0;
    ShardCounters counters_;
    std::optional<std::int64_t> docs_total_;
};

}  // namespace followd::core
