#pragma once

#include "followd/model/ids.hpp"

#include "engine/follower_status.hpp"

#include <compare>
#include <map>
#include <string>

/// Followers that are not to be followed now, whatever the rules say: a person paused them, or
/// their role is being changed.

namespace followd::engine {

/// An index and the cluster it is in. As a follower's it names a pair, since each has one leader.
struct IndexPlace {
    ClusterName cluster;
    IndexName index;

    /// `cluster/index`, for people.
    [[nodiscard]] std::string text() const { return cluster.value() + "/" + index.value(); }
    friend auto operator<=>(const IndexPlace&, const IndexPlace&) = default;
};

struct Hold {
    IndexPhase phase = IndexPhase::paused;
    std::string why;       ///< a sentence, for status
    bool is_shown = true;  ///< false: unfollowed, no row
};

/// By the follower's place.
using Holds = std::map<IndexPlace, Hold>;

}  // namespace followd::engine
