#include "admin/status_document.hpp"

#include "followd/model/wall_time.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <optional>

namespace followd::admin {

namespace {

using Json = nlohmann::ordered_json;
using WallTime = std::chrono::system_clock::time_point;

/// Both clocks at one moment.
struct Clocks {
    Instant now;
    WallTime wall;

    [[nodiscard]] WallTime wall_of(Instant instant) const {
        return wall - std::chrono::duration_cast<WallTime::duration>(now - instant);
    }
};

template <class T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json error_json(const std::optional<core::ShardError>& error, const Clocks& clocks) {
    if (!error) {
        return nullptr;
    }
    return Json{{"kind", to_string(error->failure.kind)},
                {"what", error->failure.what},
                {"where", error->failure.where},
                {"since", iso_time(clocks.wall_of(error->since))}};
}

Json cluster_json(const engine::ClusterStatus& cluster) {
    Json error = nullptr;
    if (cluster.failure) {
        error = Json{{"kind", to_string(cluster.failure->kind)},
                     {"what", cluster.failure->what},
                     {"where", cluster.failure->where},
                     {"since", nullptr}};
    }
    return Json{{"name", cluster.name.value()}, {"last_error", std::move(error)}};
}

/// Seconds, to the millisecond.
std::optional<double> seconds_of(const std::optional<Duration>& duration) {
    if (!duration) {
        return std::nullopt;
    }
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(*duration);
    return static_cast<double>(millis.count()) / 1000.0;
}

/// When both sides were last compared and nothing was left to do.
Json proof_json(const std::optional<core::Proof>& proof, const Clocks& clocks) {
    if (!proof) {
        return nullptr;
    }
    return Json{{"through", proof->through.value()}, {"at", iso_time(clocks.wall_of(proof->at))}};
}

Json shard_json(std::size_t number, const core::ShardStatus& shard, const Clocks& clocks) {
    std::optional<std::int64_t> leader;
    std::optional<std::int64_t> lag;
    if (shard.leader_checkpoint) {
        leader = shard.leader_checkpoint->value();
        lag = operations_between(shard.checkpoint, *shard.leader_checkpoint);
    }
    return Json{{"shard", number},
                {"phase", core::to_string(shard.phase)},
                {"leader_checkpoint", or_null(leader)},
                {"checkpoint", shard.checkpoint.value()},
                {"swept_through", shard.swept_through.value()},
                {"proof", proof_json(shard.proof, clocks)},
                {"lag_ops", or_null(lag)},
                {"lag_seconds", or_null(seconds_of(shard.lag))},
                {"last_error", error_json(shard.last_error, clocks)}};
}

Json metadata_json(const engine::MetadataStatus& metadata, const Clocks& clocks) {
    Json change = nullptr;
    if (metadata.last_change) {
        change = Json{{"at", iso_time(clocks.wall_of(metadata.last_change->at))},
                      {"what", metadata.last_change->what}};
    }
    return Json{{"mapping_version", or_null(metadata.copied.mapping)},
                {"settings_version", or_null(metadata.copied.settings)},
                {"aliases_version", or_null(metadata.copied.aliases)},
                {"last_change", std::move(change)}};
}

Json bootstrap_json(const std::optional<engine::BootstrapStatus>& bootstrap) {
    if (!bootstrap) {
        return nullptr;
    }
    const engine::TransferProgress& transfer = bootstrap->transfer;
    return Json{{"step", engine::to_string(bootstrap->step)},
                {"bytes", transfer.bytes},
                {"bytes_total", transfer.bytes_total},
                {"files", transfer.files},
                {"files_total", transfer.files_total}};
}

/// What a disaster would leave, and how old that is.
Json recovery_json(const std::optional<engine::RecoveryStatus>& recovery) {
    if (!recovery) {
        return nullptr;
    }
    std::optional<std::string> index;
    std::optional<std::string> as_of;
    std::optional<Duration> restore_took;
    std::optional<std::string> next_run;
    if (recovery->index) {
        index = recovery->index->value();
    }
    if (recovery->point) {
        as_of = utc_text(recovery->point->as_of);
        restore_took = recovery->point->restore_took;
    }
    if (recovery->next_run) {
        next_run = utc_text(*recovery->next_run);
    }
    return Json{{"index", or_null(index)},
                {"as_of", or_null(as_of)},
                {"age_seconds", or_null(seconds_of(recovery->age))},
                {"restore_seconds", or_null(seconds_of(restore_took))},
                {"next_run", or_null(next_run)}};
}

Json follower_json(const engine::FollowerStatus& follower, const Clocks& clocks) {
    Json shards = Json::array();
    std::int64_t written = 0;
    std::int64_t deleted = 0;
    std::int64_t copied = 0;
    // Known only where every shard has counted.
    std::optional<std::int64_t> total;
    if (!follower.shards.empty()) {
        total = 0;
    }
    for (std::size_t number = 0; number < follower.shards.size(); ++number) {
        const core::ShardStatus& shard = follower.shards[number];
        shards.push_back(shard_json(number, shard, clocks));
        written += shard.operations_written;
        deleted += shard.deletes_written;
        copied += shard.docs_copied;
        if (!shard.docs_total) {
            total.reset();
        } else if (total) {
            *total += *shard.docs_total;
        }
    }
    std::optional<std::string> index;
    if (follower.follower_index) {
        index = follower.follower_index->value();
    }
    return Json{{"rule", follower.rule.value()},
                {"leader", follower.leader.value()},
                {"follower", follower.follower.value()},
                {"leader_index", follower.leader_index.value()},
                {"follower_index", or_null(index)},
                {"phase", engine::to_string(follower.phase)},
                {"shards", std::move(shards)},
                {"operations_written", written},
                {"deletes_written", deleted},
                {"docs_total", or_null(total)},
                {"docs_copied", copied},
                {"bootstrap", bootstrap_json(follower.bootstrap)},
                {"recovery", recovery_json(follower.recovery)},
                {"metadata", metadata_json(follower.metadata, clocks)},
                {"warnings", follower.warnings},
                {"last_error", error_json(follower.last_error, clocks)}};
}

}  // namespace

std::string iso_time(WallTime time) {
    const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
    const auto millis = (since_epoch - seconds).count();
    const std::time_t calendar = seconds.count();
    std::tm parts{};
    gmtime_r(&calendar, &parts);
    std::array<char, 64> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::array<char, 8> fraction{};
    (void)std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(millis));
    return std::string(text.data(), length) + fraction.data();
}

std::string status_document(const StatusReport& report, WallTime wall) {
    const Clocks clocks{report.now, wall};
    Json clusters = Json::array();
    for (const engine::ClusterStatus& cluster : report.clusters) {
        clusters.push_back(cluster_json(cluster));
    }
    Json followers = Json::array();
    for (const engine::FollowerStatus& follower : report.followers) {
        followers.push_back(follower_json(follower, clocks));
    }
    const Json document{{"schema", status_schema},
                        {"version", FOLLOWD_VERSION},
                        {"clusters", std::move(clusters)},
                        {"followers", std::move(followers)}};
    // A server's text may hold broken UTF-8: it is replaced, not thrown at whoever asks.
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace followd::admin
