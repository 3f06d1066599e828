#include "es/leader_shard.hpp"

#include "es/error_decoder.hpp"
#include "es/listing_decoder.hpp"
#include "es/search_decoder.hpp"
#include "es/state_decoder.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

// Of one view: more than any comparison keeps.
constexpr std::size_t listed_max = 300'000;
constexpr std::string_view not_asked_for = "documents that were not asked for";

/// Where a cycle's next request begins is taken from the last document of this answer: a server
/// that answers beside the question must not lead it astray.
bool is_listing_of(const std::vector<SeqNo>& seq_nos, const SeqNoRange& range, std::size_t size) {
    return seq_nos.size() <= size &&
           (seq_nos.empty() || (range.contains(seq_nos.front()) && range.contains(seq_nos.back())));
}

bool is_page_of(const Page& page, const PageRequest& request) {
    const auto is_wanted = [&request](const Operation& operation) {
        return std::ranges::any_of(request.ranges, [&operation](const SeqNoRange& range) {
            return range.contains(operation.seq_no);
        });
    };
    const std::vector<Operation>& operations = page.batch.operations;
    return std::ranges::all_of(operations, is_wanted) &&
           (request.order == PageOrder::by_document ||
            std::ranges::is_sorted(operations, std::ranges::less_equal{}, &Operation::seq_no));
}

}  // namespace

RestLeaderShard::RestLeaderShard(http::Client& client,
                                 ClusterName cluster,
                                 IndexName index,
                                 int shard,
                                 Capabilities capabilities,
                                 ShardLimits limits,
                                 OriginStrips strips)
    : index_(index),
      shard_(shard),
      max_result_window_(limits.max_result_window),
      requests_(index, shard, std::move(capabilities), limits),
      exchange_(client, Place{std::move(cluster), std::move(index), shard}),
      strips_(std::move(strips)),
      placed_(requests_, exchange_, strips_) {}

Task<Result<LeaderIdentity>> RestLeaderShard::read_identity() {
    http::Request ask = requests_.identity();
    Result<Answer> answer = co_await exchange_.send(std::move(ask), "read the index's metadata");
    if (!answer.ok()) {
        co_return std::move(answer).failure();
    }
    co_return decode_identity(answer->body, index_, shard_, std::move(answer->where));
}

Task<Result<ShardSample>> RestLeaderShard::read_sample() {
    http::Request ask = requests_.sample();
    Result<Answer> answer = co_await exchange_.send(std::move(ask), "read shard statistics");
    if (!answer.ok()) {
        co_return std::move(answer).failure();
    }
    co_return decode_sample(answer->body, index_, shard_, std::move(answer->where));
}

Task<Result<void>> RestLeaderShard::refresh() {
    Result<void> done = co_await exchange_.refresh(requests_);
    co_return done;
}

Task<Result<ViewId>> RestLeaderShard::open_view() {
    http::Request ask = requests_.open_view();
    Result<Answer> answer = co_await exchange_.send(std::move(ask), "open a point in time");
    if (!answer.ok()) {
        co_return std::move(answer).failure();
    }
    listed_.clear();
    co_return decode_view(answer->body, std::move(answer->where));
}

Task<Result<void>> RestLeaderShard::close_view(ViewId view) {
    http::Request ask = requests_.close_view(view);
    Result<Answer> answer =
        co_await exchange_.send_removal(std::move(ask), "close a point in time");
    if (!answer.ok()) {
        co_return std::move(answer).failure();
    }
    co_return Result<void>{};
}

Task<Result<Page>> RestLeaderShard::read_page(PageRequest request) {
    if (!strips_.empty()) {
        Result<Page> placed = co_await read_placed_page(std::move(request));
        co_return placed;
    }
    const std::size_t size = requests_.page_size(request);
    http::Request ask = requests_.page(request);
    Result<Answer> answer = co_await exchange_.send(std::move(ask), "read documents");
    if (!answer.ok()) {
        co_return std::move(answer).failure();
    }
    Result<Page> page = decode_page(std::move(answer->body), size, answer->where);
    if (page.ok() && !is_page_of(*page, request)) {
        co_return malformed("read documents", not_asked_for, std::move(answer->where));
    }
    co_return page;
}

std::vector<SeqNoRange> RestLeaderShard::local_ranges(const std::vector<SeqNoRange>& ranges) const {
    std::vector<SeqNoRange> local;
    for (const SeqNoRange& range : ranges) {
        for (const OriginStrip& strip : strips_) {
            const SeqNo first = std::max(range.first, strip.origins.first);
            const SeqNo last = std::min(range.last, strip.origins.last);
            if (!strip.base && first <= last) {
                local.push_back(SeqNoRange{SeqNo{first.value() - strip.zero},
                                           SeqNo{last.value() - strip.zero}});
            }
        }
        const auto end = listed_.upper_bound(range.last);
        for (auto at = listed_.lower_bound(range.first); at != end; ++at) {
            local.push_back(SeqNoRange{at->second, at->second});
        }
    }
    std::ranges::sort(local, {}, &SeqNoRange::first);
    return local;
}

SeqNo RestLeaderShard::place_by_number(SeqNo local) const {
    const auto strip = std::ranges::find_if(strips_, [local](const OriginStrip& candidate) {
        return !candidate.base && candidate.local.contains(local);
    });
    return strip == strips_.end() ? local : SeqNo{local.value() + strip->zero};
}

