#pragma once

#include "simulation/roles/daemons.hpp"
#include "simulation/roles/sides.hpp"

#include <string>

/// What must hold once an operator has brought to an end what was begun.

namespace followd::sim {

/// The side that leads; null where it is not just one.
[[nodiscard]] TwoWayIndex* leader_of(Sides& sides);

/// Empty where one side leads and takes writes, the other follows it and takes none, and nothing is
/// half done or held up; else the first thing that is not so.
[[nodiscard]] std::string unfinished(Sides& sides, const Daemons& daemons);

/// Empty where both sides hold the same documents, and every daemon says so.
[[nodiscard]] std::string not_level(Sides& sides, Daemons& daemons);

}  // namespace followd::sim
