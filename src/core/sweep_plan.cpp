#include "followd/core/sweep_plan.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace followd::core {

namespace {

// Below this many deletions the guard never speaks: a small index may well lose a third of itself.
constexpr std::int64_t guard_at_least = 10'000;
// Sequence numbers asked for in one page request of what is missing.
constexpr std::size_t missing_at_once = 512;
// Documents of several listings that are looked up, and deleted, together.
constexpr std::size_t surplus_at_once = 512;
constexpr Duration confirm_pause = std::chrono::milliseconds{10};

// Below zero lie older generations, of which a plain follower's line says nothing more.
SeqNoRange whole_range(const SweepRequest& request) {
    const bool is_plain = request.older.empty() && !request.was_raised;
    const SeqNo lowest{is_plain ? -request.base.value() : 0};
    return SeqNoRange{lowest, request.through};
}

bool is_listing(const Comparison::Step& step) {
    return std::holds_alternative<Comparison::ListBoth>(step) ||
           std::holds_alternative<Comparison::ListFollower>(step);
}

Comparison comparison_of(const SweepRequest& request, Random& random) {
    const SeqNoRange range = whole_range(request);
    const std::int64_t usual = Comparison::usual_interval(range);
    if (!request.is_audit) {
        return Comparison{range, usual, 0};
    }
    const auto width = static_cast<std::uint64_t>(usual);
    const std::int64_t interval = usual + static_cast<std::int64_t>(random.below(width));
    return Comparison{range, interval, static_cast<std::int64_t>(random.below(width))};
}

}  // namespace

SweepPlan::SweepPlan(SweepRequest request,
                     const LimitSettings& limits,
                     double delete_guard,
                     PageSizer& sizer,
                     BulkQueue& queue,
                     Random& random)
    : request_(std::move(request)),
      delete_guard_(delete_guard),
      page_operations_max_(limits.max_read_request_operation_count),
      sizer_(sizer),
      queue_(queue),
      comparison_(comparison_of(request_, random)) {
    FOLLOWD_ASSERT(queue_.is_idle());
    for (const SeqNoRange& range : request_.doubted) {
        comparison_.doubt(range);
    }
    for (const OlderSpace& space : request_.older) {
        comparison_.also_compare(space.origins);
    }
}

void SweepPlan::begin(Actions& actions) {
    actions.emplace_back(RefreshFollower{});
}

void SweepPlan::on(const FollowerRefreshed& event, Actions& actions) {
    FOLLOWD_ASSERT(step_ == Step::refresh);
    if (!event.result.ok()) {
        return fail(event.result.failure());
    }
    ask(actions);
}

void SweepPlan::ask(Actions& actions) {
    const Comparison::Step step = comparison_.next();
    if (const auto* count = std::get_if<Comparison::CountBoth>(&step)) {
        step_ = Step::count;
        actions.emplace_back(CountLeader{request_.view, count->request});
        actions.emplace_back(CountFollower{request_.base, count->request});
    } else if (const auto* list = std::get_if<Comparison::ListBoth>(&step)) {
        step_ = Step::list;
        actions.emplace_back(ListLeader{request_.view, list->range, list->limit});
        actions.emplace_back(ListFollower{request_.base, {list->range}, list->limit});
    } else if (const auto* surplus = std::get_if<Comparison::ListFollower>(&step)) {
        step_ = Step::list;
        leader_list_.emplace();
        actions.emplace_back(ListFollower{request_.base, surplus->ranges, surplus->limit});
    } else {
        step_ = Step::done;
    }
}

void SweepPlan::on(LeaderCounted event, Actions& actions) {
    FOLLOWD_ASSERT(step_ == Step::count && !leader_buckets_);
    if (!event.result.ok()) {
        return fail(event.result.failure());
    }
    leader_buckets_ = std::move(event.result).value();
    both_counted(actions);
}

void SweepPlan::on(FollowerCounted event, Actions& actions) {
    FOLLOWD_ASSERT(step_ == Step::count && !follower_buckets_);
    if (!event.result.ok()) {
        return fail(event.result.failure());
    }
    follower_buckets_ = std::move(event.result).value();
    both_counted(actions);
}

