#include "es/snapshot_source.hpp"

#include "es/place.hpp"
#include "es/release.hpp"
#include "es/repository.hpp"
#include "es/snapshot_answers.hpp"
#include "es/snapshot_request.hpp"

#include <utility>

namespace followd::es {

namespace {

std::string path_of(const engine::RuleRepository& repository, const std::string& snapshot) {
    return snapshot_path(leader_repository_name(repository), snapshot);
}

}  // namespace

RestSnapshotSource::RestSnapshotSource(http::Client& client, ClusterName cluster)
    : client_(client),
      cluster_(cluster),
      exchange_(client, std::move(cluster)),
      registration_(exchange_) {}

Task<Result<engine::Release>> RestSnapshotSource::read_release() {
    ClusterProbe probe(client_, cluster_);
    const Result<ClusterInfo> info = co_await probe.identify();
    if (!info.ok()) {
        co_return info.failure();
    }
    co_return release_of(*info);
}

Task<Result<void>> RestSnapshotSource::prepare_to_write(engine::RuleRepository repository) {
    const std::string name = leader_repository_name(repository);
    const Result<bool> is_new = co_await registration_.register_to_write(repository);
    if (!is_new.ok()) {
        co_return is_new.failure();
    }
    if (*is_new) {
        co_return Result<void>{};
    }
    http::Request verify = change_request(http::Method::post, repository_path(name) + "/_verify");
    const std::string verifying = "write to the repository " + name;
    const Result<Json> verified =
        co_await exchange_.send_expecting_success(std::move(verify), verifying);
    if (!verified.ok()) {
        co_return located(verified.failure(), exchange_.where({}));
    }
    co_return Result<void>{};
}

Task<Result<void>> RestSnapshotSource::begin_snapshot(engine::RuleRepository repository,
                                                      std::string snapshot,
                                                      std::vector<IndexName> indices) {
    http::Request put =
        begin_snapshot_request(leader_repository_name(repository), snapshot, indices);
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