Task<Result<Page>> RestLeaderShard::read_placed_page(PageRequest request) {
    PageRequest local = request;
    local.ranges = local_ranges(request.ranges);
    if (local.ranges.empty()) {
        Page nothing;
        nothing.is_last = true;
        co_return nothing;
    }
    const std::size_t size = requests_.page_size(local);
    http::Request ask = requests_.page(local);
    Result<Answer> answer = co_await exchange_.send(std::move(ask), "read documents");
    if (!answer.ok()) {
        co_return std::move(answer).failure();
    }
    Result<Page> page = decode_page(std::move(answer->body), size, answer->where);
    if (!page.ok()) {
        co_return page;
    }
    if (!is_page_of(*page, local)) {
        co_return malformed("read documents", not_asked_for, std::move(answer->where));
    }
    std::map<SeqNo, SeqNo> places;
    for (const auto& [place, at] : listed_) {
        places.emplace(at, place);
    }
    for (Operation& operation : page->batch.operations) {
        const auto place = places.find(operation.seq_no);
        operation.seq_no =
            place == places.end() ? place_by_number(operation.seq_no) : place->second;
    }
    if (request.order == PageOrder::by_seq_no) {
        std::ranges::sort(page->batch.operations, {}, &Operation::seq_no);
    }
    co_return page;
}

Task<Result<std::vector<Bucket>>> RestLeaderShard::count(ViewId view, HistogramRequest request) {
    if (!strips_.empty()) {
        Result<std::vector<Bucket>> placed = co_await placed_.count(std::move(view), request);
        co_return placed;
    }
    http::Request ask = requests_.count(view, request);
    const Result<std::vector<KeyedCount>> counts = co_await exchange_.count(std::move(ask));
    if (!counts.ok()) {
        co_return counts.failure();
    }
    std::vector<Bucket> buckets;
    buckets.reserve(counts.value().size());
    for (const KeyedCount& count : counts.value()) {
        buckets.push_back(Bucket{SeqNo{count.key}, count.count});
    }
    co_return buckets;
}

Task<Result<std::vector<SeqNo>>> RestLeaderShard::list(ViewId view,
                                                       SeqNoRange range,
                                                       std::size_t limit) {
    std::vector<SeqNo> all;
    if (!strips_.empty()) {
        // Whoever reads what he lists, a part after the other, reads on.
        if (listed_.size() + limit > listed_max) {
            listed_.clear();
        }
        std::vector<SeqNoRange> ranges{range};
        const Result<std::vector<PlacedDocument>> placed =
            co_await placed_.list(std::move(view), std::move(ranges), limit);
        if (!placed.ok()) {
            co_return placed.failure();
        }
        for (const PlacedDocument& found : *placed) {
            all.push_back(found.origin);
            if (found.origin != found.document.local) {
                listed_.insert_or_assign(found.origin, found.document.local);
            }
        }
        co_return all;
    }
    while (all.size() < limit && !range.empty()) {
        const std::size_t size = std::min(limit - all.size(), max_result_window_);
        http::Request ask = requests_.list(view, range, size);
        Result<Answer> answer = co_await exchange_.send(std::move(ask), "list documents");
        if (!answer.ok()) {
            co_return std::move(answer).failure();
        }
        const Result<std::vector<SeqNo>> some = decode_seq_nos(answer->body, answer->where);
        if (!some.ok()) {
            co_return some.failure();
        }
        if (!is_listing_of(*some, range, size)) {
            co_return malformed("list documents", not_asked_for, std::move(answer->where));
        }
        all.insert(all.end(), some.value().begin(), some.value().end());
        if (some.value().size() < size) {
            break;
        }
        range.first = all.back().next();
    }
    co_return all;
}

Task<Result<std::vector<LookupResult>>> RestLeaderShard::look_up(std::vector<Lookup> lookups) {
    if (lookups.empty()) {
        co_return std::vector<LookupResult>{};
    }
    http::Request ask = requests_.look_up(lookups);
    Result<Answer> answer = co_await exchange_.send(std::move(ask), "look up documents");
    if (!answer.ok()) {
        co_return std::move(answer).failure();
    }
    const Result<std::vector<std::optional<LiveDocument>>> found =
        decode_lookups(answer->body, lookups.size(), std::move(answer->where));
    if (!found.ok()) {
        co_return found.failure();
    }
    std::vector<LookupResult> results;
    results.reserve(found->size());
    for (const std::optional<LiveDocument>& document : *found) {
        results.push_back(document ? LookupResult{place_of(*document)} : std::nullopt);
    }
    co_return results;
}

SeqNo RestLeaderShard::place_of(const LiveDocument& document) const {
    if (strips_.empty()) {
        return document.local;
    }
    // One that the line has no place for is in none that was asked about.
    return placed_.place_of(document.local, document.version).value_or(SeqNo::none());
}

Task<Result<std::int64_t>> RestLeaderShard::count_documents(ViewId view) {
    http::Request ask = requests_.total(view);
    Result<Answer> answer = co_await exchange_.send(std::move(ask), "count documents");
    if (!answer.ok()) {
        co_return std::move(answer).failure();
    }
    co_return decode_total(answer->body, std::move(answer->where));
}

}  // namespace followd::es
