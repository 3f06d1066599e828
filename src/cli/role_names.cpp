#include "cli/role_names.hpp"

#include "followd/model/index_pattern.hpp"

#include <set>

namespace followd::cli {

std::vector<std::string> names_in_role(const std::vector<FollowRule>& rules,
                                       const ClusterName& cluster,
                                       es::ClusterRole role) {
    const bool is_leader = role == es::ClusterRole::leader;
    std::set<std::string> names;
    for (const FollowRule& rule : rules) {
        if ((is_leader ? rule.leader : rule.follower) != cluster) {
            continue;
        }
        for (const std::string& pattern : rule.indices) {
            if (is_exclusion(pattern)) {
                continue;
            }
            const std::string name = is_leader ? pattern : follower_index_name(rule, pattern);
            names.insert(name);
            // Behind an alias stand indices that are called after it.
            if (!is_leader && rule.mode == FollowMode::snapshot) {
                names.insert(name + ".*");
            }
        }
    }
    return {names.begin(), names.end()};
}

}  // namespace followd::cli
