#include "engine/shard_verifier.hpp"

#include "followd/base/assert.hpp"
#include "followd/core/content_comparison.hpp"
#include "followd/core/json_token.hpp"
#include "followd/core/page_sizer.hpp"
#include "followd/core/view_confirmation.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>
#include <variant>

namespace followd::engine {

namespace {

constexpr Duration confirm_pause = std::chrono::milliseconds{10};
constexpr Duration confirm_within = std::chrono::seconds{30};
// A healthy follower has what a view shows within this; given from the second comparison on.
constexpr Duration settle_pause = std::chrono::milliseconds{300};
// Up to this many operations every one is listed. Beyond, buckets that are full on both sides count
// as equal: counts cannot tell a document that is missing there from a foreign one that took an
// operation's version a second time.
constexpr std::int64_t listed_whole_max = 200'000;
constexpr std::size_t ranges_max = 2'000;
// Differences of one comparison that are kept: some 10 MB.
constexpr std::size_t differences_max = 100'000;
// Of documents of different content, which are few or all.
constexpr std::size_t contents_max = 1'000;
// Documents above the leader's newest operation that are looked at.
constexpr std::size_t beyond_max = 1'000;
// Where more is missing the follower is far behind, and it is not asked what it has beyond.
constexpr std::size_t overtaken_max = 5'000;
constexpr std::size_t newer_max = 20'000;
constexpr std::size_t ranges_at_once = 128;
constexpr std::size_t one_document_bytes_max = 256U << 20U;

Failure history_lost() {
    return Failure{FailureKind::history_lost,
                   "the leader's shard has another history than the follower was made from (it was "
                   "restored, or lost operations): the daemon begins it anew, verify then",
                   {}};
}

DiscrepancyKind discrepancy_of(core::DifferenceKind kind) {
    switch (kind) {
        case core::DifferenceKind::missing:
            return DiscrepancyKind::missing;
        case core::DifferenceKind::surplus:
            return DiscrepancyKind::extra;
        case core::DifferenceKind::other_id:
            return DiscrepancyKind::other_id;
        case core::DifferenceKind::other_routing:
            return DiscrepancyKind::other_routing;
        case core::DifferenceKind::other_source:
            return DiscrepancyKind::other_source;
    }
    FOLLOWD_ASSERT(false);
    return DiscrepancyKind::missing;
}

}  // namespace

std::string_view to_string(DiscrepancyKind kind) noexcept {
    switch (kind) {
        case DiscrepancyKind::missing:
            return "missing";
        case DiscrepancyKind::extra:
            return "extra";
        case DiscrepancyKind::other_version:
            return "other_version";
        case DiscrepancyKind::other_id:
            return "other_id";
        case DiscrepancyKind::other_routing:
            return "other_routing";
        case DiscrepancyKind::other_source:
            return "other_source";
    }
    FOLLOWD_ASSERT(false);
    return {};
}

ShardVerifier::ShardVerifier(VerifyPorts ports, VerifyOptions options)
    : ports_(ports), options_(std::move(options)), comparison_(core::Comparison::of_listings({})) {}

core::VerifyVerdict ShardVerifier::verdict() const {
    const core::VerifyVerdict verdict = verification_.verdict();
    const bool lacks_contents = options_.deep && !has_contents_;
    return verdict == core::VerifyVerdict::equal && lacks_contents ? core::VerifyVerdict::moving
                                                                   : verdict;
}

Task<Result<void>> ShardVerifier::compare() {
    Result<View> opened = co_await open_view();
    if (!opened.ok()) {
        co_return std::move(opened).failure();
    }
    const View view = *opened;
    Result<core::VerificationRound> round = co_await compare_in(view);
    Result<void> contents;
    const bool with_contents = options_.deep && !has_contents_;
    if (round.ok() && with_contents) {
        contents = co_await compare_contents(view);
    }
    // Where it cannot be closed it goes by itself.
    const Result<void> closed = co_await ports_.leader.close_view(view.id);
    (void)closed;
    if (!round.ok()) {
        co_return std::move(round).failure();
    }
    verification_.add(std::move(round).value());
    co_return contents;
}

Task<Result<ShardVerifier::View>> ShardVerifier::open_view() {
    // The term is read before the checkpoint, as following does (design.md section 2, step 1).
    const Result<LeaderIdentity> identity = co_await ports_.leader.read_identity();
    if (!identity.ok()) {
        co_return identity.failure();
    }
    const Result<ShardSample> sample = co_await ports_.leader.read_sample();
    if (!sample.ok()) {
        co_return sample.failure();
    }
    if (sample->history != options_.history || sample->uuid != identity->uuid) {
        co_return history_lost();
    }
    const Result<void> refreshed = co_await ports_.leader.refresh();
    if (!refreshed.ok()) {
        co_return refreshed.failure();
    }
    Result<ViewId> view = co_await ports_.leader.open_view();
    if (!view.ok()) {
        co_return std::move(view).failure();
    }
    const ViewId id = *view;
    const LeaderIdentity began = *identity;
    const Result<SeqNo> newest = co_await confirm(began);
    if (!newest.ok()) {
        const Result<void> closed = co_await ports_.leader.close_view(id);
        (void)closed;
        co_return newest.failure();
    }
    co_return View{id, sample->global_checkpoint, *newest};
}

Task<Result<SeqNo>> ShardVerifier::confirm(LeaderIdentity identity) {
    core::ViewConfirmation confirmation{identity, options_.history};
    const Instant limit = ports_.timers.now() + confirm_within;
    std::optional<SeqNo> newest;
    while (true) {
        const Result<ShardSample> sample = co_await ports_.leader.read_sample();
        if (!sample.ok()) {
            co_return sample.failure();
        }
        newest = newest.value_or(sample->max_seq_no);
        core::ViewConfirmation::Step step = confirmation.sampled(*sample);
        if (step == core::ViewConfirmation::Step::read_identity) {
            const Result<LeaderIdentity> again = co_await ports_.leader.read_identity();
            if (!again.ok()) {
                co_return again.failure();
            }
            step = confirmation.identified(*again);
        }
        if (step == core::ViewConfirmation::Step::confirmed) {
            co_return *newest;
        }
        if (step == core::ViewConfirmation::Step::broken) {
            co_return Failure{
                FailureKind::unavailable, "the leader's shard got another primary meanwhile", {}};
        }
        const Instant now = ports_.timers.now();
        if (now >= limit) {
            co_return Failure{FailureKind::unavailable,
                              "a copy of the leader's shard lags: what it has newest is not safe "
                              "yet",
                              {}};
        }
        co_await ports_.timers.sleep_until(now + confirm_pause);
    }
}

Task<Result<core::VerificationRound>> ShardVerifier::compare_in(View view) {
    round_ = core::VerificationRound{};
    round_.through = view.through;
    if (verification_.rounds() > 0) {
        co_await ports_.timers.sleep_until(ports_.timers.now() + settle_pause);
    }
    const Result<void> refreshed = co_await ports_.follower.refresh();
    if (!refreshed.ok()) {
        co_return refreshed.failure();
    }
    const Result<ShardSample> sample = co_await ports_.leader.read_sample();
    if (!sample.ok()) {
        co_return sample.failure();
    }
    const Result<void> compared = co_await compare_sets(view);
    if (!compared.ok()) {
        co_return compared.failure();
    }
    const SeqNo newest = std::max(sample->max_seq_no, view.newest);
    const Result<void> listed = co_await list_beyond(newest);
    if (!listed.ok()) {
        co_return listed.failure();
    }
    const Result<void> dropped = co_await drop_overtaken(view);
    if (!dropped.ok()) {
        co_return dropped.failure();
    }
    std::ranges::sort(round_.differences);
    co_return std::move(round_);
}

Task<Result<void>> ShardVerifier::compare_sets(View view) {
    std::vector<SeqNoRange> ranges;
    if (options_.base.value() > 0) {
        // Documents of older histories (shard_view.hpp, FollowerDocument::origin).
        ranges.push_back(SeqNoRange{SeqNo{-options_.base.value()}, SeqNo::none()});
    }
    const SeqNoRange own{SeqNo{0}, view.newest};
    if (!own.empty()) {
        comparison_ = core::Comparison{own, core::Comparison::usual_interval(own), 0};
        const core::Comparison::Step step = comparison_.next();
        const auto* count = std::get_if<core::Comparison::CountBoth>(&step);
        FOLLOWD_ASSERT(count != nullptr);
        const Result<void> counted = co_await count_both(view.id, count->request);
        if (!counted.ok()) {
            co_return counted;
        }
        round_.leader_documents = comparison_.leader_documents();
        round_.follower_documents = comparison_.follower_documents();
        const std::vector<SeqNoRange> unproved = own.width() <= listed_whole_max
                                                     ? std::vector<SeqNoRange>{own}
                                                     : comparison_.unproved_ranges(ranges_max);
        ranges.insert(ranges.end(), unproved.begin(), unproved.end());
    }
    comparison_ = core::Comparison::of_listings(ranges);
    while (true) {
        const core::Comparison::Step step = comparison_.next();
        const auto* list = std::get_if<core::Comparison::ListBoth>(&step);
        if (list == nullptr) {
            break;
        }
        const Result<void> listed = co_await list_both(view, *list);
        if (!listed.ok()) {
            co_return listed;
        }
        if (round_.differences.size() >= differences_max) {
            // Listings ascend, so all that differs up to the last one found is known.
            std::ranges::sort(round_.differences);
            round_.known_through = round_.differences.back().seq_no;
            break;
        }
    }
    co_return Result<void>{};
}

Task<Result<void>> ShardVerifier::count_both(ViewId view, HistogramRequest request) {
    const Result<std::vector<Bucket>> leader = co_await ports_.leader.count(view, request);
    if (!leader.ok()) {
        co_return leader.failure();
    }
    const Result<std::vector<Bucket>> follower =
        co_await ports_.follower.count(options_.base, request);
    if (!follower.ok()) {
        co_return follower.failure();
    }
    comparison_.counted(*leader, *follower);
    co_return Result<void>{};
}

Task<Result<void>> ShardVerifier::list_both(View view, core::Comparison::ListBoth list) {
    const Result<std::vector<SeqNo>> leader =
        co_await ports_.leader.list(view.id, list.range, list.limit);
    if (!leader.ok()) {
        co_return leader.failure();
    }
    Result<std::vector<FollowerDocument>> follower =
        co_await ports_.follower.list(options_.base, list.range, list.limit);
    if (!follower.ok()) {
        co_return std::move(follower).failure();
    }
    core::Comparison::Difference found = comparison_.listed(*leader, std::move(follower).value());
    for (const SeqNo seq_no : found.missing) {
        round_.differences.push_back({seq_no, core::DifferenceKind::missing, {}, {}});
    }
    for (FollowerDocument& document : found.surplus) {
        // Above G0 the view may lack what was indexed at the same time, and the follower have it.
        if (document.origin > view.through) {
            continue;
        }
        round_.differences.push_back({document.origin,
                                      core::DifferenceKind::surplus,
                                      std::move(document.id),
                                      std::move(document.routing)});
    }
    co_return Result<void>{};
}

// No operation of the leader can have made these: someone else wrote them on the follower.
Task<Result<void>> ShardVerifier::list_beyond(SeqNo newest) {
    const SeqNoRange range{newest.next(), seq_no_end};
    Result<std::vector<FollowerDocument>> found =
        co_await ports_.follower.list(options_.base, range, beyond_max);
    if (!found.ok()) {
        co_return std::move(found).failure();
    }
    if (found->size() >= beyond_max && !round_.known_through) {
        round_.known_through = found->back().origin;
    }
    for (FollowerDocument& document : *found) {
        round_.differences.push_back({document.origin,
                                      core::DifferenceKind::surplus,
                                      std::move(document.id),
                                      std::move(document.routing)});
    }
    co_return Result<void>{};
}

Task<Result<void>> ShardVerifier::drop_overtaken(View view) {
    std::vector<SeqNoRange> missing;
    for (const core::DocumentDifference& difference : round_.differences) {
        if (difference.kind == core::DifferenceKind::missing) {
            missing.push_back(SeqNoRange{difference.seq_no, difference.seq_no});
        }
    }
    if (missing.empty() || missing.size() > overtaken_max) {
        co_return Result<void>{};
    }
    const SeqNoRange above{view.through.next(), seq_no_end};
    const Result<std::vector<FollowerDocument>> newer =
        co_await ports_.follower.list(options_.base, above, newer_max);
    if (!newer.ok()) {
        co_return newer.failure();
    }
    std::unordered_map<std::string, SeqNo> newest_of;
    for (const FollowerDocument& document : *newer) {
        newest_of.insert_or_assign(core::text_of_token(document.id),
                                   document.origin);  // they ascend
    }
    core::PageSizer sizer{options_.limits};
    std::set<SeqNo> overtaken;
    for (std::size_t done = 0; done < missing.size() && !newest_of.empty();) {
        const std::size_t some =
            std::min({missing.size() - done, ranges_at_once, sizer.operations_max()});
        const auto first = missing.begin() + static_cast<std::ptrdiff_t>(done);
        PageRequest request;
        request.view = view.id;
        request.ranges.assign(first, first + static_cast<std::ptrdiff_t>(some));
        request.operations_max = some;
        request.bytes_max = sizer.bytes_max();
        const Result<Page> page = co_await ports_.leader.read_page(std::move(request));
        if (!page.ok()) {
            if (page.failure().kind == FailureKind::too_large && sizer.shrink()) {
                continue;
            }
            co_return page.failure();
        }
        for (const Operation& operation : page->batch.operations) {
            const auto found = newest_of.find(core::text_of_token(operation.id));
            if (found != newest_of.end() && found->second > operation.seq_no) {
                overtaken.insert(operation.seq_no);
            }
        }
        done += some;
    }
    std::erase_if(round_.differences, [&overtaken](const core::DocumentDifference& difference) {
        return difference.kind == core::DifferenceKind::missing &&
               overtaken.contains(difference.seq_no);
    });
    co_return Result<void>{};
}

Task<Result<void>> ShardVerifier::compare_contents(View view) {
    const SeqNoRange range{SeqNo{0}, view.through};
    core::ContentComparison contents{contents_max};
    core::PageSizer leader_sizer{options_.limits};
    core::PageSizer follower_sizer{options_.limits};
    std::string cursor;
    SeqNo follower_at = range.first;
    std::int64_t told = 0;
    while (!range.empty() && contents.next() != core::ContentComparison::Need::nothing) {
        const bool is_leader = contents.next() == core::ContentComparison::Need::leader;
        core::PageSizer& sizer = is_leader ? leader_sizer : follower_sizer;
        Result<Page> page = Failure{FailureKind::cancelled, "not asked", {}};
        if (is_leader) {
            PageRequest request;
            request.view = view.id;
            request.ranges = {range};
            request.after = cursor;
            request.operations_max = sizer.operations_max();
            request.bytes_max = sizer.bytes_max();
            page = co_await ports_.leader.read_page(std::move(request));
        } else {
            const SeqNoRange rest{follower_at, view.through};
            page = co_await ports_.follower.read_documents(
                options_.base, rest, sizer.operations_max(), sizer.bytes_max());
        }
        if (!page.ok()) {
            if (page.failure().kind == FailureKind::too_large && sizer.shrink()) {
                continue;
            }
            co_return page.failure();
        }
        const std::vector<Operation>& read = page->batch.operations;
        sizer.read(read.size(), page->batch.bytes == nullptr ? 0 : page->batch.bytes->size());
        if (is_leader) {
            cursor = page->cursor;
            contents.leader_page(std::move(page).value());
        } else {
            follower_at = read.empty() ? follower_at : read.back().seq_no.next();
            contents.follower_page(std::move(page).value());
        }
        if (options_.on_compared && contents.compared() > told) {
            options_.on_compared(contents.compared() - told);
            told = contents.compared();
        }
    }
    contents_compared_ = contents.compared();
    contents_different_ = contents.different();
    verification_.add_contents(contents.take_differences());
    has_contents_ = true;
    co_return Result<void>{};
}

Task<std::vector<Discrepancy>> ShardVerifier::describe(std::size_t most) {
    std::vector<core::DocumentDifference> chosen = verification_.contents();
    const std::vector<core::DocumentDifference>& lasting = verification_.lasting();
    chosen.insert(chosen.end(), lasting.begin(), lasting.end());
    chosen.resize(std::min(chosen.size(), most));

    std::vector<Discrepancy> found;
    std::vector<Lookup> lookups;
    for (const core::DocumentDifference& difference : chosen) {
        Discrepancy discrepancy{discrepancy_of(difference.kind), difference.id, difference.seq_no};
        if (difference.kind == core::DifferenceKind::missing) {
            Result<std::string> id = co_await id_of(difference.seq_no);
            discrepancy.id = id.ok() ? std::move(id).value() : std::string{};
        } else if (difference.kind == core::DifferenceKind::surplus) {
            lookups.push_back(Lookup{difference.id, difference.routing});
        }
        found.push_back(std::move(discrepancy));
    }
    // A surplus document that the leader still has is there by another operation.
    std::set<std::string> on_both;
    const Result<std::vector<LookupResult>> looked_up = co_await ports_.leader.look_up(lookups);
    for (std::size_t i = 0; looked_up.ok() && i < lookups.size(); ++i) {
        if ((*looked_up)[i]) {
            on_both.insert(core::text_of_token(lookups[i].id));
        }
    }
    std::set<std::string> told;
    std::erase_if(found, [&on_both, &told](Discrepancy& discrepancy) {
        const bool is_one_side = discrepancy.kind == DiscrepancyKind::missing ||
                                 discrepancy.kind == DiscrepancyKind::extra;
        if (!is_one_side || !on_both.contains(core::text_of_token(discrepancy.id))) {
            return false;
        }
        discrepancy.kind = DiscrepancyKind::other_version;
        return !told.insert(core::text_of_token(discrepancy.id)).second;
    });
    co_return found;
}

Task<Result<std::string>> ShardVerifier::id_of(SeqNo seq_no) {
    PageRequest request;
    request.ranges = {SeqNoRange{seq_no, seq_no}};
    request.operations_max = 1;
    request.bytes_max = one_document_bytes_max;
    const Result<Page> page = co_await ports_.leader.read_page(std::move(request));
    if (!page.ok()) {
        co_return page.failure();
    }
    if (page->batch.operations.empty()) {
        co_return Failure{FailureKind::not_found, "the document was written again", {}};
    }
    co_return std::string(page->batch.operations.front().id);
}

}  // namespace followd::engine
