#pragma once

#include "followd/base/result.hpp"

#include "engine/snapshot_ports.hpp"
#include "es/follow_mark.hpp"
#include "es/index_definition.hpp"
#include "es/json.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What an index restored from a snapshot is to be like: as a follower made by followd, but for its
/// documents. Pure.

namespace followd::es {

/// Says which snapshot an index is being made from. A filter for nodes with an attribute that no
/// node has: the only setting that takes any value and means nothing.
inline constexpr std::string_view restore_tag = "index.routing.allocation.exclude.followd_restore";

/// The name as the replacement of a pattern, where `$` would refer to a group of it.
[[nodiscard]] std::string as_replacement(const std::string& name);

/// Body of the restore request. `refused` where the rule overrides what must be the leader's.
[[nodiscard]] Result<Json> plan_restore(const engine::RestoreRequest& request,
                                        const CreationOptions& options);

/// What takes away that it is being made, and with it the block of its writes.
[[nodiscard]] Json admission_settings();
/// What takes away that it is being made, and leaves the block.
[[nodiscard]] Json completion_settings();

/// `index` is an index object with flat settings.
[[nodiscard]] engine::Standing standing_of(const Json& index);

/// The mark of that index. One that is being made may have its leader's, which came with the
/// snapshot and is not its own: nothing then. `refused` where it is not understood.
[[nodiscard]] Result<std::optional<FollowMark>> own_mark(const Json& index);

/// Why `follower` cannot restore what `leader` snapshots of an index with these settings; empty
/// where it can.
[[nodiscard]] std::string why_not_restorable(const engine::Release& leader,
                                             const engine::Release& follower,
                                             const std::string& settings);

}  // namespace followd::es
