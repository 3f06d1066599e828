#include "engine/pair_line.hpp"

#include "followd/base/assert.hpp"
#include "followd/core/origin_line.hpp"

#include <utility>

namespace followd::engine {

OriginLine line_of_pair(const IndexUuid& leader,
                        const Origins& leader_origins,
                        const FollowerIndex& follower,
                        std::int64_t generation,
                        int shard) {
    if (follower.origins.empty()) {
        OriginLine line;
        line.base = base_of_generation(generation);
        return line;
    }
    Origins origins = follower.origins;
    FOLLOWD_ASSERT(!origins.back().is_own());
    if (origins.back().table.back().generation != generation) {
        origins = core::with_new_history(std::move(origins), leader, generation);
    }
    return core::origin_line(core::OriginSide{leader, leader_origins},
                             core::OriginSide{follower.uuid, std::move(origins)},
                             shard);
}

}  // namespace followd::engine
