#pragma once

#include "followd/base/time.hpp"
#include "followd/model/recovery_point.hpp"

#include <string>

/// What people are told of an index that was restored by schedule.

namespace followd::engine {

/// `as of 2026-11-30T08:00:00Z, 12 min before`: before `now`, which the sentence is about.
[[nodiscard]] std::string as_of_text(const RecoveryPoint& point, WallTime now);

}  // namespace followd::engine
