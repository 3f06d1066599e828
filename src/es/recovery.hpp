#pragma once

#include "followd/base/result.hpp"

#include <string>
#include <string_view>

/// A cluster that was restarted as a whole answers before it has read which indices it holds: for
/// as long as `gateway.recover_after_*` says, else for a moment. Its state shows none then, with
/// HTTP 200 and under its own UUID (7.17; later servers do so where blocks are asked for, and else
/// refuse), and nothing follows from what is not in it. Only a block tells that from indices which
/// were deleted.

namespace followd::es {

/// What to ask of `_cluster/state` beside the metadata, and to let through its filter. The block's
/// number is that of "state not recovered", in Elasticsearch as in OpenSearch.
inline constexpr std::string_view recovery_metric = "blocks";
inline constexpr std::string_view recovery_field = "blocks.global.1";

/// What it means where that field is there. `attempt` as in "could not read the index's metadata".
[[nodiscard]] Failure still_recovering(std::string_view attempt, std::string where);

}  // namespace followd::es
