#include "simulation/follower_ports.hpp"

#include "support/shard_search.hpp"

#include <utility>

namespace followd::sim {

namespace {

// What http.max_content_length is about, in documents.
constexpr std::size_t small_request_items = 5;

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
        text += items[at].id + "=" + std::to_string(items[at].version);
    }
    return text;
}

}  // namespace

Task<Result<engine::FollowerIndex>> FollowerClusterPort::prepare(engine::FollowerRequest request) {
    const std::string what = "prepare " + request.follower_index.value();
    return link_.ask<engine::FollowerIndex>(
        what, [side = &side_, request = std::move(request)] { return side->prepare(request); });
}

Task<Result<void>> FollowerClusterPort::sync_mapping(IndexName follower,
                                                     engine::IndexDefinition leader) {
    const std::int64_t version = leader.index.mapping_version;
    return link_.ask<void>(
        "mapping " + std::to_string(version) + " of " + follower.value(),
        [side = &side_, follower, version] { return side->sync_mapping(follower, version); });
}

Task<Result<engine::MetadataOutcome>> FollowerClusterPort::sync_metadata(
    engine::MetadataRequest request) {
    const std::string what = "definition of " + request.follower_index.value();
    // Settings and aliases change nothing of what documents are.
    return link_.ask<engine::MetadataOutcome>(
        what, [side = &side_, name = request.follower_index]() -> Result<engine::MetadataOutcome> {
            if (side->find(name) == nullptr) {
                return Failure{FailureKind::not_found, "no such index", "far"};
            }
            return engine::MetadataOutcome{};
        });
}

Task<Result<void>> FollowerClusterPort::finish_loading(IndexName follower) {
    return link_.ask<void>("finish loading of " + follower.value(),
                           [side = &side_, follower] { return side->finish_loading(follower); });
}

Task<Result<std::int64_t>> FollowerClusterPort::claim_generation(
    engine::FollowerIndex follower, std::vector<HistoryUuid> histories) {
    return link_.ask<std::int64_t>(
        "claim for " + follower.name.value(),
        [side = &side_, name = follower.name, histories = std::move(histories)] {
            return side->claim_generation(name, histories);
        });
}

// Nobody writes to a simulated follower but us.
Task<Result<engine::FollowerIndex>> FollowerClusterPort::raise_generation(
    engine::FollowerIndex /*follower*/, std::vector<SeqNo> /*through*/) {
    co_return Failure{FailureKind::refused, "nothing is repaired here", {}};
}

template <class T>
Task<Result<T>> FollowerShardPort::ask(const std::string& what,
                                       std::function<Result<T>(test::FollowerCopy& copy)> serve) {
    auto guarded = [side = &side_, name = index_, at = shard_, serve = std::move(serve)]() {
        FollowerIndexState* index = side->find(name);
        if (index == nullptr) {
            return Result<T>{Failure{FailureKind::not_found, "no such index", "far"}};
        }
        return serve(index->shards.at(static_cast<std::size_t>(at)).copy);
    };
    return link_.ask<T>(named(what), guarded);
}

std::string FollowerShardPort::named(const std::string& what) const {
    return index_.value() + "[" + std::to_string(shard_) + "] " + what;
}

Task<Result<FollowerIdentity>> FollowerShardPort::read_identity() {
    return link_.ask<FollowerIdentity>(
        named("identity"),
        [side = &side_, name = index_, shard = shard_] { return side->identity(name, shard); });
}

Task<Result<void>> FollowerShardPort::refresh() {
    return ask<void>("refresh", [](test::FollowerCopy& copy) {
        copy.refresh();
        return Result<void>{};
    });
}

Task<Result<std::vector<Bucket>>> FollowerShardPort::count(VersionBase base,
                                                           HistogramRequest request) {
    return ask<std::vector<Bucket>>("count", [base, request](test::FollowerCopy& copy) {
        return Result<std::vector<Bucket>>{test::count(copy, base, request)};
    });
}

Task<Result<std::vector<FollowerDocument>>> FollowerShardPort::list(VersionBase base,
                                                                    std::vector<SeqNoRange> ranges,
                                                                    std::size_t limit) {
    return ask<std::vector<FollowerDocument>>(
        "list", [base, ranges, limit](test::FollowerCopy& copy) {
            return Result<std::vector<FollowerDocument>>{test::list(copy, base, ranges, limit)};
        });
}

Task<Result<Page>> FollowerShardPort::read_documents(VersionBase /*base*/,
                                                     SeqNoRange /*range*/,
                                                     std::size_t /*limit*/,
                                                     std::size_t /*bytes_max*/) {
    // Only `followd verify --deep` reads the follower's documents.
    FOLLOWD_ASSERT(false);
    return ask<Page>("documents", {});
}

Task<Result<BulkOutcome>> FollowerShardPort::apply(Bulk bulk) {
    std::vector<SentItem> items = own_items(bulk);
    const bool is_too_large =
        scene_.weather.has(Fault::small_requests) && items.size() > small_request_items;
    const std::string what = named(describe(items));
    auto serve = [side = &side_,
                  name = index_,
                  shard = shard_,
                  is_too_large,
                  items = std::move(items)]() -> Result<BulkOutcome> {
        if (is_too_large) {
            return Failure{FailureKind::too_large, "413", "far"};
        }
        return side->apply(name, shard, items);
    };
    link_.bulks.take(1);
    Result<BulkOutcome> outcome = co_await link_.ask<BulkOutcome>(what, std::move(serve));
    link_.bulks.give_back(1);
    co_return outcome;
}

}  // namespace followd::sim
