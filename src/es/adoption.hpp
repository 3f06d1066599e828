#pragma once

#include "followd/base/result.hpp"

#include "engine/index_ports.hpp"
#include "es/follow_mark.hpp"
#include "es/json.hpp"

/// Whether an index that stands where a follower is meant to be is that follower. Pure.

namespace followd::es {

/// The index object of `name` in the answer to GET /{name}. `conflict` where the name is an alias
/// or a data stream, `malformed` where the answer is about no index at all.
[[nodiscard]] Result<Json> concrete_index(const Json& answer, const IndexName& name);

/// Of an index object; empty where it has none.
[[nodiscard]] IndexUuid uuid_of(const Json& index);

/// The index's mark, if it is a follower of this leader index; otherwise a `conflict` that says
/// what was found and what to do. The names in the mark may be older than the configuration's: the
/// leader's UUID decides.
[[nodiscard]] Result<FollowMark> judge_adoption(const engine::FollowerRequest& request,
                                                const Json& index);

/// Whether documents lie in the same shards on both sides. `state` is the follower's entry of
/// `_cluster/state`: state, routing_num_shards, settings.index.number_of_shards. `unavailable`
/// where the follower is closed, `conflict` where the layouts differ.
[[nodiscard]] Result<void> judge_layout(const engine::FollowerRequest& request, const Json& state);

}  // namespace followd::es
