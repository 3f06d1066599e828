#include "es/snapshot_source.hpp"

#include "es/place.hpp"
#include "es/release.hpp"
#include "es/repository.hpp"
#include "es/snapshot_answers.hpp"
#include "http/message.hpp"

#include <utility>

namespace followd::es {

namespace {

// Longer than the master may make it wait.
constexpr Duration begin_deadline = std::chrono::seconds{90};

std::string path_of(const engine::RuleRepository& repository) {
    return "/_snapshot/" + http::encode_component(leader_repository_name(repository));
}

std::string path_of(const engine::RuleRepository& repository, const std::string& snapshot) {
    return path_of(repository) + "/" + http::encode_component(snapshot);
}

std::string snapshot_body(const std::vector<IndexName>& indices) {
    std::string list;
    for (const IndexName& index : indices) {
        list += (list.empty() ? "" : ",") + index.value();
    }
    return to_text(Json{{"indices", list},
                        {"ignore_unavailable", false},
                        {"include_global_state", false},
                        {"partial", false},
                        {"metadata", {{"taken_by", "followd"}}}});
}

}  // namespace

RestSnapshotSource::RestSnapshotSource(http::Client& client, ClusterName cluster)
    : client_(client), cluster_(cluster), exchange_(client, std::move(cluster)) {}

Task<Result<engine::Release>> RestSnapshotSource::read_release() {
    ClusterProbe probe(client_, cluster_);
    const Result<ClusterInfo> info = co_await probe.identify();
    if (!info.ok()) {
        co_return info.failure();
    }
    co_return release_of(*info);
}

Task<Result<void>> RestSnapshotSource::prepare_to_write(engine::RuleRepository repository) {
    const std::string where = exchange_.where({});
    const std::string name = leader_repository_name(repository);
    http::Request ask = admin_request(http::Method::get, path_of(repository));
    const Result<AdminAnswer> present = co_await exchange_.send(std::move(ask));
    if (!present.ok()) {
        co_return located(present.failure(), where);
    }
    const bool is_missing = present->is_error("repository_missing_exception");
    if (!present->ok() && !is_missing) {
        co_return located(exchange_.failure_of(*present, "look for the repository " + name), where);
    }
    const Json* registered = is_missing ? nullptr : member(present->body, name);
    const Json wanted = leader_registration(repository);
    const std::string attempt = "register the repository " + name;
    if (wanted.is_null()) {
        const Result<void> judged = judge_leader_registration(repository, registered);
        if (!judged.ok()) {
            co_return located(judged.failure(), where);
        }
    } else if (registered == nullptr || !is_registered_as(*registered, wanted)) {
        http::Request put = change_request(http::Method::put, path_of(repository), to_text(wanted));
        const Result<void> made =
            co_await exchange_.send_expecting_acknowledgement(std::move(put), attempt);
        if (!made.ok()) {
            co_return located(made.failure(), where);
        }
        co_return Result<void>{};  // every node wrote to it
    }
    http::Request verify = change_request(http::Method::post, path_of(repository) + "/_verify");
    const std::string verifying = "write to the repository " + name;
    const Result<Json> verified =
        co_await exchange_.send_expecting_success(std::move(verify), verifying);
    if (!verified.ok()) {
        co_return located(verified.failure(), where);
    }
    co_return Result<void>{};
}

Task<Result<void>> RestSnapshotSource::begin_snapshot(engine::RuleRepository repository,
                                                      std::string snapshot,
                                                      std::vector<IndexName> indices) {
    http::Request put = admin_request(
        http::Method::put,
        path_of(repository, snapshot) + "?wait_for_completion=false&master_timeout=30s",
        snapshot_body(indices));
    put.deadline = begin_deadline;
    const std::string attempt = "begin the snapshot " + snapshot;
    const Result<Json> begun = co_await exchange_.send_expecting_success(std::move(put), attempt);
    if (begun.ok()) {
        co_return Result<void>{};
    }
    const Result<engine::SnapshotProgress> there = co_await read_snapshot(repository, snapshot);
    if (there.ok()) {
        co_return Result<void>{};
    }
    co_return located(begun.failure(), exchange_.where({}));
}

Task<Result<engine::SnapshotProgress>> RestSnapshotSource::read_snapshot(
    engine::RuleRepository repository, std::string snapshot) {
    const std::string where = exchange_.where({});
    const std::string attempt = "read the snapshot " + snapshot;
    http::Request ask = admin_request(http::Method::get, path_of(repository, snapshot));
    const Result<Json> answer = co_await exchange_.send_expecting_success(std::move(ask), attempt);
    if (!answer.ok()) {
        co_return located(answer.failure(), where);
    }
    std::optional<engine::SnapshotProgress> progress = read_snapshot_state(*answer);
    if (!progress) {
        co_return malformed(attempt, "it is of no one snapshot", where);
    }
    if (progress->state == engine::SnapshotState::in_progress) {
        // The state here is "done" before the snapshot can be restored: it is asked only for bytes.
        http::Request count =
            admin_request(http::Method::get, path_of(repository, snapshot) + "/_status");
        const Result<Json> status =
            co_await exchange_.send_expecting_success(std::move(count), attempt);
        if (status.ok()) {
            progress->transfer = read_snapshot_transfer(*status);
        }
    }
    co_return *std::move(progress);
}

Task<Result<std::vector<std::string>>> RestSnapshotSource::list_snapshots(
    engine::RuleRepository repository, std::string prefix) {
    http::Request ask = admin_request(
        http::Method::get, path_of(repository, prefix) + "*?ignore_unavailable=true&verbose=false");
    const std::string attempt = "list the snapshots " + prefix + "*";
    const Result<Json> answer = co_await exchange_.send_expecting_success(std::move(ask), attempt);
    if (!answer.ok()) {
        co_return located(answer.failure(), exchange_.where({}));
    }
    std::optional<std::vector<std::string>> names = read_snapshot_names(*answer);
    if (!names) {
        co_return malformed(attempt, "it lists none", exchange_.where({}));
    }
    std::erase_if(*names, [&prefix](const std::string& name) { return !name.starts_with(prefix); });
    co_return *std::move(names);
}

Task<Result<void>> RestSnapshotSource::delete_snapshot(engine::RuleRepository repository,
                                                       std::string snapshot) {
    http::Request remove = admin_request(http::Method::del, path_of(repository, snapshot));
    remove.deadline = std::chrono::minutes{10};  // answered when its files are gone
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(remove));
    if (!answer.ok()) {
        co_return located(answer.failure(), exchange_.where({}));
    }
    if (!answer->ok() && !answer->is_error("snapshot_missing_exception")) {
        co_return located(exchange_.failure_of(*answer, "delete the snapshot " + snapshot),
                          exchange_.where({}));
    }
    co_return Result<void>{};
}

}  // namespace followd::es
