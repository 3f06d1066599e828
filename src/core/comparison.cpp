#include "followd/core/comparison.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace followd::core {

namespace {

constexpr std::int64_t buckets_aim = 1000;
// A range this wide is listed rather than counted again: a listing of it is one small request.
constexpr std::int64_t list_width = 1024;
// Where more spans than this differ, counting each again costs more than counting all exactly.
constexpr std::size_t recount_spans_max = 16;
// Counted place by place in one request: half of what a histogram may come to.
constexpr std::int64_t exact_width = 32'768;
// What lies between two places that differ is listed with them, where it costs less than a request;
// or than its share of one, where only the follower is listed.
constexpr std::int64_t list_gap = 256;
constexpr std::int64_t list_gap_follower = 8;
// Below the usual index.max_result_window of 10,000.
constexpr std::size_t list_limit = 5000;
// Places that are listed in one request.
constexpr std::size_t list_ranges_max = 128;

// Whether counting all places costs less than listing the documents, by some figures of both.
bool is_dense(const SeqNoRange& range, std::int64_t documents) {
    return documents >= range.width() / 12;
}

// The part of a range that one exact count is of.
SeqNoRange head_of(const SeqNoRange& range) {
    return SeqNoRange{range.first,
                      std::min(range.last, SeqNo{range.first.value() + exact_width - 1})};
}

// A search by version has no upper end but its size: for a few places it must not read thousands.
// Some more than the places, since documents of others may stand among them.
std::size_t limit_of(const std::vector<SeqNoRange>& ranges) {
    std::int64_t wanted = 32;
    for (const SeqNoRange& range : ranges) {
        wanted += range.width();
    }
    return static_cast<std::size_t>(std::min<std::int64_t>(wanted, list_limit));
}

// Both sides' counts of one bucket.
struct Pair {
    SeqNo first;
    std::int64_t leader = 0;
    std::int64_t follower = 0;
};

std::vector<Pair> merge(const std::vector<Bucket>& leader, const std::vector<Bucket>& follower) {
    std::vector<Pair> pairs;
    pairs.reserve(std::max(leader.size(), follower.size()));
    auto left = leader.begin();
    auto right = follower.begin();
    while (left != leader.end() || right != follower.end()) {
        const bool take_left =
            right == follower.end() || (left != leader.end() && left->first <= right->first);
        const bool take_right =
            left == leader.end() || (right != follower.end() && right->first <= left->first);
        Pair pair{take_left ? left->first : right->first, 0, 0};
        if (take_left) {
            pair.leader = (left++)->count;
        }
        if (take_right) {
            pair.follower = (right++)->count;
        }
        pairs.push_back(pair);
    }
    return pairs;
}

// `range` lies above all of `ranges`.
void join(std::vector<SeqNoRange>& ranges, SeqNoRange range) {
    if (!ranges.empty() && ranges.back().last.next() == range.first) {
        ranges.back().last = range.last;
    } else {
        ranges.push_back(range);
    }
}

}  // namespace

// `next` lies above all of `differing`.
void Comparison::append(std::vector<Differing>& differing, const Differing& next) {
    if (!differing.empty() && differing.back().range.last.next() == next.range.first) {
        Differing& last = differing.back();
        last.range.last = next.range.last;
        last.documents += next.documents;
        last.is_leader_empty = last.is_leader_empty && next.is_leader_empty;
    } else {
        differing.push_back(next);
    }
}

Comparison::Comparison(SeqNoRange range, std::int64_t interval, std::int64_t offset_shift) {
    FOLLOWD_ASSERT(interval >= 1);
    if (!range.empty()) {
        uncounted_.push_back(Span{range, interval, range.last.value() + 1 + offset_shift});
    }
}

void Comparison::also_compare(SeqNoRange range) {
    if (!range.empty()) {
        uncounted_.push_back(Span{range, usual_interval(range), range.last.value() + 1});
    }
}

Comparison Comparison::of_listings(const std::vector<SeqNoRange>& ranges) {
    Comparison comparison;
    for (const SeqNoRange& range : ranges) {
        if (!range.empty()) {
            comparison.to_list_.push_back(range);
        }
    }
    return comparison;
}

std::int64_t Comparison::usual_interval(SeqNoRange range) {
    return std::max<std::int64_t>(list_width / 2, range.width() / buckets_aim + 1);
}

