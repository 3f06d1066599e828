#pragma once

#include "followd/model/settings.hpp"

#include "config/follow_parser.hpp"

#include <span>
#include <vector>

namespace followd::config {

/// What can only be seen with all rules and clusters at hand: names used twice, clusters that are
/// not there, an index that would follow itself, and rules whose claims to a follower index
/// evidently collide. (Patterns that may or may not meet, such as `a-*` and `*-b`, are settled
/// when real indices are known: core/follow_matcher.hpp.)
void check_follow(std::span<const ParsedRule> rules,
                  std::span<const ClusterSettings> clusters,
                  Mistakes& mistakes);

}  // namespace followd::config
