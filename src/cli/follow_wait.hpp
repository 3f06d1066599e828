#pragma once

#include "followd/model/settings.hpp"

#include "engine/control_report.hpp"

/// `followd follow --wait`: until what was asked to follow does, showing how far it is.

namespace followd::cli {

/// The exit code: done where every row's follower follows, no where one cannot, unknown where the
/// daemon tells nothing of one. Lines go to standard output, a bar to a terminal on standard error.
[[nodiscard]] int wait_for_followers(const Settings& settings, const engine::ControlReport& report);

}  // namespace followd::cli