bool Comparison::is_doubted(const SeqNoRange& bucket) const {
    return std::ranges::any_of(
        doubted_, [&bucket](const SeqNoRange& doubted) { return doubted.overlaps(bucket); });
}

const Comparison::Span* Comparison::span_to_count() const {
    if (!uncounted_.empty()) {
        return &uncounted_.front();
    }
    const bool is_enough = to_list_.size() + follower_to_list_.size() >= list_ranges_max;
    return to_count_.empty() || is_enough ? nullptr : &to_count_.front();
}

bool Comparison::lists_follower_alone() const {
    return follower_to_list_.size() >= list_ranges_max || to_list_.empty();
}

Comparison::Step Comparison::next() const {
    if (const Span* span = span_to_count()) {
        if (span->interval > 1) {
            return CountBoth{HistogramRequest{span->range, span->interval, span->offset}};
        }
        const SeqNoRange head = head_of(span->range);
        return CountBoth{HistogramRequest{head, 1, head.last.value() + 1}};
    }
    if (to_list_.empty() && follower_to_list_.empty()) {
        return Done{};
    }
    std::vector<SeqNoRange> ranges = ranges_to_list();
    const std::size_t limit = limit_of(ranges);
    if (lists_follower_alone()) {
        return ListFollower{std::move(ranges), limit};
    }
    return ListBoth{ranges.front(), limit};
}

// The first one, and of the follower's alone those after it that can be listed with it.
std::vector<SeqNoRange> Comparison::ranges_to_list() const {
    if (!lists_follower_alone()) {
        return {to_list_.front()};
    }
    std::vector<SeqNoRange> ranges{follower_to_list_.front()};
    for (auto range = follower_to_list_.begin() + 1; range != follower_to_list_.end(); ++range) {
        const bool is_ascending = ranges.back().last < range->first;
        if (!is_ascending || ranges.size() == list_ranges_max || limit_of(ranges) == list_limit) {
            break;
        }
        ranges.push_back(*range);
    }
    return ranges;
}

void Comparison::counted(const std::vector<Bucket>& leader, const std::vector<Bucket>& follower) {
    FOLLOWD_ASSERT(span_to_count() != nullptr);
    const bool is_first = !uncounted_.empty();
    std::deque<Span>& asked = is_first ? uncounted_ : to_count_;
    Span span = asked.front();
    const bool is_exact = span.interval == 1;
    const SeqNoRange rest{head_of(span.range).last.next(), span.range.last};
    if (is_exact && !rest.empty()) {
        asked.front().range = rest;
        span.range = head_of(span.range);
    } else {
        asked.pop_front();
    }

    std::vector<Differing> differing;
    for (const Pair& pair : merge(leader, follower)) {
        if (is_first) {
            leader_documents_ += pair.leader;
            follower_documents_ += pair.follower;
            surplus_at_least_ += std::max<std::int64_t>(0, pair.follower - pair.leader);
        }
        const SeqNo last{pair.first.value() + span.interval - 1};
        const SeqNoRange clipped{std::max(pair.first, span.range.first),
                                 std::min(last, span.range.last)};
        const bool agrees = pair.leader == pair.follower;
        if (is_first && agrees && pair.leader == clipped.width() &&
            clipped.width() == span.interval) {
            proved_documents_ += pair.leader;
        } else if (is_first && !clipped.empty()) {
            join(unproved_, clipped);
        }
        if ((!agrees || (!is_exact && is_doubted(clipped))) && !clipped.empty()) {
            append(differing,
                   Differing{clipped, std::max(pair.leader, pair.follower), pair.leader == 0});
        }
    }
    std::vector<Span> found = is_exact ? to_list(differing) : to_narrow(differing, span);
    for (const Span& one : found) {
        if (one.interval == 0) {
            (one.is_leader_empty ? follower_to_list_ : to_list_).push_back(one.range);
        }
    }
    std::erase_if(found, [](const Span& one) { return one.interval == 0; });
    // What the first counts find waits until all of them are in.
    to_count_.insert(is_first ? to_count_.end() : to_count_.begin(), found.begin(), found.end());
}

