#pragma once

#include "followd/base/result.hpp"

#include "engine/control_ports.hpp"
#include "engine/control_report.hpp"
#include "engine/marked_index.hpp"
#include "engine/role_ports.hpp"

#include <string>

/// What people are told of a promotion: how good the follower is, and what it lacks. It is known as
/// long as somebody follows there.

namespace followd::engine {

/// Of a follower that is promoted now.
[[nodiscard]] ControlRow promoted_row(const ControlPorts& ports, const MarkedIndex& follower);
/// Of one that would be.
[[nodiscard]] ControlRow planned_row(const ControlPorts& ports, const MarkedIndex& follower);
/// Of one that is not, since it did not come level with its leader.
[[nodiscard]] ControlRow undrained_row(const ControlPorts& ports,
                                       const MarkedIndex& follower,
                                       Failure failure);
/// Of a generation, which cannot come level, with what to type.
[[nodiscard]] ControlRow undrainable_row(const ControlPorts& ports, const MarkedIndex& generation);

/// Of an index that was promoted before.
[[nodiscard]] std::string promoted_before_text(const RoleIndex& index);

}  // namespace followd::engine
