#pragma once

#include "followd/model/follow_rule.hpp"

#include "config/mistake.hpp"
#include "config/section.hpp"

namespace followd::config {

/// A rule's `mode`, and the keys that belong to one mode alone: `bootstrap`, `allow_close` and
/// `on_leader_delete` to history, `every` and `keep` to snapshot, which needs a `repository`. Those
/// of the other mode are reported. The rule's other keys have been read before.
void parse_mode(const Section& section, FollowRule& rule, Mistakes& mistakes);

}  // namespace followd::config
