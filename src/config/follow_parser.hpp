#pragma once

#include "followd/model/follow_rule.hpp"

#include "config/document.hpp"
#include "config/mistake.hpp"

#include <string>
#include <vector>

namespace followd::config {

/// A rule with the places that mistakes found later are reported at.
struct ParsedRule {
    FollowRule rule;
    std::string path;  ///< for example "follow[0]"
    Place place;       ///< of the rule
    Place leader_place;
    Place follower_place;
    Place template_place;               ///< of follow_index_pattern, or of the rule
    Place repository_place;             ///< likewise
    std::vector<Place> pattern_places;  ///< for each of rule.indices
};

/// The `follow` list, in file order, each rule checked by itself; follow_checks.hpp does the rest.
[[nodiscard]] std::vector<ParsedRule> parse_follow(const Node& node, Mistakes& mistakes);

}  // namespace followd::config
