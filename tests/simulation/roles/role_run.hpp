#pragma once

#include "simulation/run.hpp"

/// One run of a world in which an index and its follower change roles by an operator's commands.

namespace followd::sim {

[[nodiscard]] RunResult run_roles(const RunOptions& options);

}  // namespace followd::sim
