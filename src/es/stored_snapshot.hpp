#pragma once

#include "followd/base/time.hpp"

#include "engine/snapshot_ports.hpp"
#include "es/json.hpp"
#include "es/snapshot_name.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// A snapshot as it stands in a repository. Pure.

namespace followd::es {

struct StoredSnapshot {
    std::string name;
    engine::SnapshotState state = engine::SnapshotState::in_progress;
    std::string state_word;  ///< the server's own: "SUCCESS"
    std::string reason;      ///< why it is not whole
    SnapshotOwner owner;
    std::string version;  ///< of the cluster that took it, "9.2.0"; empty where it does not tell
    bool is_opensearch = false;
    std::optional<WallTime> started;                ///< by its cluster's clock
    std::optional<std::chrono::milliseconds> took;  ///< nothing while it is being taken
    std::vector<std::string> indices;               ///< sorted
    std::vector<std::string> system_indices;        ///< of them: the server's own
    std::vector<std::string> broken_indices;        ///< of them: a shard is not in it
    /// Of all its files, also of those that other snapshots have; nothing where the server does not
    /// tell.
    std::optional<std::int64_t> bytes;
};

/// All of an answer to GET /_snapshot/{repository}/{snapshots}, in its order; nothing where it is
/// another answer.
[[nodiscard]] std::optional<std::vector<StoredSnapshot>> read_stored_snapshots(const Json& answer);

}  // namespace followd::es
