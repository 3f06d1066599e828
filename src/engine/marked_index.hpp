#pragma once

#include "followd/model/follow_rule.hpp"

#include "engine/control_ports.hpp"
#include "engine/control_report.hpp"
#include "engine/role_ports.hpp"
#include "engine/task.hpp"

#include <vector>

namespace followd::engine {

/// An index whose mark tells of a pair of this rule, on either side of it.
struct MarkedIndex {
    FollowRule rule;      ///< as it is configured
    ClusterName cluster;  ///< of the index
    RoleIndex index;

    /// Whether it is on the side where the rule has its followers.
    [[nodiscard]] bool is_away() const { return cluster == rule.follower; }
    [[nodiscard]] IndexPlace place() const { return {cluster, index.name}; }
    /// Whether it was restored by schedule: one of the indices behind an alias.
    [[nodiscard]] bool is_generation() const { return index.recovery.has_value(); }
    /// What it is in `status` and for whoever holds it back: a generation is its alias there.
    [[nodiscard]] IndexPlace known_as() const;
    /// Of a generation: whether it is the one that readers see.
    [[nodiscard]] bool is_shown_by_alias() const;
    /// What it follows, or followed until it was promoted.
    [[nodiscard]] IndexPlace leader() const {
        return {is_away() ? rule.leader : rule.follower, index.leader_index};
    }
};

/// Those that are meant, one a pair: who follows now, or else who was promoted last. Of generations
/// (mode snapshot) the one that the alias shows, and what was promoted; they are meant by their own
/// name, too. A cluster that cannot be asked is told as a warning. `ports` and `report` outlive the
/// call.
[[nodiscard]] Task<std::vector<MarkedIndex>> find_marked(const ControlPorts* ports,
                                                         ControlTargets targets,
                                                         ControlReport* report);

}  // namespace followd::engine
