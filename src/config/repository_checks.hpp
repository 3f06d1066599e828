#pragma once

#include "followd/model/settings.hpp"

#include "config/follow_parser.hpp"
#include "config/repository_parser.hpp"

#include <span>
#include <vector>

namespace followd::config {

/// What can only be seen with all repositories and clusters at hand: clusters that are not there,
/// and a leader's folder that two repositories would write.
void check_repositories(std::span<const ParsedRepository> repositories,
                        std::span<const ClusterSettings> clusters,
                        Mistakes& mistakes);

/// What a rule says of its repository: whether it is there, whether the rule's clusters may use it,
/// and whether the name that it gets on the servers is its own.
void check_rule_repositories(std::span<const ParsedRule> rules,
                             std::span<const ParsedRepository> repositories,
                             Mistakes& mistakes);

}  // namespace followd::config
