#pragma once

#include "followd/base/result.hpp"

#include "engine/snapshot_ports.hpp"
#include "es/json.hpp"

#include <optional>
#include <string>
#include <vector>

/// Reads answers about snapshots and restores. Pure; nothing where an answer is not what it is
/// taken for.

namespace followd::es {

/// Of GET /_snapshot/{repository}/{snapshot}, without what was transferred.
[[nodiscard]] std::optional<engine::SnapshotProgress> read_snapshot_state(const Json& answer);

/// The names in GET /_snapshot/{repository}/{pattern}.
[[nodiscard]] std::optional<std::vector<std::string>> read_snapshot_names(const Json& answer);

/// Of GET /_snapshot/{repository}/{snapshot}/_status; all zero where it does not tell.
[[nodiscard]] engine::TransferProgress read_snapshot_transfer(const Json& answer);

/// Of GET /{index}/_recovery: what came with a snapshot.
[[nodiscard]] engine::TransferProgress read_restore_transfer(const Json& answer,
                                                             const std::string& index);

/// Of GET /_cluster/allocation/explain: why the shard cannot be placed; empty where it only waits
/// for its turn.
[[nodiscard]] std::string read_obstacle(const Json& answer);

}  // namespace followd::es
