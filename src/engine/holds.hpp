#pragma once

#include "followd/model/ids.hpp"

#include "engine/follower_status.hpp"

#include <map>
#include <string>
#include <utility>

/// Followers that are not to be followed now, whatever the rules say: a person paused them, or
/// their role is being changed.

namespace followd::engine {

/// A follower index and the cluster it is in: each follower has one leader, so this names a pair.
using FollowerPlace = std::pair<ClusterName, IndexName>;

struct Hold {
    IndexPhase phase = IndexPhase::paused;
    std::string why;       ///< a sentence, for status
    bool is_shown = true;  ///< false: unfollowed, no row
};

using Holds = std::map<FollowerPlace, Hold>;

}  // namespace followd::engine
