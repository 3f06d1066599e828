#pragma once

#include "admin/control_document.hpp"
#include "cli/common_options.hpp"

/// The commands that change what is followed and which side leads: given to the daemon, or run
/// alone where none answers.

namespace followd::cli {

struct ControlOptions {
    CommonOptions common;
    admin::ControlRequest request;
    bool waits = false;  ///< until what was asked to follow does
};

[[nodiscard]] int control(const ControlOptions& options);

}  // namespace followd::cli