void SweepPlan::both_counted(Actions& actions) {
    if (!leader_buckets_ || !follower_buckets_ || failure_) {
        return;
    }
    comparison_.counted(*leader_buckets_, *follower_buckets_);
    leader_buckets_.reset();
    follower_buckets_.reset();
    if (!comparison_.is_counted()) {
        return ask(actions);
    }
    has_counted_ = true;
    if (!guard_passed_ && exceeds_guard()) {
        if (!request_.guarded_before || comparison_.surplus_at_least() < *request_.guarded_before) {
            guarded_ = comparison_.surplus_at_least();
            return;
        }
        step_ = Step::count_documents;
        actions.emplace_back(CountDocuments{request_.view});
        return;
    }
    guard_passed_ = true;
    ask(actions);
}

bool SweepPlan::exceeds_guard() const {
    const std::int64_t surplus = comparison_.surplus_at_least();
    const auto share = delete_guard_ * static_cast<double>(comparison_.follower_documents());
    return surplus > guard_at_least && static_cast<double>(surplus) > share;
}

void SweepPlan::on(const DocumentsCounted& event, Actions& actions) {
    FOLLOWD_ASSERT(step_ == Step::count_documents);
    if (!event.result.ok()) {
        return fail(event.result.failure());
    }
    // What a search hides from us (document-level security) Lucene's own count still shows. Writes
    // since G0 was read may have moved it by at most their number.
    const std::int64_t hidden = request_.seen.docs_count - *event.result;
    const std::int64_t moved = operations_between(request_.through, request_.seen.max_seq_no);
    if (!request_.has_nested && std::abs(hidden) > moved) {
        return fail(Failure{
            FailureKind::refused,
            "the delete guard holds back " + std::to_string(comparison_.surplus_at_least()) +
                " deletions: a search on the leader shows " + std::to_string(*event.result) +
                " documents where the shard holds " + std::to_string(request_.seen.docs_count) +
                ". Check that the leader's user has no document-level security",
            ""});
    }
    guard_passed_ = true;
    ask(actions);
}

void SweepPlan::on(LeaderListed event, Actions& actions) {
    FOLLOWD_ASSERT(step_ == Step::list && !leader_list_);
    if (!event.result.ok()) {
        return fail(event.result.failure());
    }
    leader_list_ = std::move(event.result).value();
    both_listed(actions);
}

void SweepPlan::on(FollowerListed event, Actions& actions) {
    FOLLOWD_ASSERT(step_ == Step::list && !follower_list_);
    if (!event.result.ok()) {
        return fail(event.result.failure());
    }
    follower_list_ = std::move(event.result).value();
    both_listed(actions);
}

void SweepPlan::both_listed(Actions& actions) {
    if (!leader_list_ || !follower_list_ || failure_) {
        return;
    }
    Comparison::Difference listed = comparison_.listed(*leader_list_, std::move(*follower_list_));
    leader_list_.reset();
    follower_list_.reset();
    std::ranges::move(listed.surplus, std::back_inserter(difference_.surplus));
    difference_.missing = std::move(listed.missing);
    missing_done_ = 0;
    // Deletions cost the same few requests for one as for many.
    const bool may_wait = difference_.missing.empty() && !difference_.surplus.empty() &&
                          difference_.surplus.size() < surplus_at_once;
    if (may_wait && is_listing(comparison_.next())) {
        return ask(actions);
    }
    std::erase_if(difference_.missing,
                  [this](SeqNo seq_no) { return misplaced_.contains(seq_no); });
    has_found_ = has_found_ || !difference_.surplus.empty() || !difference_.missing.empty();
    if (difference_.surplus.empty()) {
        reread_missing(actions);
    } else {
        look_up_surplus(actions);
    }
}

void SweepPlan::look_up_surplus(Actions& actions) {
    LookUp look_up;
    look_up.lookups.reserve(difference_.surplus.size());
    for (const FollowerDocument& document : difference_.surplus) {
        look_up.lookups.push_back(Lookup{document.id, document.routing});
    }
    step_ = Step::look_up;
    actions.emplace_back(std::move(look_up));
}

