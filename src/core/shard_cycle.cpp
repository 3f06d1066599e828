#include "followd/base/assert.hpp"
#include "followd/core/shard_planner.hpp"

#include <algorithm>
#include <utility>

/// One cycle of a shard: refresh, view, confirmation, mapping, copy, sweep.

namespace followd::core {

namespace {

constexpr Duration confirm_pause = std::chrono::milliseconds{10};
// Elasticsearch's default of index.gc_deletes: after it a tombstone no longer guards a document.
constexpr Duration gc_deletes = std::chrono::seconds{60};
// A sweep that meets documents it cannot overwrite is taken again this often before it speaks:
// another daemon may simply have been ahead of us.
constexpr int foreign_sweeps_max = 3;
// A document in the place of one that is missing hides it until it was put right; while clients
// delete, no sweep is without differences.
constexpr int raised_sweeps_max = 3;
// An audit lists so many operations on both sides, and the next one those behind them: four
// requests of a listing's size.
constexpr std::int64_t audit_operations = 20'000;
// Ranges in one request when a bootstrap goes on from where an earlier one was.
constexpr std::size_t resume_ranges_max = 64;

}  // namespace

void ShardPlanner::run(Actions actions) {
    for (Action& action : actions) {
        act(std::move(action));
    }
}

template <class E>
void ShardPlanner::to_sweep(E&& event, Instant now) {
    Actions actions;
    sweep_->on(std::forward<E>(event), actions);
    run(std::move(actions));
    advance_sweep(now);
}
template void ShardPlanner::to_sweep(const IdentityRead&, Instant);
template void ShardPlanner::to_sweep(const SampleRead&, Instant);

bool ShardPlanner::is_sweep_due(Instant now) const {
    return is_draining() || (deletes_.is_sweep_due() && now >= sweep_not_before_);
}

bool ShardPlanner::is_draining() const {
    return drain_through_ && checkpoint_.swept_through < *drain_through_;
}

bool ShardPlanner::is_raised() const {
    return established_ && checkpoint_.base != options_.base;
}

bool ShardPlanner::is_work_due(Instant now) const {
    // After a failover the new primary may know a lower checkpoint than ours for a moment.
    if (start_.global_checkpoint < checkpoint_.applied_through) {
        return false;
    }
    return !established_ || start_.global_checkpoint > checkpoint_.applied_through ||
           is_sweep_due(now) || now >= audit_at_;
}

void ShardPlanner::begin_if_due(Instant now) {
    if (!is_work_due(now)) {
        return;
    }
    if (established_ && now >= audit_at_) {
        // An audit looks at everything anew, the follower's own history included.
        state_ = State::identity;
        return act(ReadIdentity{});
    }
    begin_when_rested(now);
}

void ShardPlanner::begin_when_rested(Instant now) {
    if (now < cycle_not_before_) {
        return sleep_until(cycle_not_before_);
    }
    begin_cycle(now);
}

void ShardPlanner::begin_cycle(Instant now) {
    FOLLOWD_ASSERT(state_ == State::idle && under_way_ == 0);
    FOLLOWD_ASSERT(start_.global_checkpoint >= checkpoint_.applied_through);
    audit_in_cycle_ = established_ && now >= audit_at_;
    sweep_in_cycle_ = !established_ || audit_in_cycle_ || is_sweep_due(now);
    seen_.reset();
    page_.reset();
    refresh_began_ = now;
    cycle_not_before_ = now + options_.tail.poll_interval;
    state_ = State::refresh;
    act(RefreshLeader{});
}

void ShardPlanner::on(const LeaderRefreshed& event, Instant now) {
    FOLLOWD_ASSERT(state_ == State::refresh);
    if (!event.result.ok()) {
        return fail(event.result.failure(), now);
    }
    cycle_not_before_ =
        std::max(cycle_not_before_, now + refreshes_.rest_after(now - refresh_began_));
    view_opened_at_ = now;
    const std::int64_t behind =
        operations_between(checkpoint_.applied_through, start_.global_checkpoint);
    if (sweep_in_cycle_ || std::cmp_greater(behind, sizer_.operations_max())) {
        state_ = State::open_view;
        act(OpenView{});
    } else {
        read_single_page();
    }
}

void ShardPlanner::read_single_page() {
    PageRequest request;
    request.ranges = {SeqNoRange{checkpoint_.applied_through.next(), seq_no_end}};
    request.operations_max = sizer_.operations_max();
    request.bytes_max = sizer_.bytes_max();
    state_ = State::single_page;
    act(ReadPage{std::move(request)});
}

void ShardPlanner::on(const ViewOpened& event, Instant now) {
    FOLLOWD_ASSERT(state_ == State::open_view);
    if (!event.result.ok()) {
        return fail(event.result.failure(), now);
    }
    view_ = *event.result;
    begin_confirmation();
}

void ShardPlanner::on(PageRead& event, Instant now) {
    if (state_ == State::sweep) {
        return to_sweep(std::move(event), now);
    }
    if (state_ == State::copy) {
        const bool came = event.result.ok();
        copy_->page_read(std::move(event.result), now, random_);
        counters_.retries += came || copy_->failure() ? 0 : 1;
        return advance_copy(now);
    }
    FOLLOWD_ASSERT(state_ == State::single_page);
    if (event.result.ok()) {
        page_ = std::move(event.result).value();
        return begin_confirmation();
    }
    const Failure& failure = event.result.failure();
    if (judge(failure.kind) == Verdict::split && sizer_.shrink()) {
        return read_single_page();
    }
    fail(failure, now);
}

void ShardPlanner::begin_confirmation() {
    confirmation_.emplace(identity_, start_.history);
    state_ = State::confirm_sample;
    act(ReadSample{});
}

void ShardPlanner::confirm(Instant now, ViewConfirmation::Step step) {
    switch (step) {
        case ViewConfirmation::Step::read_sample:
            state_ = State::confirm_pause;
            return sleep_until(now + confirm_pause);
        case ViewConfirmation::Step::read_identity:
            state_ = State::confirm_identity;
            return act(ReadIdentity{});
        case ViewConfirmation::Step::broken:
            return fail(
                Failure{
                    FailureKind::unavailable, "the leader's primary changed during a cycle", ""},
                now);
        case ViewConfirmation::Step::confirmed:
            // Read after the view was opened, so it covers every document in it.
            if (mapping_version_ == identity_.mapping_version) {
                return view_confirmed(now);
            }
            state_ = State::mapping;
            return act(SyncMapping{identity_.mapping_version});
    }
}

void ShardPlanner::on(const MappingSynced& event, Instant now) {
    FOLLOWD_ASSERT(state_ == State::mapping);
    if (!event.result.ok()) {
        return fail(event.result.failure(), now);
    }
    mapping_version_ = event.result->version;
    has_nested_ = event.result->has_nested;
    view_confirmed(now);
}

void ShardPlanner::view_confirmed(Instant now) {
    if (established_) {
        const SeqNo applied = checkpoint_.applied_through;
        start_copy({SeqNoRange{applied.next(), seq_no_end}}, PageOrder::by_seq_no);
        return advance_copy(now);
    }
    state_ = State::bootstrap_refresh;
    act(RefreshFollower{});
}

void ShardPlanner::on(const FollowerRefreshed& event, Instant now) {
    if (state_ == State::sweep) {
        return to_sweep(event, now);
    }
    FOLLOWD_ASSERT(state_ == State::bootstrap_refresh);
    if (!event.result.ok()) {
        return fail(event.result.failure(), now);
    }
    const SeqNoRange range{SeqNo{0}, start_.global_checkpoint};
    if (range.empty()) {
        docs_total_ = 0;
        start_copy({SeqNoRange{SeqNo{0}, seq_no_end}}, PageOrder::by_document);
        return advance_copy(now);
    }
    bootstrap_comparison_.emplace(range, Comparison::usual_interval(range), 0);
    const Comparison::Step next = bootstrap_comparison_->next();
    const HistogramRequest request = std::get<Comparison::CountBoth>(next).request;
    state_ = State::bootstrap_count;
    act(CountLeader{*view_, request});
    act(CountFollower{options_.base, request});
}

void ShardPlanner::on(LeaderCounted& event, Instant now) {
    if (state_ == State::sweep) {
        return to_sweep(std::move(event), now);
    }
    FOLLOWD_ASSERT(state_ == State::bootstrap_count);
    if (!event.result.ok()) {
        return fail(event.result.failure(), now);
    }
    leader_buckets_ = std::move(event.result).value();
    both_counted(now);
}

void ShardPlanner::on(FollowerCounted& event, Instant now) {
    if (state_ == State::sweep) {
        return to_sweep(std::move(event), now);
    }
    FOLLOWD_ASSERT(state_ == State::bootstrap_count);
    if (!event.result.ok()) {
        return fail(event.result.failure(), now);
    }
    follower_buckets_ = std::move(event.result).value();
    both_counted(now);
}

// Invariant: a document at or below G0 that the follower lacks lies in one of the ranges read: only
// buckets that are full on both sides are left out.
void ShardPlanner::both_counted(Instant now) {
    if (!leader_buckets_ || !follower_buckets_) {
        return;
    }
    bootstrap_comparison_->counted(*leader_buckets_, *follower_buckets_);
    leader_buckets_.reset();
    follower_buckets_.reset();
    docs_total_ = bootstrap_comparison_->leader_documents();
    docs_copied_ = bootstrap_comparison_->proved_documents();
    std::vector<SeqNoRange> ranges{SeqNoRange{SeqNo{0}, seq_no_end}};
    if (bootstrap_comparison_->follower_documents() > 0) {
        ranges = bootstrap_comparison_->unproved_ranges(resume_ranges_max);
        ranges.push_back(SeqNoRange{start_.global_checkpoint.next(), seq_no_end});
    }
    bootstrap_comparison_.reset();
    start_copy(std::move(ranges), PageOrder::by_document);
    advance_copy(now);
}

void ShardPlanner::start_copy(std::vector<SeqNoRange> ranges, PageOrder order) {
    copy_.emplace(CopyRequest{view_,
                              std::move(ranges),
                              order,
                              checkpoint_.applied_through,
                              start_.global_checkpoint,
                              options_.base},
                  sizer_,
                  queue_,
                  std::exchange(sent_above_, {}));
    if (page_) {
        copy_->take(*std::exchange(page_, std::nullopt));
    }
    state_ = State::copy;
}

void ShardPlanner::on(BulkDone& event, Instant now) {
    queue_.done(event.id, std::move(event.result), now, random_);
    if (const std::optional<Failure> cause = queue_.take_retry_cause()) {
        // The queue sends it again by itself; meanwhile status says what is waited for.
        note_error(last_error_, *cause, now);
        ++counters_.retries;
    }
    if (state_ == State::copy) {
        return advance_copy(now);
    }
    FOLLOWD_ASSERT(state_ == State::sweep);
    Actions actions;
    sweep_->bulks_done(actions);
    run(std::move(actions));
    advance_sweep(now);
}

void ShardPlanner::advance_copy(Instant now) {
    FOLLOWD_ASSERT(state_ == State::copy);
    copy_->bulks_done();
    if (established_) {
        raise(copy_->applied_through(), checkpoint_.swept_through);
        save(now);
    }
    if (copy_->is_done()) {
        return copied(now);
    }
    Actions actions;
    copy_->advance(now, actions);
    run(std::move(actions));
    if (copy_->failure()) {
        return write_failed(*copy_->failure(), now);
    }
    if (copy_->is_done()) {
        return copied(now);
    }
    if (const std::optional<Instant> wake = copy_->wake_at()) {
        sleep_until(*wake);
    }
}

void ShardPlanner::write_failed(const Failure& failure, Instant now) {
    // Neither the view nor a bulk knows a missing document: the alias or the index is gone.
    if (queue_.failure() && queue_.failure()->kind == FailureKind::not_found) {
        return end(PlannerEnd::fence_lost);
    }
    fail(failure, now);
}

void ShardPlanner::copied(Instant now) {
    sent_above_ = copy_->take_sent_above();
    docs_copied_ += established_ ? 0 : copy_->documents();
    established_ = true;
    raise(copy_->applied_through(), checkpoint_.swept_through);
    copy_.reset();
    // A request of ours may have been executed after a tombstone was forgotten.
    if (queue_.take_unknown_outcome() || now - view_opened_at_ > gc_deletes) {
        deletes_.forget();
    }
    if (sweep_in_cycle_) {
        begin_sweep(now);
    } else {
        finish_cycle(now);
    }
}

void ShardPlanner::begin_sweep(Instant now) {
    FOLLOWD_ASSERT(view_ && seen_);
    FOLLOWD_ASSERT(checkpoint_.applied_through == start_.global_checkpoint);
    sweep_.emplace(SweepRequest{*view_,
                                identity_,
                                start_.history,
                                start_.global_checkpoint,
                                options_.base,
                                *seen_,
                                audit_in_cycle_,
                                doubted_ranges(),
                                has_nested_,
                                guarded_,
                                options_.older,
                                !options_.former.empty(),
                                is_raised()},
                   options_.limits,
                   options_.tail.delete_guard,
                   sizer_,
                   queue_,
                   random_);
    scan_began_ = now;
    state_ = State::sweep;
    Actions actions;
    sweep_->begin(actions);
    run(std::move(actions));
}

// Counts do not show an update by somebody else: its version is the next one, so it takes the place
// of another operation in the same bucket.
std::vector<SeqNoRange> ShardPlanner::doubted_ranges() {
    if (is_raised()) {
        return {SeqNoRange{seq_no_least, start_.global_checkpoint}};
    }
    std::vector<SeqNoRange> doubted;
    if (first_foreign_) {
        doubted.push_back(SeqNoRange{*first_foreign_, *first_foreign_});
    }
    if (audit_in_cycle_) {
        const SeqNo last{audit_from_.value() + audit_operations - 1};
        doubted.push_back(SeqNoRange{audit_from_, last});
        audit_from_ = last < start_.global_checkpoint ? last.next() : SeqNo{0};
    }
    // Of older spaces nothing was copied, nor of what the leader itself has as a copy: until a
    // sweep has seen all the follower may lack some and hold as many others. What no operation made
    // the leader cannot have.
    const bool has_older_spaces = std::ranges::any_of(
        options_.older, [](const OlderSpace& older) { return !older.space.value().empty(); });
    if (checkpoint_.swept_through == SeqNo::none() && has_older_spaces) {
        doubted.push_back(SeqNoRange{SeqNo{0}, start_.global_checkpoint});
        for (const OlderSpace& space : options_.older) {
            doubted.push_back(space.origins);
        }
    }
    return doubted;
}

void ShardPlanner::advance_sweep(Instant now) {
    FOLLOWD_ASSERT(state_ == State::sweep);
    if (scan_began_ && sweep_->has_counted()) {
        scan_rest_ = scans_.rest_after(now - *std::exchange(scan_began_, std::nullopt));
    }
    Actions actions;
    sweep_->advance(now, actions);
    run(std::move(actions));
    if (sweep_->guarded()) {
        guarded_ = sweep_->guarded();
        return fail(Failure{FailureKind::unavailable,
                            "the delete guard wants to see " + std::to_string(*guarded_) +
                                " deletions a second time in a fresh view",
                            ""},
                    now);
    }
    if (sweep_->failure()) {
        return write_failed(*sweep_->failure(), now);
    }
    if (sweep_->is_done()) {
        return swept(now);
    }
    if (const std::optional<Instant> wake = sweep_->wake_at()) {
        sleep_until(*wake);
    }
}

void ShardPlanner::swept(Instant now) {
    sweep_not_before_ = now + scan_rest_;
    first_foreign_ = sweep_->first_foreign();
    const bool is_foreign =
        sweep_->foreign_documents() > 0 && ++foreign_sweeps_ < foreign_sweeps_max;
    const bool is_unproved =
        is_raised() && sweep_->has_found_differences() && ++raised_sweeps_ < raised_sweeps_max;
    if (is_foreign || is_unproved) {
        deletes_.forget();  // so that the next one is due
        return finish_cycle(now);
    }
    raised_sweeps_ = 0;
    if (sweep_->foreign_documents() > 0) {
        note_error(
            foreign_error_,
            Failure{FailureKind::conflict,
                    std::to_string(sweep_->foreign_documents()) +
                        " documents of the follower were changed by someone else and are newer "
                        "there than the leader's: followd verify shows them, and with --repair "
                        "puts them right",
                    ""},
            now);
    } else {
        foreign_sweeps_ = 0;
        foreign_error_.reset();
        proof_ = Proof{start_.global_checkpoint, now};
    }
    checkpoint_.base = options_.base;
    raise(checkpoint_.applied_through, start_.global_checkpoint);
    deletes_.swept(start_.global_checkpoint);
    finish_cycle(now);
}

void ShardPlanner::on(LeaderListed& event, Instant now) {
    FOLLOWD_ASSERT(state_ == State::sweep);
    to_sweep(std::move(event), now);
}

void ShardPlanner::on(FollowerListed& event, Instant now) {
    FOLLOWD_ASSERT(state_ == State::sweep);
    to_sweep(std::move(event), now);
}

void ShardPlanner::on(const LookedUp& event, Instant now) {
    FOLLOWD_ASSERT(state_ == State::sweep);
    to_sweep(event, now);
}

void ShardPlanner::on(const DocumentsCounted& event, Instant now) {
    FOLLOWD_ASSERT(state_ == State::sweep);
    to_sweep(event, now);
}

}  // namespace followd::core
