#include "es/follower_shard.hpp"

#include "followd/base/assert.hpp"

#include "es/bulk_decoder.hpp"
#include "es/bulk_encoder.hpp"
#include "es/error_decoder.hpp"
#include "es/listing_decoder.hpp"
#include "es/search_decoder.hpp"
#include "es/state_decoder.hpp"

#include <algorithm>
#include <utility>

namespace followd::es {

RestFollowerShard::RestFollowerShard(http::Client& client,
                                     ClusterName cluster,
                                     IndexName index,
                                     IndexName fence,
                                     int shard,
                                     Capabilities capabilities,
                                     ShardLimits limits,
                                     OriginStrips strips)
    : index_(index),
      fence_(std::move(fence)),
      shard_(shard),
      limits_(limits),
      requests_(index, shard, std::move(capabilities), limits),
      exchange_(client, Place{std::move(cluster), std::move(index), shard}),
      strips_(std::move(strips)),
      placed_(requests_, exchange_, strips_) {
    FOLLOWD_ASSERT(can_be_fence(fence_));
}

Task<Result<FollowerIdentity>> RestFollowerShard::read_identity() {
    http::Request ask_state = requests_.identity();
    Result<Answer> state =
        co_await exchange_.send(std::move(ask_state), "read the index's metadata");
    if (!state.ok()) {
        co_return std::move(state).failure();
    }
    const Result<LeaderIdentity> identity =
        decode_identity(state->body, index_, shard_, std::move(state->where));
    if (!identity.ok()) {
        co_return identity.failure();
    }
    http::Request ask_stats = requests_.sample();
    Result<Answer> stats = co_await exchange_.send(std::move(ask_stats), "read shard statistics");
    if (!stats.ok()) {
        co_return std::move(stats).failure();
    }
    const Result<ShardSample> sample = decode_sample(stats->body, index_, shard_, stats->where);
    if (!sample.ok()) {
        co_return sample.failure();
    }
    if (sample.value().uuid != identity.value().uuid) {
        co_return Failure{FailureKind::unavailable,
                          "could not identify the index: it was created again meanwhile",
                          std::move(stats->where)};
    }
    co_return FollowerIdentity{
        identity.value().uuid, sample.value().history, identity.value().term};
}

Task<Result<void>> RestFollowerShard::refresh() {
    Result<void> done = co_await exchange_.refresh(requests_);
    co_return done;
}

Task<Result<std::vector<Bucket>>> RestFollowerShard::count(VersionBase base,
                                                           HistogramRequest request) {
    if (!strips_.empty()) {
        Result<std::vector<Bucket>> placed = co_await placed_.count(std::nullopt, request);
        co_return placed;
    }
    http::Request ask = requests_.count_versions(base, request);
    const Result<std::vector<KeyedCount>> counts = co_await exchange_.count(std::move(ask));
    if (!counts.ok()) {
        co_return counts.failure();
    }
    std::vector<Bucket> buckets;
    for (const KeyedCount& count : counts.value()) {
        const SeqNo first = base.origin_of(Version{count.key});
        const bool is_below = first.value() + request.interval <= request.range.first.value();
        if (!is_below && first <= request.range.last) {
            buckets.push_back(Bucket{first, count.count});
        }
    }
    co_return buckets;
}

Task<Result<std::vector<FollowerDocument>>> RestFollowerShard::list(VersionBase base,
                                                                    std::vector<SeqNoRange> ranges,
                                                                    std::size_t limit) {
    std::vector<FollowerDocument> all;
    if (!strips_.empty()) {
        Result<std::vector<PlacedDocument>> placed =
            co_await placed_.list(std::nullopt, std::move(ranges), limit);
        if (!placed.ok()) {
            co_return std::move(placed).failure();
        }
        for (PlacedDocument& found : *placed) {
            all.push_back(FollowerDocument{found.origin,
                                           std::move(found.document.id),
                                           std::move(found.document.routing),
                                           found.document.version});
        }
        co_return all;
    }
    while (all.size() < limit && !ranges.empty()) {
        const std::size_t size =
            std::min(listed_at_once(limit - all.size(), ranges), limits_.max_result_window);
        const SeqNo first = ranges.front().first;
        http::Request ask = requests_.list_versions(base.of_write(first.previous()), size);
        Result<Answer> answer = co_await exchange_.send(std::move(ask), "list documents");
        if (!answer.ok()) {
            co_return std::move(answer).failure();
        }
        Result<std::vector<FollowerDocument>> some =
            decode_documents(answer->body, base, answer->where);
        if (!some.ok()) {
            co_return std::move(some).failure();
        }
        if (some->size() > size || (!some->empty() && some->front().origin < first)) {
            co_return malformed(
                "list documents", "documents that were not asked for", std::move(answer->where));
        }
        const bool is_last = some->size() < size;
        const SeqNo through = is_last ? seq_no_end : some->back().origin;
        for (FollowerDocument& document : *some) {
            if (contains(ranges, document.origin)) {
                all.push_back(std::move(document));
            }
        }
        ranges = above(std::move(ranges), through);
    }
    if (all.size() > limit) {
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(limit), all.end());
    }
    co_return all;
}

Task<Result<Page>> RestFollowerShard::read_documents(VersionBase base,
                                                     SeqNoRange range,
                                                     std::size_t limit,
                                                     std::size_t bytes_max) {
    if (!strips_.empty()) {
        Result<Page> placed = co_await placed_.read(range, limit, bytes_max);
        co_return placed;
    }
    const std::size_t size = std::min(limit, limits_.max_result_window);
    const Version above = base.of_write(range.first.previous());
    http::Request ask = requests_.page_of_versions(above, size, bytes_max);
    Result<Answer> answer = co_await exchange_.send(std::move(ask), "read documents");
    if (!answer.ok()) {
        co_return std::move(answer).failure();
    }
    Result<Page> page =
        decode_version_page(std::move(answer->body), size, base, std::move(answer->where));
    if (!page.ok()) {
        co_return std::move(page).failure();
    }
    // A search takes no upper bound of versions: what lies beyond the range came along.
    std::vector<Operation>& documents = page->batch.operations;
    const auto beyond = std::ranges::find_if(
        documents, [&range](const Operation& document) { return document.seq_no > range.last; });
    page->is_last = page->is_last || beyond != documents.end();
    documents.erase(beyond, documents.end());
    co_return page;
}

Task<Result<BulkOutcome>> RestFollowerShard::apply(Bulk bulk) {
    http::Request request = encode_bulk(fence_, bulk, limits_.write_deadline);
    Result<Answer> answer = co_await exchange_.send(std::move(request), "write documents");
    if (!answer.ok()) {
        co_return std::move(answer).failure();
    }
    co_return decode_bulk(answer->body, bulk, std::move(answer->where));
}

}  // namespace followd::es
