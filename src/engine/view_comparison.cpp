#include "engine/view_comparison.hpp"

#include "followd/base/assert.hpp"
#include "followd/core/json_token.hpp"
#include "followd/core/page_sizer.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace followd::engine {

namespace {

// Up to this many operations every one is listed. Beyond, buckets that are full on both sides count
// as equal: counts cannot tell a document that is missing there from a foreign one that took an
// operation's version a second time.
constexpr std::int64_t listed_whole_max = 200'000;
constexpr std::size_t ranges_max = 2'000;
// Differences of one comparison that are kept: some 10 MB.
constexpr std::size_t differences_max = 100'000;
// Documents above the leader's newest operation that are looked at.
constexpr std::size_t beyond_max = 1'000;
// Where more is missing the follower is far behind, and single documents are not looked at.
constexpr std::size_t outdated_max = 5'000;
constexpr std::size_t newer_max = 20'000;
constexpr std::size_t ranges_at_once = 128;
constexpr std::size_t lookups_max = 1'000;

}  // namespace

ViewComparison::ViewComparison(VerifyPorts ports,
                               VersionBase base,
                               std::vector<OlderSpace> older,
                               LimitSettings limits)
    : ports_(ports),
      base_(base),
      older_(std::move(older)),
      limits_(limits),
      comparison_(core::Comparison::of_listings({})) {}

