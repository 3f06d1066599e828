#pragma once

#include "followd/base/time.hpp"

#include <functional>

namespace followd::engine {

/// What this machine's calendar says now.
using WallClock = std::function<WallTime()>;

}  // namespace followd::engine
