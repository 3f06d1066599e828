#include "es/snapshot_target.hpp"

#include "es/adoption.hpp"
#include "es/dialect.hpp"
#include "es/index_definition.hpp"
#include "es/place.hpp"
#include "es/release.hpp"
#include "es/repository.hpp"
#include "es/restore_plan.hpp"
#include "es/snapshot_answers.hpp"
#include "http/message.hpp"

#include <utility>

namespace followd::es {

namespace {

// Longer than the master may make it wait.
constexpr Duration begin_deadline = std::chrono::seconds{90};

std::string path_of(const IndexName& name) {
    return "/" + http::encode_component(name.value());
}

std::string path_of(const engine::RuleRepository& repository) {
    return "/_snapshot/" + http::encode_component(follower_repository_name(repository));
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

/// The colour does not tell: a primary that waits to be restored is yellow.
bool are_primaries_active(const Json& health, const IndexName& index) {
    const Json* indices = member(health, "indices");
    const Json* counts = indices == nullptr ? nullptr : member(*indices, index.value());
    const Json* all = counts == nullptr ? nullptr : member(*counts, "number_of_shards");
    const Json* active = counts == nullptr ? nullptr : member(*counts, "active_primary_shards");
    return all != nullptr && active != nullptr && *all == *active;
}

}  // namespace

RestSnapshotTarget::RestSnapshotTarget(http::Client& client, ClusterName cluster)
    : client_(client),
      cluster_(cluster),
      exchange_(client, cluster),
      sampler_(client, std::move(cluster)),
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
    const std::string where = exchange_.where({});
    const std::string name = follower_repository_name(repository);
    ceiling_ = repository.settings.max_restore_bytes_per_sec;
    http::Request ask = admin_request(http::Method::get, "/_snapshot");
    const std::string looking = "list the repositories";
    const Result<Json> present = co_await exchange_.send_expecting_success(std::move(ask), looking);
    if (!present.ok()) {
        co_return located(present.failure(), where);
    }
    const Result<void> judged = judge_follower_registrations(repository, *present);
    if (!judged.ok()) {
        co_return located(judged.failure(), where);
    }
    const Json wanted = follower_registration(repository);
    const Json* registered = member(*present, name);
    if (wanted.is_null() || (registered != nullptr && is_registered_as(*registered, wanted))) {
        co_return Result<void>{};
    }
    http::Request put = change_request(http::Method::put, path_of(repository), to_text(wanted));
    const std::string attempt = "register the repository " + name;
    const Result<void> made =
        co_await exchange_.send_expecting_acknowledgement(std::move(put), attempt);
    if (!made.ok()) {
        co_return located(without_token(made.failure(), repository), where);
    }
    co_return Result<void>{};
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
    const std::string path = path_of(repository) + "/" + http::encode_component(request.snapshot);
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
    http::Request find = admin_request(http::Method::get, path);
    const Result<AdminAnswer> seen = co_await exchange_.send(std::move(find));
    if (!seen.ok()) {
        co_return located(seen.failure(), where);
    }
    if (seen->is_error("snapshot_missing_exception")) {
        co_return Failure{FailureKind::refused,
                          "could not " + attempt + ": the repository " +
                              follower_repository_name(repository) +
                              " does not show it there. Do both clusters see the same folder, and "
                              "may the follower's server read it?",
                          where};
    }
    if (!seen->ok()) {
        co_return located(without_token(exchange_.failure_of(*seen, attempt), repository), where);
    }
    http::Request restore =
        admin_request(http::Method::post,
                      path + "/_restore?wait_for_completion=false&master_timeout=30s",
                      to_text(*body));
    restore.deadline = begin_deadline;
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
    const std::string where = exchange_.where(follower);
    if (!throttle_.knows(follower)) {
        co_await throttle_.lift(follower, ceiling_);  // one that went on without us
    }
    http::Request ask_health =
        admin_request(http::Method::get,
                      "/_cluster/health" + path_of(follower) +
                          "?level=indices&filter_path=indices.*."
                          "number_of_shards,indices.*.active_primary_shards");
    const std::string attempt = "read how far the restore is";
    const Result<Json> health =
        co_await exchange_.send_expecting_success(std::move(ask_health), attempt);
    if (!health.ok()) {
        co_return located(health.failure(), where);
    }
    engine::RestoreProgress progress;
    progress.is_done = are_primaries_active(*health, follower);
    http::Request ask_recovery = admin_request(http::Method::get, path_of(follower) + "/_recovery");
    const Result<Json> recovery =
        co_await exchange_.send_expecting_success(std::move(ask_recovery), attempt);
    if (!recovery.ok()) {
        co_return located(recovery.failure(), where);
    }
    progress.transfer = read_restore_transfer(*recovery, follower.value());
    if (progress.is_done) {
        co_await throttle_.drop(follower);
    }
    if (!progress.is_done && progress.transfer.bytes == progress.transfer.bytes_total) {
        progress.obstacle = co_await explain(follower);
    }
    co_return progress;
}

Task<std::string> RestSnapshotTarget::explain(IndexName name) {
    http::Request ask = admin_request(
        http::Method::get,
        "/_cluster/state/routing_table" + path_of(name) +
            "?filter_path=routing_table.indices.*.shards.*.state,routing_table.indices.*.shards.*."
            "primary,routing_table.indices.*.shards.*.shard");
    const std::string attempt = "read where the shards are";
    const Result<Json> table = co_await exchange_.send_expecting_success(std::move(ask), attempt);
    const Json::json_pointer place{Json::json_pointer{"/routing_table/indices"} / name.value() /
                                   "shards"};
    if (!table.ok() || !table->contains(place)) {
        co_return std::string{};
    }
    for (const Json& copies : table->at(place)) {
        for (const Json& copy : copies) {
            if (!is_true(copy, "primary") || text_of(copy, "state") != "UNASSIGNED") {
                continue;
            }
            Json question{{"index", name.value()}, {"primary", true}};
            question["shard"] = copy.at("shard");
            http::Request ask_why = admin_request(
                http::Method::post, "/_cluster/allocation/explain", to_text(question));
            const Result<Json> why =
                co_await exchange_.send_expecting_success(std::move(ask_why), attempt);
            co_return why.ok() ? read_obstacle(*why) : std::string{};
        }
    }
    co_return std::string{};
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