Task<Result<core::VerificationRound>> ViewComparison::compare(VerifyView view, Duration settle) {
    round_ = core::VerificationRound{};
    round_.through = view.through;
    if (settle > Duration{0}) {
        co_await ports_.timers.sleep_until(ports_.timers.now() + settle);
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
    Result<void> dropped = co_await drop_outdated(view);
    if (!dropped.ok()) {
        co_return std::move(dropped).failure();
    }
    std::ranges::sort(round_.differences);
    dropped = co_await drop_rightful();
    if (!dropped.ok()) {
        co_return std::move(dropped).failure();
    }
    co_return std::move(round_);
}

Task<Result<void>> ViewComparison::compare_sets(VerifyView view) {
    std::vector<SeqNoRange> ranges;
    for (const OlderSpace& space : older_) {
        ranges.push_back(space.origins);
        const SeqNoRange& all = space.origins;
        comparison_ = core::Comparison{all, all.width(), 0};
        const Result<void> counted =
            co_await count_both(view.id, HistogramRequest{all, all.width(), all.first.value()});
        if (!counted.ok()) {
            co_return counted;
        }
        round_.leader_documents += comparison_.leader_documents();
        round_.follower_documents += comparison_.follower_documents();
    }
    if (older_.empty() && base_.value() > 0) {
        // Documents of older histories (shard_view.hpp, FollowerDocument::origin).
        ranges.push_back(SeqNoRange{SeqNo{-base_.value()}, SeqNo::none()});
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
        round_.leader_documents += comparison_.leader_documents();
        round_.follower_documents += comparison_.follower_documents();
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

Task<Result<void>> ViewComparison::count_both(ViewId view, HistogramRequest request) {
    const Result<std::vector<Bucket>> leader = co_await ports_.leader.count(view, request);
    if (!leader.ok()) {
        co_return leader.failure();
    }
    const Result<std::vector<Bucket>> follower = co_await ports_.follower.count(base_, request);
    if (!follower.ok()) {
        co_return follower.failure();
    }
    comparison_.counted(*leader, *follower);
    co_return Result<void>{};
}

Task<Result<void>> ViewComparison::list_both(VerifyView view, core::Comparison::ListBoth list) {
    const Result<std::vector<SeqNo>> leader =
        co_await ports_.leader.list(view.id, list.range, list.limit);
    if (!leader.ok()) {
        co_return leader.failure();
    }
    std::vector<SeqNoRange> ranges{list.range};
    Result<std::vector<FollowerDocument>> follower =
        co_await ports_.follower.list(base_, std::move(ranges), list.limit);
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
Task<Result<void>> ViewComparison::list_beyond(SeqNo newest) {
    std::vector<SeqNoRange> above{SeqNoRange{newest.next(), seq_no_end}};
    Result<std::vector<FollowerDocument>> found =
        co_await ports_.follower.list(base_, std::move(above), beyond_max);
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

// A missing document that was written again, or deleted, since the view was opened is no difference
// where the follower shows that, too.
Task<Result<void>> ViewComparison::drop_outdated(VerifyView view) {
    std::vector<SeqNo> missing;
    for (const core::DocumentDifference& difference : round_.differences) {
        if (difference.kind == core::DifferenceKind::missing) {
            missing.push_back(difference.seq_no);
        }
    }
    if (missing.empty() || missing.size() > outdated_max) {
        co_return Result<void>{};
    }
    std::vector<SeqNoRange> above{SeqNoRange{view.through.next(), seq_no_end}};
    const Result<std::vector<FollowerDocument>> newer =
        co_await ports_.follower.list(base_, std::move(above), newer_max);
    if (!newer.ok()) {
        co_return newer.failure();
    }
    newest_of_.clear();
    for (const FollowerDocument& document : *newer) {
        // They ascend: the newest stays.
        newest_of_.insert_or_assign(core::text_of_token(document.id), document.origin);
    }
    outdated_.clear();
    core::PageSizer sizer{limits_};
    for (std::size_t done = 0; done < missing.size();) {
        const std::size_t some =
            std::min({missing.size() - done, ranges_at_once, sizer.operations_max()});
        PageRequest request;
        request.view = view.id;
        for (std::size_t i = done; i < done + some; ++i) {
            request.ranges.push_back(SeqNoRange{missing[i], missing[i]});
        }
        request.operations_max = some;
        request.bytes_max = sizer.bytes_max();
        Result<Page> page = co_await ports_.leader.read_page(std::move(request));
        if (!page.ok()) {
            if (page.failure().kind == FailureKind::too_large && sizer.shrink()) {
                continue;
            }
            co_return std::move(page).failure();
        }
        OperationBatch batch = std::move(page->batch);
        const Result<void> found = co_await find_outdated(std::move(batch));
        if (!found.ok()) {
            co_return found;
        }
        done += some;
    }
    std::erase_if(round_.differences, [this](const core::DocumentDifference& difference) {
        return difference.kind == core::DifferenceKind::missing &&
               outdated_.contains(difference.seq_no);
    });
    co_return Result<void>{};
}

Task<Result<void>> ViewComparison::find_outdated(OperationBatch batch) {
    std::vector<Lookup> lookups;
    std::vector<SeqNo> seq_nos;
    for (const Operation& operation : batch.operations) {
        const auto newest = newest_of_.find(core::text_of_token(operation.id));
        if (newest != newest_of_.end() && newest->second > operation.seq_no) {
            outdated_.insert(operation.seq_no);
        } else {
            lookups.push_back(Lookup{std::string(operation.id), std::string(operation.routing)});
            seq_nos.push_back(operation.seq_no);
        }
    }
    const Result<std::vector<LookupResult>> found = co_await ports_.leader.look_up(lookups);
    if (!found.ok()) {
        co_return found.failure();
    }
    for (std::size_t i = 0; i < seq_nos.size(); ++i) {
        if (!(*found)[i]) {
            outdated_.insert(seq_nos[i]);
        }
    }
    co_return Result<void>{};
}

Task<Result<void>> ViewComparison::drop_rightful() {
    std::vector<core::DocumentDifference>& all = round_.differences;
    const auto is_surplus = [](const core::DocumentDifference& difference) {
        return difference.kind == core::DifferenceKind::surplus;
    };
    std::vector<Lookup> lookups;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < all.size() && lookups.size() < lookups_max; ++i) {
        const bool is_like_last =
            i > 0 && is_surplus(all[i - 1]) && all[i - 1].seq_no == all[i].seq_no;
        const bool is_like_next =
            i + 1 < all.size() && is_surplus(all[i + 1]) && all[i + 1].seq_no == all[i].seq_no;
        if (is_surplus(all[i]) && (is_like_last || is_like_next)) {
            lookups.push_back(Lookup{all[i].id, all[i].routing});
            places.push_back(i);
        }
    }
    if (lookups.empty()) {
        co_return Result<void>{};
    }
    const Result<std::vector<LookupResult>> found = co_await ports_.leader.look_up(lookups);
    if (!found.ok()) {
        co_return found.failure();
    }
    // From the back, so that the places before stay where they are.
    for (std::size_t i = places.size(); i-- > 0;) {
        if ((*found)[i] == all[places[i]].seq_no) {
            all.erase(all.begin() + static_cast<std::ptrdiff_t>(places[i]));
        }
    }
    co_return Result<void>{};
}

}  // namespace followd::engine
