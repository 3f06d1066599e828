#pragma once

#include "followd/base/result.hpp"
#include "followd/core/follow_matcher.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/settings.hpp"

#include "cli/composition.hpp"
#include "engine/index_ports.hpp"
#include "engine/task.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

/// Which indices the follow rules mean at this moment: what the daemon would follow.

namespace followd::cli {

/// An index that a rule's patterns mean but that is not to be followed.
struct LeftOut {
    core::FollowClaim claim;
    std::string why;  ///< a sentence's end, for example "it is itself a follower of logs-a"
};

struct FollowedIndices {
    std::map<std::pair<ClusterName, IndexName>, engine::LeaderIndex> indices;  ///< of all claims
    core::FollowPlan plan;  ///< of rules with mode history
    /// What can be followed of rules with mode snapshot: it is restored by schedule.
    std::vector<core::FollowClaim> recovered;
    std::vector<LeftOut> left_out;
    std::map<ClusterName, Failure> failures;  ///< leaders that could not be listed
};

/// Lists each leader cluster that a rule names. Both outlive the task.
[[nodiscard]] Task<FollowedIndices> find_followed(Composition* composition,
                                                  const Settings* settings);

}  // namespace followd::cli
