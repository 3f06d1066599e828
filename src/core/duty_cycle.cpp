#include "followd/core/duty_cycle.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <cstdint>

namespace followd::core {

DutyCycle::DutyCycle(double share, Duration free) : rest_factor_(1.0 / share - 1.0), free_(free) {
    FOLLOWD_ASSERT(share > 0 && share <= 1 && free >= Duration::zero());
}

Duration DutyCycle::rest_after(Duration took) {
    took_[next_] = took;
    next_ = (next_ + 1) % remembered;
    const Duration cost = *std::ranges::min_element(took_);
    const Duration excess = std::max(cost - free_, Duration::zero());
    return Duration{static_cast<std::int64_t>(static_cast<double>(excess.count()) * rest_factor_)};
}

}  // namespace followd::core
