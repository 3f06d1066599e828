#pragma once

#include "followd/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A status document read back, for showing it to people. Unknown fields are left alone: the daemon
/// may be newer than whoever asks.

namespace followd::admin {

struct ErrorView {
    std::string kind;
    std::string what;
    std::string where;
    std::string since;  ///< ISO 8601; may be empty
};

struct ShardView {
    int shard = 0;
    std::string phase;
    std::optional<std::int64_t> leader_checkpoint;
    std::int64_t checkpoint = -1;
    std::optional<std::int64_t> lag_ops;
    std::optional<double> lag_seconds;
    std::optional<ErrorView> last_error;
};

/// Of a follower that is being made from a snapshot.
struct BootstrapView {
    std::string step;
    std::int64_t bytes = 0;
    std::int64_t bytes_total = 0;
};

/// Of a follower that is recovered by schedule.
struct RecoveryView {
    std::optional<std::string> index;
    std::string as_of;  ///< ISO 8601; empty: there is nothing yet
    std::optional<double> age_seconds;
    std::optional<double> restore_seconds;
    std::string next_run;  ///< ISO 8601; may be empty
};

struct FollowerView {
    std::string rule;
    std::string leader;
    std::string follower;
    std::string leader_index;
    std::optional<std::string> follower_index;
    std::string phase;
    std::vector<ShardView> shards;
    std::optional<std::int64_t> docs_total;
    std::int64_t docs_copied = 0;
    std::optional<BootstrapView> bootstrap;
    std::optional<RecoveryView> recovery;
    std::vector<std::string> warnings;
    std::optional<ErrorView> last_error;
};

struct ClusterView {
    std::string name;
    std::optional<ErrorView> last_error;
};

struct StatusView {
    std::string version;
    std::vector<ClusterView> clusters;
    std::vector<FollowerView> followers;
};

/// `malformed` where it is no status document, `refused` where it is of another schema.
[[nodiscard]] Result<StatusView> read_status(std::string_view document);

}  // namespace followd::admin
