#include "simulation/roles/shard_ports.hpp"
#include "simulation/roles/strips.hpp"
#include "support/histogram.hpp"

#include <chrono>
#include <memory>
#include <optional>

namespace followd::sim {

namespace {

// What http.max_content_length is about, in documents.
constexpr std::size_t small_request_items = 5;
// Between its nodes.
constexpr Duration slow_write = std::chrono::milliseconds{2};

std::vector<SentItem> own_items(const Bulk& bulk) {
    std::vector<SentItem> items;
    for (const WriteItem& item : bulk.items) {
        items.push_back({item.kind,
                         item.version.value(),
                         item.seq_no.value(),
                         std::string{item.id},
                         std::string{item.source}});
    }
    return items;
}

std::string describe(const std::vector<SentItem>& items) {
    constexpr std::size_t shown_max = 12;
    std::string text = "bulk of " + std::to_string(items.size()) + ":";
    for (std::size_t at = 0; at < items.size() && at < shown_max; ++at) {
        text += items[at].kind == WriteKind::index ? " " : " -";
        text += items[at].id + "=" + std::to_string(items[at].version) + items[at].source;
    }
    return text;
}

}  // namespace

template <class T>
Task<Result<T>> TwoWayFollowerShard::ask(const std::string& what, InShard<T> serve) {
    auto guarded = [place = place_, serve = std::move(serve)]() -> Result<T> {
        TwoWayIndex* const index = place.find();
        return index == nullptr ? Result<T>{place.absence()} : serve(index->shards.at(place.shard));
    };
    return link_.ask<T>(place_.named(what), guarded);
}

Task<Result<FollowerIdentity>> TwoWayFollowerShard::read_identity() {
    auto serve = [place = place_]() -> Result<FollowerIdentity> {
        TwoWayIndex* const index = place.find();
        if (index == nullptr) {
            return place.absence();
        }
        return FollowerIdentity{index->uuid,
                                index->history(place.shard),
                                PrimaryTerm{index->shards.at(place.shard).term}};
    };
    return link_.ask<FollowerIdentity>(place_.named("identity"), serve);
}

Task<Result<void>> TwoWayFollowerShard::refresh() {
    return ask<void>("refresh", [](TwoWayShard& shard) -> Result<void> {
        shard.refresh();
        return {};
    });
}

Task<Result<std::vector<Bucket>>> TwoWayFollowerShard::count(VersionBase base,
                                                             HistogramRequest request) {
    return ask<std::vector<Bucket>>(
        describe("count", request.range),
        [base, request, strips = place_.strips](TwoWayShard& shard) -> Result<std::vector<Bucket>> {
            // There is no range on versions: buckets at the ends hold what lies outside, too.
            test::Histogram histogram(request);
            for (const auto& [place, document] : placed(strips, base, shard.searchable)) {
                histogram.add(place);
            }
            return histogram.buckets();
        });
}

Task<Result<std::vector<FollowerDocument>>> TwoWayFollowerShard::list(
    VersionBase base, std::vector<SeqNoRange> ranges, std::size_t limit) {
    return ask<std::vector<FollowerDocument>>(
        describe("list", SeqNoRange{ranges.front().first, ranges.back().last}),
        [base, ranges, limit, strips = place_.strips](
            TwoWayShard& shard) -> Result<std::vector<FollowerDocument>> {
            std::vector<FollowerDocument> found;
            for (const auto& [place, document] : placed(strips, base, shard.searchable)) {
                if (contains(ranges, SeqNo{place}) && found.size() < limit) {
                    found.push_back(
                        FollowerDocument{SeqNo{place}, document.id, {}, Version{document.version}});
                }
            }
            return found;
        });
}

Task<Result<Page>> TwoWayFollowerShard::read_documents(VersionBase base,
                                                       SeqNoRange range,
                                                       std::size_t limit,
                                                       std::size_t /*bytes_max*/) {
    return ask<Page>(
        describe("documents", range),
        [base, range, limit, strips = place_.strips](TwoWayShard& shard) -> Result<Page> {
            auto bytes = std::make_shared<std::string>();
            std::vector<std::pair<std::int64_t, std::pair<std::size_t, std::size_t>>> found;
            bool is_last = true;
            for (const auto& [place, document] : placed(strips, base, shard.searchable)) {
                if (!range.contains(SeqNo{place})) {
                    continue;
                }
                if (found.size() == limit) {
                    is_last = false;
                    break;
                }
                *bytes += document.id;
                const std::size_t middle = bytes->size();
                *bytes += "{\"v\":" + std::to_string(document.value) + "}";
                found.push_back({place, {middle, bytes->size()}});
            }
            Page page{OperationBatch{bytes, {}}, {}, is_last};
            const std::string_view text = *bytes;
            std::size_t from = 0;
            for (const auto& [place, ends] : found) {
                page.batch.operations.push_back(
                    Operation{SeqNo{place},
                              text.substr(from, ends.first - from),
                              {},
                              text.substr(ends.first, ends.second - ends.first)});
                from = ends.second;
            }
            return page;
        });
}

// The coordinating node takes the alias for its index a moment before the shard executes.
Task<Result<BulkOutcome>> TwoWayFollowerShard::apply(Bulk bulk) {
    std::vector<SentItem> items = own_items(bulk);
    const bool is_too_large =
        scene_.weather.has(Fault::small_requests) && items.size() > small_request_items;
    const std::string what = place_.named(describe(items));
    const Duration apart = scene_.dice.chance(0.2) ? scene_.about(slow_write) : Duration{};
    // How often the index had been blocked when the alias still stood.
    auto passed = std::make_shared<std::optional<int>>();
    auto resolve = [place = place_, fence = fence_, passed] {
        const TwoWayIndex* const index = place.find();
        if (index != nullptr && index->fences.contains(fence)) {
            *passed = index->blocks;
        }
    };
    auto serve =
        [place = place_, passed, is_too_large, items = std::move(items)]() -> Result<BulkOutcome> {
        if (is_too_large) {
            return Failure{FailureKind::too_large, "413", "follower"};
        }
        if (!passed->has_value()) {
            return Failure{FailureKind::not_found, "no such alias", place.cluster.value()};
        }
        if (**passed != place.find()->blocks) {
            return Failure{FailureKind::unavailable, "block", place.cluster.value()};
        }
        return place.sides->apply(place.cluster, place.index, place.shard, items);
    };
    link_.bulks.take(1);
    Result<BulkOutcome> outcome =
        co_await link_.ask<BulkOutcome>(what, std::move(serve), std::move(resolve), apart);
    link_.bulks.give_back(1);
    co_return outcome;
}

}  // namespace followd::sim
