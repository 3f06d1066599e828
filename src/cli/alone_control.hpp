#pragma once

#include "followd/base/result.hpp"
#include "followd/model/settings.hpp"

#include "admin/control_document.hpp"

/// Runs a command without a daemon, from the configuration alone: on the day when the machine of
/// the daemon is gone, too.

namespace followd::cli {

/// Takes the state file's lock, so that it is alone; where a daemon that does not answer holds it,
/// only a promotion without a drain goes on. `storage` or `unauthorised` where the file cannot be
/// had; `refused` for commands that only a daemon can run.
[[nodiscard]] Result<engine::ControlReport> run_alone(const Settings& settings,
                                                      const admin::ControlRequest& request);

}  // namespace followd::cli
