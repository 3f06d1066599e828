#include "es/snapshot_target.hpp"

#include "es/adoption.hpp"
#include "es/dialect.hpp"
#include "es/index_definition.hpp"
#include "es/place.hpp"
#include "es/release.hpp"
#include "es/repository.hpp"
#include "es/restore_plan.hpp"
#include "es/snapshot_request.hpp"
#include "http/message.hpp"

#include <utility>

namespace followd::es {

namespace {

std::string path_of(const IndexName& name) {
    return "/" + http::encode_component(name.value());
}

/// Nothing where it is not the answer of a search of all shards.
std::optional<std::int64_t> highest_version_in(const Json& answer) {
    const Json::json_pointer place{"/aggregations/highest/value"};
    const Json::json_pointer failed{"/_shards/failed"};
    const bool is_whole = !is_true(answer, "timed_out") && answer.contains(failed) &&
                          answer.at(failed) == 0 && answer.contains(place);
    if (!is_whole) {
        return std::nullopt;
    }
    const Json& value = answer.at(place);
    return value.is_number() ? static_cast<std::int64_t>(value.get<double>()) : 0;
}

}  // namespace

RestSnapshotTarget::RestSnapshotTarget(http::Client& client, ClusterName cluster)
    : client_(client),
      cluster_(cluster),
      exchange_(client, cluster),
      sampler_(client, std::move(cluster)),
      registration_(exchange_),
      watch_(exchange_),
      throttle_(exchange_) {}

Task<Result<engine::Release>> RestSnapshotTarget::read_release() {
    ClusterProbe probe(client_, cluster_);
    const Result<ClusterInfo> info = co_await probe.identify();
    if (!info.ok()) {
        co_return info.failure();
    }
    co_return release_of(*info);
}

std::string RestSnapshotTarget::why_not_restorable(const engine::Release& leader,
                                                   const engine::Release& follower,
                                                   const engine::IndexDefinition& index) const {
    return es::why_not_restorable(leader, follower, index.settings);
}

Task<Result<void>> RestSnapshotTarget::prepare_to_read(engine::RuleRepository repository) {
    ceiling_ = repository.settings.max_restore_bytes_per_sec;
    Result<void> registered = co_await registration_.register_to_read(std::move(repository));
    co_return registered;
}

Task<Result<std::optional<Json>>> RestSnapshotTarget::read_index(IndexName name) {
    http::Request ask = admin_request(http::Method::get, path_of(name) + "?flat_settings=true");
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(ask));
    if (!answer.ok()) {
        co_return located(answer.failure(), exchange_.where(name));
    }
    if (answer->status == 404 && answer->is_error("index_not_found_exception")) {
        co_return std::optional<Json>{};
    }
    if (!answer->ok()) {
        co_return located(exchange_.failure_of(*answer, "read the index"), exchange_.where(name));
    }
    Result<Json> index = concrete_index(answer->body, name);
    if (!index.ok()) {
        co_return located(std::move(index).failure(), exchange_.where(name));
    }
    co_return std::optional<Json>{std::move(index).value()};
}

Task<Result<engine::Standing>> RestSnapshotTarget::look(IndexName follower) {
    const Result<std::optional<Json>> index = co_await read_index(follower);
    if (!index.ok()) {
        co_return index.failure();
    }
    const std::optional<Json>& there = *index;
    co_return there ? standing_of(*there) : engine::Standing{};
}

Task<Result<void>> RestSnapshotTarget::begin_restore(engine::RestoreRequest request) {
    const IndexName name = request.follower.follower_index;
    const std::string where = exchange_.where(name);
    const engine::RuleRepository repository = request.repository;
    const std::string there_named = follower_repository_name(repository);
    const std::string attempt = "restore the snapshot " + request.snapshot;
    // A restore would replace a closed index of that name.
    const Result<std::optional<Json>> there = co_await read_index(name);
    if (!there.ok()) {
        co_return there.failure();
    }
    if (there->has_value()) {
        co_return Failure{FailureKind::conflict,
                          "could not " + attempt + ": an index of that name is there by now",
                          where};
    }
    Result<engine::Release> release = co_await read_release();
    if (!release.ok()) {
        co_return std::move(release).failure();
    }
    CreationOptions options;
    options.has_exclude_vectors = release->excludes_vectors;
    const Result<Json> body = plan_restore(request, options);
    if (!body.ok()) {
        co_return located(body.failure(), where);
    }
    http::Request find =
        admin_request(http::Method::get, snapshot_path(there_named, request.snapshot));
    const Result<AdminAnswer> seen = co_await exchange_.send(std::move(find));
    if (!seen.ok()) {
        co_return located(seen.failure(), where);
    }
    if (seen->is_error("snapshot_missing_exception")) {
        co_return Failure{FailureKind::refused,
                          "could not " + attempt + ": the repository " + there_named +
                              " does not show it there. Do both clusters see the same folder, and "
                              "may the follower's server read it?",
                          where};
    }
    if (!seen->ok()) {
        co_return located(without_token(exchange_.failure_of(*seen, attempt), repository), where);
    }
    http::Request restore = begin_restore_request(there_named, request.snapshot, to_text(*body));
    co_await throttle_.lift(name, repository.settings.max_restore_bytes_per_sec);
    const Result<Json> begun =
        co_await exchange_.send_expecting_success(std::move(restore), attempt);
    if (begun.ok()) {
        co_return Result<void>{};
    }
    // An answer of ours may have been lost.
    const Result<engine::Standing> standing = co_await look(name);
    if (standing.ok() && standing->snapshot == request.snapshot) {
        co_return Result<void>{};
    }
    co_await throttle_.drop(name);
    co_return located(without_token(begun.failure(), repository), where);
}

