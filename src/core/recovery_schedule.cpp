#include "followd/core/recovery_schedule.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace followd::core {

Duration recovery_back_off(int failures) {
    FOLLOWD_ASSERT(failures >= 1);
    // Some eleven days: beyond what schedules wait.
    constexpr int doublings_max = 14;
    return std::chrono::minutes{std::int64_t{1} << std::min(failures - 1, doublings_max)};
}

RecoverySchedule::RecoverySchedule(Schedule schedule, std::optional<WallTime> last)
    : schedule_(std::move(schedule)), run_at_(last ? next_after(schedule_, *last) : WallTime{}) {}

void RecoverySchedule::heed(WallTime now) {
    run_at_ = std::min(run_at_, next_after(schedule_, now));
}

WallTime RecoverySchedule::next() const {
    return failures_ == 0 ? run_at_ : std::min(run_at_, try_again_at_);
}

void RecoverySchedule::began(WallTime now) {
    if (is_run_due(now)) {
        run_at_ = next_after(schedule_, now);
        failures_ = 0;
    }
}

void RecoverySchedule::failed(WallTime now) {
    ++failures_;
    try_again_at_ = now + std::chrono::ceil<std::chrono::seconds>(recovery_back_off(failures_));
}

}  // namespace followd::core