void SweepPlan::on(const LookedUp& event, Actions& actions) {
    FOLLOWD_ASSERT(step_ == Step::look_up || step_ == Step::look_up_refused);
    if (!event.result.ok()) {
        return fail(event.result.failure());
    }
    if (step_ == Step::look_up_refused) {
        count_foreign(*event.result);
        return reread_missing(actions);
    }
    FOLLOWD_ASSERT(event.result->size() == difference_.surplus.size());
    looked_up_ = *event.result;
    confirmation_.emplace(request_.identity, request_.history);
    step_ = Step::confirm_sample;
    actions.emplace_back(ReadSample{});
}

void SweepPlan::on(const SampleRead& event, Actions& actions) {
    FOLLOWD_ASSERT(step_ == Step::confirm_sample && confirmation_);
    if (!event.result.ok()) {
        return fail(event.result.failure());
    }
    confirm(confirmation_->sampled(*event.result), actions);
}

void SweepPlan::on(const IdentityRead& event, Actions& actions) {
    FOLLOWD_ASSERT(step_ == Step::confirm_identity && confirmation_);
    if (!event.result.ok()) {
        return fail(event.result.failure());
    }
    confirm(confirmation_->identified(*event.result), actions);
}

void SweepPlan::confirm(ViewConfirmation::Step step, Actions& actions) {
    switch (step) {
        case ViewConfirmation::Step::read_identity:
            step_ = Step::confirm_identity;
            actions.emplace_back(ReadIdentity{});
            return;
        case ViewConfirmation::Step::read_sample:
            step_ = Step::confirm_pause;
            pause_until_.reset();
            return;
        case ViewConfirmation::Step::broken:
            return fail(Failure{FailureKind::unavailable,
                                "the leader's primary changed while deletions were looked for",
                                ""});
        case ViewConfirmation::Step::confirmed:
            return remove_absent(actions);
    }
}

void SweepPlan::add_misplaced() {
    std::vector<SeqNo>& missing = difference_.missing;
    for (std::size_t at = 0; at < looked_up_.size(); ++at) {
        const LookupResult& place = looked_up_[at];
        // Below zero only what this listing showed can be read.
        const bool is_to_read = place && *place >= SeqNo{0} && *place <= request_.through &&
                                *place != difference_.surplus[at].origin;
        if (!is_to_read || misplaced_.contains(*place) ||
            std::ranges::binary_search(missing, *place)) {
            continue;
        }
        misplaced_.insert(*place);
        missing.insert(std::ranges::upper_bound(missing, *place), *place);
    }
}

void SweepPlan::remove_absent(Actions& actions) {
    if (request_.is_repair) {
        add_misplaced();
    }
    auto owner = std::make_shared<std::vector<FollowerDocument>>(std::move(difference_.surplus));
    difference_.surplus.clear();
    Bulk bulk;
    for (std::size_t at = 0; at < owner->size(); ++at) {
        // Found with an operation <= C: it is among what is missing; > C: a later cycle brings it.
        if (looked_up_[at]) {
            continue;
        }
        const FollowerDocument& document = (*owner)[at];
        FOLLOWD_ASSERT(document.origin <= request_.through);
        bulk.items.push_back(WriteItem{WriteKind::remove,
                                       Version{document.version.value() + 1},
                                       document.origin,
                                       document.id,
                                       document.routing,
                                       {}});
    }
    looked_up_.clear();
    // Keeps the ids alive under the bulk's only kind of owner.
    bulk.owners.emplace_back(owner, owner->empty() ? nullptr : &owner->front().id);
    step_ = Step::remove;
    queue_.add(next_batch_++, std::move(bulk));
    bulks_done(actions);
}

Version SweepPlan::version_of(SeqNo origin) const {
    const auto space = std::ranges::find_if(request_.older, [origin](const OlderSpace& older) {
        return older.origins.contains(origin);
    });
    return space == request_.older.end() ? request_.base.of_write(origin)
                                         : space->base.of_write(origin);
}

