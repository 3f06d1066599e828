#pragma once

#include "followd/base/time.hpp"

#include "engine/control_ports.hpp"
#include "engine/control_report.hpp"
#include "engine/marked_index.hpp"
#include "engine/promotion_command.hpp"
#include "engine/task.hpp"

namespace followd::engine {

/// `followd verify --repair`: has a Repairer find what somebody else wrote to a follower and make
/// room above it, while nobody follows there, and waits until following has put it right.
class RepairCommand {
public:
    /// All outlive it.
    RepairCommand(const ControlPorts& ports, PromotionCommand& promotions);

    /// `wait`: how long the pair may take to come level, before and after.
    [[nodiscard]] Task<ControlRow> repair(MarkedIndex follower, Duration wait);

private:
    const ControlPorts& ports_;
    PromotionCommand& promotions_;
};

}  // namespace followd::engine