Task<Result<engine::RestoreProgress>> RestSnapshotTarget::read_restore(IndexName follower) {
    if (!throttle_.knows(follower)) {
        co_await throttle_.lift(follower, ceiling_);  // one that went on without us
    }
    std::vector<IndexName> indices{follower};
    const Result<WatchedRestore> restore = co_await watch_.read(std::move(indices));
    if (!restore.ok()) {
        co_return restore.failure();
    }
    if (restore->progress.is_done) {
        co_await throttle_.drop(follower);
    }
    co_return restore->progress;
}

Task<Result<std::optional<std::int64_t>>> RestSnapshotTarget::read_highest_version(IndexName name) {
    const std::string attempt = "read the highest version";
    ClusterProbe probe(client_, cluster_);
    const Result<ClusterInfo> info = co_await probe.identify();
    if (!info.ok()) {
        co_return info.failure();
    }
    if (!capabilities_of(*info).version_aggregation) {
        co_return std::optional<std::int64_t>{};
    }
    Json body{{"size", 0}, {"track_total_hits", false}};
    body["aggs"]["highest"]["max"]["field"] = "_version";
    http::Request ask = admin_request(
        http::Method::post,
        path_of(name) + "/_search?allow_partial_search_results=false&request_cache=false",
        to_text(body));
    const Result<Json> answer = co_await exchange_.send_expecting_success(std::move(ask), attempt);
    if (!answer.ok()) {
        co_return answer.failure();
    }
    const std::optional<std::int64_t> highest = highest_version_in(*answer);
    if (!highest) {
        co_return Failure{FailureKind::unavailable, "could not " + attempt, {}};
    }
    co_return highest;
}

Task<Result<std::vector<FollowerIdentity>>> RestSnapshotTarget::read_identities(
    IndexName name, engine::IndexSample sample) {
    http::Request ask = admin_request(http::Method::get,
                                      "/_cluster/state/metadata" + path_of(name) +
                                          "?filter_path=metadata.indices.*.primary_terms");
    const std::string attempt = "read the index's primary terms";
    const Result<Json> state = co_await exchange_.send_expecting_success(std::move(ask), attempt);
    if (!state.ok()) {
        co_return state.failure();
    }
    const Json::json_pointer place{Json::json_pointer{"/metadata/indices"} / name.value() /
                                   "primary_terms"};
    std::vector<FollowerIdentity> identities;
    for (std::size_t shard = 0; shard < sample.shards.size(); ++shard) {
        const Json::json_pointer of_shard = place / std::to_string(shard);
        if (!sample.shards[shard] || !state->contains(of_shard) ||
            !state->at(of_shard).is_number_integer()) {
            co_return Failure{FailureKind::unavailable, "not every primary is started", {}};
        }
        identities.push_back(
            FollowerIdentity{sample.uuid,
                             sample.shards[shard]->history,
                             PrimaryTerm{state->at(of_shard).get<std::int64_t>()}});
    }
    co_return identities;
}

