#pragma once

#include "followd/base/result.hpp"
#include "followd/core/shard_status.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/promotion.hpp"

#include "engine/bootstrap_status.hpp"
#include "engine/metadata.hpp"
#include "engine/recovery_status.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What one followed index tells of itself: a row of `status` (decisions.md, "`status --json`").

namespace followd::engine {

enum class IndexPhase {
    discovered,
    creating,
    bootstrap,
    following,
    paused,
    refused,
    leader_gone,
    promoting,
    promoted,
    failing_back,
};

/// All of them, in the enumeration's order.
inline constexpr std::array index_phases{IndexPhase::discovered,
                                         IndexPhase::creating,
                                         IndexPhase::bootstrap,
                                         IndexPhase::following,
                                         IndexPhase::paused,
                                         IndexPhase::refused,
                                         IndexPhase::leader_gone,
                                         IndexPhase::promoting,
                                         IndexPhase::promoted,
                                         IndexPhase::failing_back};

[[nodiscard]] std::string_view to_string(IndexPhase phase) noexcept;

/// What is said of a promoted index: since when, and what can be done.
[[nodiscard]] std::string note_of(const Promotion& promotion);

struct FollowerStatus {
    RuleName rule;
    ClusterName leader;
    ClusterName follower;
    IndexName leader_index;
    std::optional<IndexName> follower_index;  ///< nothing where the index is refused
    IndexPhase phase = IndexPhase::discovered;
    std::optional<core::ShardError> last_error;  ///< of the index as a whole
    std::vector<std::string> warnings;
    std::vector<core::ShardStatus> shards;
    MetadataStatus metadata;
    /// While it is being made from a snapshot.
    std::optional<BootstrapStatus> bootstrap;
    /// Of a rule with mode snapshot, whose `follower_index` is the alias.
    std::optional<RecoveryStatus> recovery;
};

}  // namespace followd::engine
