#pragma once

#include "followd/model/origins.hpp"

#include "engine/index_ports.hpp"

namespace followd::engine {

/// The line of one shard of a leader and its follower. `generation` is the one in force: it may be
/// newer than what `follower` was read with.
[[nodiscard]] OriginLine line_of_pair(const IndexUuid& leader,
                                      const Origins& leader_origins,
                                      const FollowerIndex& follower,
                                      std::int64_t generation,
                                      int shard);

}  // namespace followd::engine
