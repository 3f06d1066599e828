#pragma once

#include "followd/core/action.hpp"
#include "followd/core/event.hpp"
#include "followd/core/shard_planner.hpp"

#include "fuzz/planner_watch.hpp"

#include <vector>

/// What must come of a planner once the clusters are well again, whatever it was told before.

namespace followd::fuzz {

/// Both sides are reachable, empty, and in order; the leader's checkpoint is the highest there was.
/// Answers `under_way`, whatever it is, and what comes of it, and polls, until the planner has
/// stored that it is level; requires that this happens within an hour of the planner's time. A
/// planner that ended, or does, is left alone: its owner makes a new one.
void require_level_in_the_end(core::ShardPlanner& planner,
                              PlannerWatch& watch,
                              const core::PlannerOptions& options,
                              std::vector<core::Action> under_way,
                              Instant now);

}  // namespace followd::fuzz
