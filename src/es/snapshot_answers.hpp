#pragma once

#include "followd/base/result.hpp"

#include "engine/snapshot_ports.hpp"
#include "es/json.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// Reads answers about snapshots and restores. Pure; nothing where an answer is not what it is
/// taken for.

namespace followd::es {

/// The rows of GET /_snapshot/{repository}/{snapshots}; null where it is another answer. Valid as
/// long as `answer`.
[[nodiscard]] const Json* snapshots_in(const Json& answer);

/// Of one row; nothing where the server names a state that we do not know.
[[nodiscard]] std::optional<engine::SnapshotState> state_of(const Json& snapshot);
/// The same: why it is not whole, as far as the server tells.
[[nodiscard]] std::string reason_of(const Json& snapshot);

/// Of GET /_snapshot/{repository}/{snapshot}, without what was transferred.
[[nodiscard]] std::optional<engine::SnapshotProgress> read_snapshot_state(const Json& answer);

/// The names in GET /_snapshot/{repository}/{pattern}.
[[nodiscard]] std::optional<std::vector<std::string>> read_snapshot_names(const Json& answer);

/// Of GET /_snapshot/{repository}/{snapshot}/_status; all zero where it does not tell.
[[nodiscard]] engine::TransferProgress read_snapshot_transfer(const Json& answer);

/// Of GET /{indices}/_recovery: what came with a snapshot, to all of them together.
[[nodiscard]] engine::TransferProgress read_restore_transfer(const Json& answer);

/// Of GET /_cluster/state/customs: snapshots of that repository which are being restored. One that
/// failed stays there until what it made is deleted, and reads no more.
[[nodiscard]] std::set<std::string> restores_of(const Json& answer, std::string_view repository);

/// Of GET /_cluster/allocation/explain: why the shard cannot be placed; empty where it only waits
/// for its turn.
[[nodiscard]] std::string read_obstacle(const Json& answer);

/// Of the same: the shard's restore has failed, and no waiting will mend that.
[[nodiscard]] bool has_restore_failed(const Json& answer);

}  // namespace followd::es
