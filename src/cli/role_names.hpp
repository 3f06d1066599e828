#pragma once

#include "followd/model/follow_rule.hpp"
#include "followd/model/ids.hpp"

#include "es/privileges.hpp"

#include <string>
#include <vector>

namespace followd::cli {

/// What the rules name of a cluster in that role, each once: index names and patterns, without the
/// exclusions. Pure.
[[nodiscard]] std::vector<std::string> names_in_role(const std::vector<FollowRule>& rules,
                                                     const ClusterName& cluster,
                                                     es::ClusterRole role);

}  // namespace followd::cli
