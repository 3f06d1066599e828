#pragma once

#include "followd/base/result.hpp"
#include "followd/model/settings.hpp"

#include "admin/control_document.hpp"

/// Gives a command to the daemon, or runs it alone where none answers.

namespace followd::cli {

/// Who asks is filled in here.
[[nodiscard]] Result<engine::ControlReport> run_control_request(const Settings& settings,
                                                                admin::ControlRequest request);

}  // namespace followd::cli
