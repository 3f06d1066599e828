#include "followd/core/origin_line.hpp"

#include "es/follower_cluster.hpp"
#include "es/place.hpp"
#include "http/message.hpp"

#include <utility>

/// The part of RestFollowerCluster that raises the base of a follower's versions.

namespace followd::es {

namespace {

std::string generations_body() {
    // Of generation g are the versions from (g << 40) + 1.
    Json body = Json::object();
    body["size"] = 0;
    body["track_total_hits"] = false;
    body["aggs"]["g"]["histogram"] = Json{{"field", "_version"},
                                          {"interval", base_of_generation(1).value()},
                                          {"offset", 1},
                                          {"min_doc_count", 1}};
    return to_text(body);
}

std::optional<std::map<std::int64_t, std::int64_t>> read_generations(const Json& answer) {
    const Json::json_pointer place{"/aggregations/g/buckets"};
    const Json::json_pointer failed{"/_shards/failed"};
    const bool is_whole = !is_true(answer, "timed_out") && answer.contains(failed) &&
                          answer.at(failed) == 0 && answer.contains(place) &&
                          answer.at(place).is_array();
    if (!is_whole) {
        return std::nullopt;
    }
    std::map<std::int64_t, std::int64_t> documents;
    for (const Json& bucket : answer.at(place)) {
        const Json* key = member(bucket, "key");
        const Json* count = member(bucket, "doc_count");
        if (key == nullptr || !key->is_number() || count == nullptr ||
            !count->is_number_integer()) {
            return std::nullopt;
        }
        const auto first = static_cast<std::int64_t>(key->get<double>());
        documents[first >> generation_bits] += count->get<std::int64_t>();
    }
    return documents;
}

Failure no_room() {
    return Failure{FailureKind::refused,
                   "its versions have no more room below 2^52: somebody wrote a document with a "
                   "version of his own near it (find it with a search sorted by _version, delete "
                   "it, and repair a minute later), or it was repaired thousands of times (delete "
                   "the follower index and let it be made afresh)",
                   {}};
}

}  // namespace

Task<Result<std::map<std::int64_t, std::int64_t>>> RestFollowerCluster::count_generations(
    IndexName name) {
    const std::string path = "/" + http::encode_component(name.value());
    http::Request refresh = admin_request(http::Method::post, path + "/_refresh");
    const std::string refreshing = "refresh the follower index";
    const Result<Json> refreshed =
        co_await exchange_.send_expecting_success(std::move(refresh), refreshing);
    if (!refreshed.ok()) {
        co_return refreshed.failure();
    }
    http::Request ask =
        admin_request(http::Method::post,
                      path + "/_search?allow_partial_search_results=false&request_cache=false",
                      generations_body());
    const std::string attempt = "count the generations of versions";
    const Result<Json> answer = co_await exchange_.send_expecting_success(std::move(ask), attempt);
    if (!answer.ok()) {
        co_return answer.failure();
    }
    std::optional<std::map<std::int64_t, std::int64_t>> documents = read_generations(*answer);
    if (!documents) {
        co_return Failure{FailureKind::unavailable, "could not " + attempt, {}};
    }
    co_return *std::move(documents);
}

Task<Result<void>> RestFollowerCluster::mark_raised(engine::FollowerIndex follower) {
    // Read again: the mapping may have been synced since, and `_meta` is replaced as a whole.
    const Result<Marked> read = co_await read_follower(follower.name);
    if (!read.ok()) {
        co_return read.failure();
    }
    FollowMark mark = read->mark;
    mark.generation = follower.generation;
    mark.origins = std::move(follower.origins);
    Result<void> put = co_await put_mark(follower.name, read->index, std::move(mark));
    co_return put;
}

Task<Result<engine::FollowerIndex>> RestFollowerCluster::raise_generation(
    engine::FollowerIndex follower, std::vector<SeqNo> through) {
    const std::string where = exchange_.where(follower.name);
    for (int attempt = 0; attempt < claim_tries_max; ++attempt) {
        const Result<Claimable> found = co_await read_claimable(follower.name, follower.uuid);
        if (!found.ok()) {
            co_return located(found.failure(), where);
        }
        const FollowMark& before = found->marked.mark;
        const std::optional<Claim>& recorded = found->recorded;
        if (recorded && recorded->generation > before.generation) {
            // Another's change that did not come to the mark: the mark is brought up first.
            const Result<void> written = co_await write_claim(follower.name, *recorded);
            if (!written.ok()) {
                co_return located(written.failure(), where);
            }
            continue;
        }
        Result<std::map<std::int64_t, std::int64_t>> documents =
            co_await count_generations(follower.name);
        if (!documents.ok()) {
            co_return located(std::move(documents).failure(), where);
        }
        core::RaiseRequest request{
            origins_of(before), before.leader_uuid, std::move(documents).value(), through};
        std::optional<core::Raise> raised = core::raised(std::move(request));
        if (!raised) {
            co_return located(no_room(), where);
        }
        const Claim claim{raised->generation, before.histories};
        const Result<bool> won =
            co_await ledger_.replace(follower.uuid, follower.name, found->entry, claim);
        if (!won.ok()) {
            co_return located(won.failure(), where);
        }
        if (!*won) {
            continue;
        }
        follower.generation = raised->generation;
        follower.histories = before.histories;
        follower.origins = std::move(raised->origins);
        const Result<void> marked = co_await mark_raised(follower);
        if (!marked.ok()) {
            co_return located(marked.failure(), where);
        }
        co_return follower;
    }
    co_return Failure{FailureKind::unavailable,
                      "other daemons keep changing the index's entry in .followd",
                      where};
}

}  // namespace followd::es