std::vector<Comparison::Span> Comparison::to_list(const std::vector<Differing>& differing) {
    std::vector<Span> spans;
    for (const Differing& one : differing) {
        const SeqNoRange& range = one.range;
        const bool are_followers =
            !spans.empty() && spans.back().is_leader_empty && one.is_leader_empty;
        const std::int64_t gap = are_followers ? list_gap_follower : list_gap;
        if (!spans.empty() && range.first.value() - spans.back().range.last.value() <= gap) {
            // Of what lies between, both sides have something.
            spans.back().range.last = range.last;
            spans.back().is_leader_empty = false;
        } else {
            spans.push_back(Span{range, 0, 0, one.is_leader_empty});
        }
    }
    return spans;
}

// A small range is listed, and so is one with few documents. A few that are neither are counted
// finer, long runs and many place by place.
std::vector<Comparison::Span> Comparison::to_narrow(const std::vector<Differing>& differing,
                                                    const Span& counted) {
    std::vector<Span> spans;
    std::int64_t documents = 0;  // of the last span, which grows
    const bool are_few = differing.size() <= recount_spans_max;
    for (const Differing& one : differing) {
        const SeqNoRange& range = one.range;
        const bool is_narrow = range.width() <= 2 * counted.interval;
        if (are_few && range.width() > list_width && is_narrow) {
            spans.push_back(Span{range, usual_interval(range), range.last.value() + 1});
            continue;
        }
        const SeqNoRange hull{spans.empty() ? range.first : spans.back().range.first, range.last};
        const bool is_joined = !are_few && !spans.empty() && hull.width() <= exact_width &&
                               is_dense(hull, documents + one.documents);
        if (is_joined) {
            documents += one.documents;
            spans.back() = Span{hull, 1, 0};
            continue;
        }
        documents = one.documents;
        const bool is_exact = range.width() > list_width && is_dense(range, documents);
        spans.push_back(is_exact ? Span{range, 1, 0} : Span{range, 0, 0, one.is_leader_empty});
    }
    return spans;
}

Comparison::Difference Comparison::listed(const std::vector<SeqNo>& leader,
                                          std::vector<FollowerDocument> follower) {
    FOLLOWD_ASSERT(span_to_count() == nullptr);
    Ranges& asked = lists_follower_alone() ? follower_to_list_ : to_list_;
    FOLLOWD_ASSERT(!asked.empty());
    const std::vector<SeqNoRange> ranges = ranges_to_list();
    const std::size_t limit = limit_of(ranges);
    // What lies above a listing that was cut is not known yet.
    SeqNo through = ranges.back().last;
    if (leader.size() >= limit) {
        through = std::min(through, leader.back());
    }
    if (follower.size() >= limit) {
        // More documents of the last origin may stand beyond the cut, unless all are of that one.
        const SeqNo last = follower.back().origin;
        through = std::min(through, follower.front().origin < last ? last.previous() : last);
    }

    Difference difference;
    auto left = leader.begin();
    for (auto at = follower.begin(); at != follower.end() && at->origin <= through;) {
        const auto same_end = std::find_if(
            at, follower.end(), [&at](const auto& other) { return other.origin != at->origin; });
        for (; left != leader.end() && *left < at->origin; ++left) {
            difference.missing.push_back(*left);
        }
        const bool held = left != leader.end() && *left == at->origin;
        if (held) {
            ++left;
        }
        // Two documents of one origin: someone else wrote one of them. Which one, a lookup tells.
        if (!held || std::distance(at, same_end) > 1) {
            std::move(at, same_end, std::back_inserter(difference.surplus));
        }
        at = same_end;
    }
    for (; left != leader.end() && *left <= through; ++left) {
        difference.missing.push_back(*left);
    }

    for (const SeqNoRange& range : ranges) {
        if (through < range.last) {
            asked.front().first = std::max(range.first, through.next());
            break;
        }
        asked.pop_front();
    }
    return difference;
}

std::vector<SeqNoRange> Comparison::unproved_ranges(std::size_t most) const {
    FOLLOWD_ASSERT(most >= 1);
    std::vector<SeqNoRange> ranges = unproved_;
    while (ranges.size() > most) {
        std::size_t nearest = 1;
        for (std::size_t at = 2; at < ranges.size(); ++at) {
            const auto gap = [&ranges](std::size_t i) {
                return ranges[i].first.value() - ranges[i - 1].last.value();
            };
            if (gap(at) < gap(nearest)) {
                nearest = at;
            }
        }
        ranges[nearest - 1].last = ranges[nearest].last;
        ranges.erase(ranges.begin() + static_cast<std::ptrdiff_t>(nearest));
    }
    return ranges;
}

}  // namespace followd::core