void SweepPlan::reread_missing(Actions& actions) {
    if (missing_done_ >= difference_.missing.size()) {
        difference_ = {};
        return ask(actions);
    }
    missing_asked_ = std::min(
        {missing_at_once, sizer_.operations_max(), difference_.missing.size() - missing_done_});
    PageRequest page;
    page.view = request_.view;
    page.operations_max = std::min(missing_asked_ + 1, page_operations_max_);
    page.bytes_max = sizer_.bytes_max();
    for (std::size_t at = missing_done_; at < missing_done_ + missing_asked_; ++at) {
        const SeqNo seq_no = difference_.missing[at];
        if (!page.ranges.empty() && page.ranges.back().last.next() == seq_no) {
            page.ranges.back().last = seq_no;
        } else {
            page.ranges.push_back(SeqNoRange{seq_no, seq_no});
        }
    }
    step_ = Step::reread;
    actions.emplace_back(ReadPage{std::move(page)});
}

void SweepPlan::on(PageRead event, Actions& actions) {
    FOLLOWD_ASSERT(step_ == Step::reread);
    if (!event.result.ok()) {
        if (judge(event.result.failure().kind) == Verdict::split && sizer_.shrink()) {
            return reread_missing(actions);
        }
        return fail(event.result.failure());
    }
    const Page page = std::move(event.result).value();
    if (page.batch.operations.size() != missing_asked_) {
        return fail(Failure{FailureKind::malformed,
                            "the leader showed other documents than it counted in the same view",
                            ""});
    }
    sizer_.read(page.batch.operations.size(), page.batch.bytes ? page.batch.bytes->size() : 0);
    Bulk bulk;
    bulk.owners.push_back(page.batch.bytes);
    rewritten_.clear();
    for (const Operation& operation : page.batch.operations) {
        rewritten_.emplace(operation.seq_no,
                           Lookup{std::string{operation.id}, std::string{operation.routing}});
        bulk.items.push_back(WriteItem{WriteKind::index,
                                       version_of(operation.seq_no),
                                       operation.seq_no,
                                       operation.id,
                                       operation.routing,
                                       operation.source});
    }
    missing_done_ += missing_asked_;
    step_ = Step::rewrite;
    (void)queue_.take_conflicts();
    queue_.add(next_batch_++, std::move(bulk));
    bulks_done(actions);
}

void SweepPlan::bulks_done(Actions& actions) {
    if (step_ != Step::remove && step_ != Step::rewrite) {
        return;
    }
    if (queue_.failure()) {
        return fail(*queue_.failure());
    }
    if (queue_.take_finished().empty()) {
        return;
    }
    if (step_ == Step::rewrite) {
        refused_ = queue_.take_conflicts();
        if (!refused_.empty()) {
            return look_up_refused(actions);
        }
    }
    reread_missing(actions);
}

// Newer on the follower: by the leader's own next operation, which another daemon brought, or by
// somebody else's hand.
void SweepPlan::look_up_refused(Actions& actions) {
    LookUp look_up;
    look_up.lookups.reserve(refused_.size());
    for (const SeqNo seq_no : refused_) {
        look_up.lookups.push_back(rewritten_.at(seq_no));
    }
    step_ = Step::look_up_refused;
    actions.emplace_back(std::move(look_up));
}

void SweepPlan::count_foreign(const std::vector<LookupResult>& found) {
    FOLLOWD_ASSERT(found.size() == refused_.size());
    for (std::size_t at = 0; at < refused_.size(); ++at) {
        // One that was misplaced may have been written when its own place was looked at.
        if (found[at] == refused_[at] && !misplaced_.contains(refused_[at])) {
            ++foreign_;
            first_foreign_ = std::min(first_foreign_.value_or(refused_[at]), refused_[at]);
        }
    }
}

void SweepPlan::advance(Instant now, Actions& actions) {
    if (failure_ || guarded_) {
        return;
    }
    if (step_ == Step::confirm_pause) {
        if (!pause_until_) {
            pause_until_ = now + confirm_pause;
        } else if (now >= *pause_until_) {
            step_ = Step::confirm_sample;
            actions.emplace_back(ReadSample{});
        }
    }
    if (step_ == Step::remove || step_ == Step::rewrite) {
        queue_.send(now, actions);
        if (queue_.failure()) {
            fail(*queue_.failure());
        }
    }
}

std::optional<Instant> SweepPlan::wake_at() const {
    return step_ == Step::confirm_pause ? pause_until_ : queue_.wake_at();
}

}  // namespace followd::core
