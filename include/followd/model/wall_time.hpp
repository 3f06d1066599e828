#pragma once

#include "followd/base/time.hpp"

#include <string>

namespace followd {

/// For people and programs: `2026-11-30T08:00:00Z`. Of the years 0 to 9999, as every clock that is
/// not broken tells.
[[nodiscard]] std::string utc_text(WallTime moment);

}  // namespace followd
