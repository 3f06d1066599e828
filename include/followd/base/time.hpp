#pragma once

#include <chrono>
#include <cstdint>

/// Time as values. Nobody in the core asks what time it is: whoever calls the core says so.

namespace followd {

using Duration = std::chrono::nanoseconds;

struct MonotonicEpoch {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = Duration;
    using time_point = std::chrono::time_point<MonotonicEpoch>;
    static constexpr bool is_steady = true;
};

/// A moment on this process's monotonic clock (or on a simulator's). Two machines' clocks are never
/// compared (design.md section 8).
using Instant = MonotonicEpoch::time_point;

/// A moment on this machine's wall clock, UTC: for schedules and for people, who say "as of eight
/// o'clock". Never compared with another machine's.
using WallTime = std::chrono::sys_seconds;

}  // namespace followd
