#include "es/plain_snapshots.hpp"

#include "followd/base/assert.hpp"
#include "followd/model/index_pattern.hpp"

#include "es/dialect.hpp"
#include "es/leader_cluster.hpp"
#include "es/name_list.hpp"
#include "es/place.hpp"
#include "es/repository.hpp"
#include "es/snapshot_answers.hpp"
#include "es/snapshot_request.hpp"
#include "http/message.hpp"

#include <algorithm>
#include <utility>

namespace followd::es {

namespace {

// A row has the name of each of the snapshot's indices, twice where it has their sizes.
constexpr std::size_t listing_bytes_max = 128U << 20U;

/// OpenSearch, and Elasticsearch before 7.13, refuse to be asked.
bool tells_sizes(const ClusterInfo& info) {
    return info.product == Product::elasticsearch && info.version >= ServerVersion{7, 13, 0};
}

/// The server's own indices, and hidden ones, are only meant where they are named.
bool is_meant(const std::string& pattern, const engine::LeaderIndex& index) {
    return !is_wildcard(pattern) || !index.is_system;
}

}  // namespace

PlainSnapshots::PlainSnapshots(http::Client& client,
                               ClusterName cluster,
                               engine::RuleRepository repository)
    : client_(client),
      cluster_(cluster),
      repository_(std::move(repository)),
      is_leaders_(cluster == repository_.leader),
      name_(is_leaders_ ? leader_repository_name(repository_)
                        : follower_repository_name(repository_)),
      exchange_(client, std::move(cluster)),
      registration_(exchange_) {}

Failure PlainSnapshots::told(Failure failure) const {
    return located(without_token(std::move(failure), repository_), exchange_.where({}));
}

Task<Result<void>> PlainSnapshots::prepare() {
    if (is_leaders_) {
        const Result<bool> is_new = co_await registration_.register_to_write(repository_);
        if (!is_new.ok()) {
            co_return is_new.failure();
        }
        co_return Result<void>{};
    }
    Result<void> registered = co_await registration_.register_to_read(repository_);
    co_return registered;
}

Task<Result<std::vector<StoredSnapshot>>> PlainSnapshots::list() {
    ClusterProbe probe(client_, cluster_);
    const Result<ClusterInfo> info = co_await probe.identify();
    if (!info.ok()) {
        co_return info.failure();
    }
    std::string query = tells_sizes(*info) ? "?index_details=true" : "";
    Result<std::vector<StoredSnapshot>> snapshots = co_await read(std::move(query));
    co_return snapshots;
}

Task<Result<std::vector<StoredSnapshot>>> PlainSnapshots::read(std::string query) {
    const std::string attempt = "list the snapshots of " + name_;
    http::Request ask = admin_request(http::Method::get, repository_path(name_) + "/_all" + query);
    ask.response_bytes_max = listing_bytes_max;
    const Result<Json> answer = co_await exchange_.send_expecting_success(std::move(ask), attempt);
    if (!answer.ok()) {
        co_return told(answer.failure());
    }
    std::optional<std::vector<StoredSnapshot>> snapshots = read_stored_snapshots(*answer);
    if (!snapshots) {
        co_return told(malformed(attempt, "it lists none", {}));
    }
    co_return *std::move(snapshots);
}

Task<Result<std::optional<StoredSnapshot>>> PlainSnapshots::find(std::string snapshot) {
    FOLLOWD_ASSERT(!snapshot_name_problem(snapshot));
    const std::string attempt = "read the snapshot " + snapshot;
    http::Request ask = admin_request(http::Method::get, snapshot_path(name_, snapshot));
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(ask));
    if (!answer.ok()) {
        co_return told(answer.failure());
    }
    if (answer->is_error("snapshot_missing_exception")) {
        co_return std::optional<StoredSnapshot>{};
    }
    if (!answer->ok()) {
        co_return told(exchange_.failure_of(*answer, attempt));
    }
    std::optional<std::vector<StoredSnapshot>> found = read_stored_snapshots(answer->body);
    if (!found || found->size() != 1 || found->front().name != snapshot) {
        co_return told(malformed(attempt, "it is of no one snapshot", {}));
    }
    co_return std::optional{std::move(found->front())};
}

Task<Failure> PlainSnapshots::missing(std::string snapshot) {
    std::string query = "?verbose=false";
    const Result<std::vector<StoredSnapshot>> there = co_await read(std::move(query));
    if (!there.ok()) {
        co_return there.failure();
    }
    std::vector<std::string> names;
    for (const StoredSnapshot& one : *there) {
        names.push_back(one.name);
    }
    std::string what = "the repository " + name_ + " has no snapshot " + snapshot +
                       "; it has: " + (names.empty() ? "none" : name_list(names));
    if (!is_leaders_) {
        what += ". If " + repository_.leader.value() +
                " shows it, the two clusters do not see the same folder, or this one may not read "
                "the files that the other wrote";
    }
    co_return told(Failure{FailureKind::not_found, std::move(what), {}});
}

Task<Result<std::vector<IndexName>>> PlainSnapshots::resolve(std::vector<std::string> patterns) {
    RestLeaderCluster cluster(client_, cluster_);
    std::set<IndexName> meant;
    for (const std::string& pattern : patterns) {
        std::vector<std::string> one{pattern};
        const Result<std::vector<engine::LeaderIndex>> indices =
            co_await cluster.list_indices(std::move(one));
        if (!indices.ok()) {
            co_return told(indices.failure());
        }
        bool means_any = false;
        for (const engine::LeaderIndex& index : *indices) {
            if (is_meant(pattern, index)) {
                meant.insert(index.name);
                means_any = true;
            }
        }
        if (!means_any) {
            co_return told(Failure{FailureKind::not_found,
                                   "it has no index " + pattern + ": no snapshot was taken",
                                   {}});
        }
    }
    co_return std::vector<IndexName>(meant.begin(), meant.end());
}

Task<Result<void>> PlainSnapshots::begin(std::string snapshot, std::vector<IndexName> indices) {
    FOLLOWD_ASSERT(is_leaders_ && !indices.empty());
    const std::string attempt = "begin the snapshot " + snapshot;
    http::Request put = begin_snapshot_request(name_, snapshot, indices);
    const Result<Json> begun = co_await exchange_.send_expecting_success(std::move(put), attempt);
    if (begun.ok()) {
        co_return Result<void>{};
    }
    if (may_have_arrived(begun.failure().kind)) {
        const Result<std::optional<StoredSnapshot>> there = co_await find(snapshot);
        if (there.ok() && there->has_value()) {
            co_return Result<void>{};
        }
    }
    co_return told(begun.failure());
}

Task<engine::TransferProgress> PlainSnapshots::read_written(std::string snapshot) {
    http::Request ask =
        admin_request(http::Method::get, snapshot_path(name_, snapshot) + "/_status");
    ask.response_bytes_max = listing_bytes_max;
    const Result<AdminAnswer> status = co_await exchange_.send(std::move(ask));
    co_return status.ok() ? read_snapshot_transfer(status->body) : engine::TransferProgress{};
}

Task<Result<std::set<std::string>>> PlainSnapshots::read_restores() {
    const std::string attempt = "read which snapshots are being restored";
    http::Request ask =
        admin_request(http::Method::get,
                      "/_cluster/state/customs?filter_path=cluster_uuid,restore.snapshots.snapshot,"
                      "restore.snapshots.repository,restore.snapshots.state");
    const Result<Json> state = co_await exchange_.send_expecting_success(std::move(ask), attempt);
    if (!state.ok()) {
        co_return told(state.failure());
    }
    co_return restores_of(*state, name_);
}

}  // namespace followd::es