Task<Result<engine::RestoredIndex>> RestSnapshotTarget::read_restored(IndexName follower) {
    const std::string where = exchange_.where(follower);
    std::vector<std::string> names{follower.value()};
    Result<std::vector<engine::IndexSample>> samples = co_await sampler_.sample(std::move(names));
    if (!samples.ok()) {
        co_return std::move(samples).failure();
    }
    if (samples->size() != 1) {
        co_return Failure{FailureKind::unavailable, "the restored index shows no shards", where};
    }
    const engine::IndexSample sample = std::move(samples->front());
    const Result<std::optional<std::int64_t>> highest = co_await read_highest_version(follower);
    if (!highest.ok()) {
        co_return located(highest.failure(), where);
    }
    Result<std::vector<FollowerIdentity>> identities = co_await read_identities(follower, sample);
    if (!identities.ok()) {
        co_return located(std::move(identities).failure(), where);
    }
    engine::RestoredIndex restored;
    restored.version_highest = *highest;
    restored.shards = std::move(identities).value();
    for (const std::optional<ShardSample>& shard : sample.shards) {
        restored.points.push_back(shard->max_seq_no);
    }
    co_return restored;
}

Task<Result<void>> RestSnapshotTarget::mark_restored(engine::FollowerRequest request,
                                                     core::Turn begun,
                                                     std::vector<HistoryUuid> histories) {
    const IndexName name = request.follower_index;
    const std::string where = exchange_.where(name);
    Result<FollowMark> first = first_mark(request);
    if (!first.ok()) {
        co_return located(std::move(first).failure(), where);
    }
    FollowMark mark = std::move(first).value();
    mark.origins = std::move(begun.origins);
    mark.generation = begun.generation;
    mark.histories = std::move(histories);
    const Result<std::optional<Json>> there = co_await read_index(name);
    if (!there.ok()) {
        co_return there.failure();
    }
    const std::optional<Json>& index = *there;
    if (!index) {
        co_return Failure{FailureKind::not_found, "the restored index was deleted", where};
    }
    // First the alias: without the mark nobody writes through it, and to a generation nobody does.
    Result<void> done;
    if (!request.recovery) {
        done = co_await put_fence(name, mark.epoch);
    }
    if (done.ok()) {
        done = co_await put_mark(name, *index, std::move(mark));
    }
    // Nothing adopts a generation, which would take that away.
    if (done.ok() && request.recovery) {
        done = co_await complete(name);
    }
    if (!done.ok()) {
        co_return located(std::move(done).failure(), where);
    }
    co_return done;
}

Task<Result<void>> RestSnapshotTarget::put_fence(IndexName name, std::int64_t epoch) {
    Json add = Json::object();
    add["add"] =
        Json{{"index", name.value()}, {"alias", fence_alias_of(name, epoch)}, {"is_hidden", true}};
    Json actions = Json::object();
    actions["actions"] = Json::array({std::move(add)});
    http::Request put = change_request(http::Method::post, "/_aliases", to_text(actions));
    const std::string attempt = "give the restored index its alias";
    Result<void> done = co_await exchange_.send_expecting_acknowledgement(std::move(put), attempt);
    co_return done;
}

Task<Result<void>> RestSnapshotTarget::put_mark(IndexName name, Json index, FollowMark mark) {
    Json mapping = Json::object();
    if (const Json* present = member(index, "mappings"); present != nullptr) {
        if (const Json* meta = member(*present, "_meta"); meta != nullptr) {
            mapping["_meta"] = *meta;
        }
    }
    set_mark(mapping, mark);
    http::Request put =
        change_request(http::Method::put, path_of(name) + "/_mapping", to_text(mapping));
    const std::string attempt = "write the restored index's mark";
    Result<void> done = co_await exchange_.send_expecting_acknowledgement(std::move(put), attempt);
    co_return done;
}

Task<Result<void>> RestSnapshotTarget::complete(IndexName name) {
    http::Request put = change_request(
        http::Method::put, path_of(name) + "/_settings", to_text(completion_settings()));
    const std::string attempt = "end the restore";
    Result<void> done = co_await exchange_.send_expecting_acknowledgement(std::move(put), attempt);
    co_return done;
}

Task<Result<void>> RestSnapshotTarget::discard(IndexName follower, std::string snapshot) {
    const Result<engine::Standing> standing = co_await look(follower);
    if (!standing.ok()) {
        co_return standing.failure();
    }
    if (standing->snapshot != snapshot || standing->is_marked) {
        co_return Result<void>{};
    }
    co_await throttle_.drop(follower);
    http::Request remove = change_request(http::Method::del, path_of(follower));
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(remove));
    if (!answer.ok()) {
        co_return located(answer.failure(), exchange_.where(follower));
    }
    if (!answer->ok() && !answer->is_error("index_not_found_exception")) {
        co_return located(exchange_.failure_of(*answer, "remove what was half restored"),
                          exchange_.where(follower));
    }
    co_return Result<void>{};
}

}  // namespace followd::es
