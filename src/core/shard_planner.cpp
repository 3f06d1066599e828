#include "followd/core/shard_planner.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

/// Events, the start, failure and the end. The cycle itself is in shard_cycle.cpp.

namespace followd::core {

namespace {

// A shard to which nothing was written since its last sweep is audited this much less often: no
// late duplicate of a request of ours can be about.
constexpr int quiet_audit_factor = 6;

// What a refresh may take before it asks for a rest: 7 to 40 ms while little is written, 150 to 320
// under full load (design.md section 9). Lower, a rest feeds itself: the longer it is, the more
// there is to refresh after it.
constexpr Duration cheap_refresh = std::chrono::milliseconds{50};
// Of wall time, for the scans of sweeps.
constexpr double scan_share = 0.05;

constexpr Duration save_interval = std::chrono::milliseconds{200};
constexpr Duration save_retry_interval = std::chrono::seconds{1};

// Whether an event answers an action of a cycle, so that the next cycle must wait for it.
template <class E>
constexpr bool answers_cycle =
    !std::is_same_v<E, SampleTaken> && !std::is_same_v<E, PrimaryMissing> &&
    !std::is_same_v<E, StopRequested> && !std::is_same_v<E, DrainRequested> &&
    !std::is_same_v<E, Woke> && !std::is_same_v<E, ViewClosed> &&
    !std::is_same_v<E, CheckpointSaved>;

template <class A>
constexpr bool belongs_to_cycle = !std::is_same_v<A, Sleep> && !std::is_same_v<A, CloseView> &&
                                  !std::is_same_v<A, SaveCheckpoint>;

}  // namespace

std::string_view to_string(ShardPhase phase) noexcept {
    switch (phase) {
        case ShardPhase::bootstrap:
            return "bootstrap";
        case ShardPhase::tail:
            return "tail";
        case ShardPhase::sweep:
            return "sweep";
        case ShardPhase::drain:
            return "drain";
        case ShardPhase::halted:
            return "halted";
    }
    FOLLOWD_ASSERT(false);
    return {};
}

void note_error(std::optional<ShardError>& error, Failure failure, Instant now) {
    const bool same = error && error->failure.kind == failure.kind;
    error = ShardError{std::move(failure), same ? error->since : now};
}

ShardPlanner::ShardPlanner(PlannerOptions options)
    : options_(std::move(options)),
      random_(options_.seed),
      sizer_(options_.limits),
      queue_(options_.limits),
      refreshes_(options_.tail.refresh_share, cheap_refresh),
      scans_(scan_share, Duration::zero()),
      stored_(options_.stored) {
    if (options_.stored) {
        FOLLOWD_ASSERT(options_.stored->swept_through <= options_.stored->applied_through);
        checkpoint_ = *options_.stored;
        // Marks of another history, base or follower index say nothing of this one.
        established_ =
            checkpoint_.history == options_.history &&
            (checkpoint_.base == options_.base ||
             std::ranges::find(options_.former, checkpoint_.base) != options_.former.end()) &&
            checkpoint_.follower.uuid == options_.follower.uuid;
        if (is_raised()) {
            checkpoint_.swept_through = SeqNo::none();
            stored_ = checkpoint_;
        }
    }
    if (!established_) {
        checkpoint_ = Checkpoint{};
        checkpoint_.history = options_.history;
        checkpoint_.base = unswept_base();
        checkpoint_.follower = options_.follower;
        stored_.reset();
    }
}

VersionBase ShardPlanner::unswept_base() const {
    return options_.former.empty() ? options_.base : options_.former.back();
}

Actions ShardPlanner::begin(Instant now) {
    actions_.clear();
    identity_read_at_ = now;
    audit_at_ = now + options_.tail.audit_interval;
    lag_.follower_at(checkpoint_.applied_through);
    act(ReadIdentity{});
    return std::exchange(actions_, {});
}

Actions ShardPlanner::step(Instant now, Event event) {
    FOLLOWD_ASSERT(!ended());
    actions_.clear();
    counters_.answered(event);
    std::visit(
        [this, now]<class E>(E& happened) {
            if constexpr (answers_cycle<E>) {
                FOLLOWD_ASSERT(under_way_ >= 1);
                --under_way_;
            }
            if (state_ != State::abort || !answers_cycle<E>) {
                on(happened, now);
            } else if constexpr (std::is_same_v<E, BulkDone>) {
                queue_.done(happened.id, std::move(happened.result), now, random_);
            } else if constexpr (std::is_same_v<E, ViewOpened>) {
                if (happened.result.ok()) {
                    view_ = *happened.result;
                }
            }
        },
        event);
    if (state_ == State::abort) {
        drop_cycle();
        if (under_way_ == 0) {
            after_abort(now);
        }
    }
    return std::exchange(actions_, {});
}

std::optional<PlannerEnd> ShardPlanner::ended() const {
    const bool quiet = state_ == State::back_off && under_way_ == 0 && !saving_.has_value();
    return quiet ? end_ : std::nullopt;
}

void ShardPlanner::act(Action action) {
    counters_.asked(action);
    std::visit(
        [this]<class A>(const A&) {
            if constexpr (belongs_to_cycle<A>) {
                ++under_way_;
            }
        },
        action);
    actions_.push_back(std::move(action));
}

void ShardPlanner::sleep_until(Instant when) {
    if (!sleeping_until_ || when < *sleeping_until_) {
        sleeping_until_ = when;
        act(Sleep{when});
    }
}

void ShardPlanner::on(const ViewClosed& /*event*/, Instant /*now*/) {}

void ShardPlanner::on(const Woke& /*event*/, Instant now) {
    sleeping_until_.reset();
    switch (state_) {
        case State::confirm_pause:
            state_ = State::confirm_sample;
            act(ReadSample{});
            return;
        case State::copy:
            return advance_copy(now);
        case State::sweep:
            return advance_sweep(now);
        case State::back_off:
            if (end_) {
                return;
            }
            if (now < resume_at_) {
                return sleep_until(resume_at_);
            }
            state_ = State::identity;
            act(ReadIdentity{});
            return;
        case State::idle:
            return begin_if_due(now);
        case State::identity:
        case State::first_sample:
        case State::follower:
        case State::refresh:
        case State::open_view:
        case State::single_page:
        case State::confirm_sample:
        case State::confirm_identity:
        case State::mapping:
        case State::bootstrap_refresh:
        case State::bootstrap_count:
        case State::abort:
            return;
    }
}

void ShardPlanner::on(const SampleTaken& event, Instant now) {
    const ShardSample& sample = event.sample;
    // A poll that began before the term was read may show another primary's counters, and one from
    // before this planner another index.
    if (event.began < identity_read_at_) {
        return;
    }
    if (sample.uuid != options_.leader_uuid) {
        return end(PlannerEnd::leader_replaced);
    }
    if (sample.history != options_.history) {
        return end(PlannerEnd::history_changed);
    }
    lag_.leader_at(sample.global_checkpoint, now);
    if (state_ != State::idle) {
        return;
    }
    deletes_.observe(sample);
    forget_error();
    save(now);
    start_ = sample;
    begin_if_due(now);
}

void ShardPlanner::on(const PrimaryMissing& /*event*/, Instant now) {
    deletes_.forget();
    if (state_ == State::idle) {
        note_error(last_error_,
                   Failure{FailureKind::unavailable, "the leader shows no started primary", ""},
                   now);
    }
}

void ShardPlanner::on(const DrainRequested& event, Instant now) {
    drain_through_ = std::max(drain_through_.value_or(SeqNo::none()), event.through);
    if (state_ == State::idle) {
        begin_if_due(now);
    }
}

void ShardPlanner::on(const StopRequested& /*event*/, Instant /*now*/) {
    end(PlannerEnd::stopped);
}

void ShardPlanner::on(const IdentityRead& event, Instant now) {
    if (state_ == State::sweep) {
        return to_sweep(event, now);
    }
    FOLLOWD_ASSERT(state_ == State::identity || state_ == State::confirm_identity);
    if (!event.result.ok()) {
        return fail(event.result.failure(), now);
    }
    const LeaderIdentity& read = *event.result;
    if (read.uuid != options_.leader_uuid) {
        return end(PlannerEnd::leader_replaced);
    }
    if (state_ == State::confirm_identity) {
        const ViewConfirmation::Step step = confirmation_->identified(read);
        identity_.mapping_version = read.mapping_version;
        identity_read_at_ = now;
        return confirm(now, step);
    }
    if (read.term != identity_.term) {
        deletes_.forget();
    }
    identity_ = read;
    identity_read_at_ = now;
    state_ = State::first_sample;
    act(ReadSample{});
}

void ShardPlanner::on(const SampleRead& event, Instant now) {
    if (state_ == State::sweep) {
        return to_sweep(event, now);
    }
    FOLLOWD_ASSERT(state_ == State::first_sample || state_ == State::confirm_sample);
    if (!event.result.ok()) {
        return fail(event.result.failure(), now);
    }
    const ShardSample& sample = *event.result;
    if (state_ == State::confirm_sample) {
        take_sample(sample, now);
        if (!seen_) {
            seen_ = sample;
        }
        return confirm(now, confirmation_->sampled(sample));
    }
    if (sample.uuid != options_.leader_uuid) {
        return end(PlannerEnd::leader_replaced);
    }
    if (sample.history != options_.history) {
        return end(PlannerEnd::history_changed);
    }
    take_sample(sample, now);
    start_ = sample;
    if (!established_) {
        sizer_.expect(sample.store_bytes, sample.docs_count);
    }
    state_ = State::follower;
    act(ReadFollowerIdentity{});
}

void ShardPlanner::take_sample(const ShardSample& sample, Instant now) {
    lag_.leader_at(sample.global_checkpoint, now);
    deletes_.observe(sample);
}

void ShardPlanner::on(const FollowerIdentityRead& event, Instant now) {
    FOLLOWD_ASSERT(state_ == State::follower);
    if (!event.result.ok()) {
        if (event.result.failure().kind == FailureKind::not_found) {
            return end(PlannerEnd::fence_lost);
        }
        return fail(event.result.failure(), now);
    }
    if (event.result->uuid != options_.follower.uuid) {
        return end(PlannerEnd::fence_lost);
    }
    observe_follower(*event.result);
    state_ = State::idle;
    if (is_work_due(now)) {
        begin_when_rested(now);
    }
}

void ShardPlanner::observe_follower(const FollowerIdentity& follower) {
    const FollowerIdentity& known = checkpoint_.follower;
    if (established_ && known.history != follower.history) {
        // The follower was restored or lost operations: everything through C is in doubt.
        established_ = false;
        checkpoint_.base = unswept_base();
        mapping_version_ = -1;
        checkpoint_.applied_through = SeqNo::none();
        checkpoint_.swept_through = SeqNo::none();
        sent_above_.clear();
        deletes_.forget();
    } else if (known.term != follower.term) {
        deletes_.forget();
    }
    checkpoint_.follower = follower;
}

void ShardPlanner::on(const CheckpointSaved& event, Instant now) {
    FOLLOWD_ASSERT(saving_);
    if (event.result.ok()) {
        stored_ = std::exchange(saving_, std::nullopt);
        save_failed_ = false;
        save_not_before_ = now + save_interval;
    } else {
        saving_.reset();
        save_failed_ = true;
        save_not_before_ = now + save_retry_interval;
        note_error(last_error_, event.result.failure(), now);
    }
}

void ShardPlanner::save(Instant now) {
    if (saving_ || !established_ || stored_ == checkpoint_ || now < save_not_before_) {
        return;
    }
    FOLLOWD_ASSERT(checkpoint_.swept_through <= checkpoint_.applied_through);
    saving_ = checkpoint_;
    act(SaveCheckpoint{checkpoint_});
}

void ShardPlanner::raise(SeqNo applied, SeqNo swept) {
    FOLLOWD_ASSERT(applied <= start_.global_checkpoint && swept <= applied);
    checkpoint_.applied_through = std::max(checkpoint_.applied_through, applied);
    checkpoint_.swept_through = std::max(checkpoint_.swept_through, swept);
    checkpoint_.term = identity_.term;
    lag_.follower_at(checkpoint_.applied_through);
}

void ShardPlanner::forget_error() {
    // What a person must still see stays: a store that does not take our marks.
    if (!save_failed_) {
        last_error_.reset();
    }
}

void ShardPlanner::fail(const Failure& failure, Instant now) {
    note_error(last_error_, failure, now);
    if (state_ != State::abort) {
        abort_failure_ = failure;
        state_ = State::abort;
    }
}

void ShardPlanner::end(PlannerEnd end) {
    if (end_) {
        return;
    }
    end_ = end;
    state_ = State::abort;
}

// At once, not when the last answer is here: a read under way may wait for the memory that the
// documents of this cycle, or of another shard's that was given up, still take.
void ShardPlanner::drop_cycle() {
    page_.reset();
    copy_.reset();
    sweep_.reset();
    bootstrap_comparison_.reset();
    leader_buckets_.reset();
    follower_buckets_.reset();
    queue_.drop_waiting();
}

void ShardPlanner::after_abort(Instant now) {
    FOLLOWD_ASSERT(under_way_ == 0);
    close_view();
    queue_.reset();
    if (queue_.take_unknown_outcome()) {
        deletes_.forget();
    }
    state_ = State::back_off;
    if (end_) {
        save_not_before_ = now;
        return save(now);
    }
    FOLLOWD_ASSERT(abort_failure_);
    ++counters_.retries;
    halted_ = judge(abort_failure_->kind) == Verdict::halt;
    resume_at_ = now + (halted_ ? halt_interval : backoff_.next(random_));
    abort_failure_.reset();
    sleep_until(resume_at_);
}

void ShardPlanner::finish_cycle(Instant now) {
    FOLLOWD_ASSERT(under_way_ == 0);
    close_view();
    copy_.reset();
    sweep_.reset();
    backoff_.reset();
    halted_ = false;
    guarded_.reset();
    forget_error();
    if (sweep_in_cycle_) {
        audit_at_ = now + quiet_audit_factor * options_.tail.audit_interval;
    }
    if (queue_.take_sent()) {
        audit_at_ = std::min(audit_at_, now + options_.tail.audit_interval);
    }
    state_ = State::idle;
    save(now);
    // The confirming sample came after the cycle's identity: it may begin the next one.
    if (seen_) {
        start_ = *std::exchange(seen_, std::nullopt);
        begin_if_due(now);
    }
}

void ShardPlanner::close_view() {
    if (view_) {
        act(CloseView{*std::exchange(view_, std::nullopt)});
    }
}

ShardStatus ShardPlanner::status(Instant now) const {
    ShardStatus status;
    if (halted_) {
        status.phase = ShardPhase::halted;
    } else if (!established_) {
        status.phase = ShardPhase::bootstrap;
    } else {
        status.phase = state_ == State::sweep ? ShardPhase::sweep : ShardPhase::tail;
        status.phase = is_draining() ? ShardPhase::drain : status.phase;
    }
    status.lag = lag_.behind(now);
    if (status.lag) {
        status.leader_checkpoint = lag_.leader_checkpoint();
    }
    if (stored_) {
        status.checkpoint = stored_->applied_through;
        status.swept_through = stored_->swept_through;
    }
    status.proof = proof_;
    status.last_error = last_error_ ? last_error_ : foreign_error_;
    status.operations_written = queue_.indexed() + queue_.removed();
    status.deletes_written = queue_.removed();
    status.counters = counters_;
    status.docs_total = docs_total_;
    status.docs_copied = docs_copied_ + (copy_ && !established_ ? copy_->documents() : 0);
    return status;
}

}  // namespace followd::core
