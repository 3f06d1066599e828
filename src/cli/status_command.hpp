#pragma once

#include "cli/common_options.hpp"

/// `followd status`: asks the running daemon how it is.

namespace followd::cli {

struct StatusOptions {
    CommonOptions common;
    bool watch = false;  ///< again every second, until interrupted
};

/// The exit code: exit_unknown where no daemon answers.
[[nodiscard]] int show_status(const StatusOptions& options);

}  // namespace followd::cli
