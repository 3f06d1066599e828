#include "admin/status_view.hpp"

#include "admin/status_document.hpp"

#include <nlohmann/json.hpp>

namespace followd::admin {

namespace {

using Json = nlohmann::json;

template <class T>
std::optional<T> optional_at(const Json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) {
        return std::nullopt;
    }
    return found->get<T>();
}

std::optional<ErrorView> error_at(const Json& object) {
    const auto found = object.find("last_error");
    if (found == object.end() || found->is_null()) {
        return std::nullopt;
    }
    ErrorView error;
    error.kind = found->at("kind").get<std::string>();
    error.what = found->at("what").get<std::string>();
    error.where = optional_at<std::string>(*found, "where").value_or("");
    error.since = optional_at<std::string>(*found, "since").value_or("");
    return error;
}

ShardView read_shard(const Json& object) {
    ShardView shard;
    shard.shard = object.at("shard").get<int>();
    shard.phase = object.at("phase").get<std::string>();
    shard.leader_checkpoint = optional_at<std::int64_t>(object, "leader_checkpoint");
    shard.checkpoint = object.at("checkpoint").get<std::int64_t>();
    shard.lag_ops = optional_at<std::int64_t>(object, "lag_ops");
    shard.lag_seconds = optional_at<double>(object, "lag_seconds");
    shard.last_error = error_at(object);
    return shard;
}

std::optional<BootstrapView> bootstrap_at(const Json& object) {
    const auto found = object.find("bootstrap");
    if (found == object.end() || found->is_null()) {
        return std::nullopt;
    }
    return BootstrapView{found->at("step").get<std::string>(),
                         found->at("bytes").get<std::int64_t>(),
                         found->at("bytes_total").get<std::int64_t>()};
}

std::optional<RecoveryView> recovery_at(const Json& object) {
    const auto found = object.find("recovery");
    if (found == object.end() || found->is_null()) {
        return std::nullopt;
    }
    return RecoveryView{optional_at<std::string>(*found, "index"),
                        optional_at<std::string>(*found, "as_of").value_or(""),
                        optional_at<double>(*found, "age_seconds"),
                        optional_at<double>(*found, "restore_seconds"),
                        optional_at<std::string>(*found, "next_run").value_or("")};
}

FollowerView read_follower(const Json& object) {
    FollowerView follower;
    follower.rule = object.at("rule").get<std::string>();
    follower.leader = object.at("leader").get<std::string>();
    follower.follower = object.at("follower").get<std::string>();
    follower.leader_index = object.at("leader_index").get<std::string>();
    follower.follower_index = optional_at<std::string>(object, "follower_index");
    follower.phase = object.at("phase").get<std::string>();
    for (const Json& shard : object.at("shards")) {
        follower.shards.push_back(read_shard(shard));
    }
    follower.docs_total = optional_at<std::int64_t>(object, "docs_total");
    follower.docs_copied = object.value("docs_copied", std::int64_t{0});
    follower.bootstrap = bootstrap_at(object);
    follower.recovery = recovery_at(object);
    follower.warnings = object.value("warnings", std::vector<std::string>{});
    follower.last_error = error_at(object);
    return follower;
}

}  // namespace

Result<StatusView> read_status(std::string_view document) {
    // The library throws for what has not the shape; it must not leave this function.
    try {
        const Json json = Json::parse(document);
        if (const int schema = json.at("schema").get<int>(); schema != status_schema) {
            return Failure{FailureKind::refused,
                           "the daemon's status has schema " + std::to_string(schema) +
                               ", this program knows schema " + std::to_string(status_schema) +
                               ": use the followd that the daemon is from",
                           {}};
        }
        StatusView view;
        view.version = json.at("version").get<std::string>();
        for (const Json& cluster : json.at("clusters")) {
            view.clusters.push_back(
                ClusterView{cluster.at("name").get<std::string>(), error_at(cluster)});
        }
        for (const Json& follower : json.at("followers")) {
            view.followers.push_back(read_follower(follower));
        }
        return view;
    } catch (const Json::exception&) {
        return Failure{FailureKind::malformed, "the daemon's answer is no status document", {}};
    }
}

}  // namespace followd::admin
