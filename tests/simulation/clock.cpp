#include "simulation/clock.hpp"

#include <algorithm>

namespace followd::sim {

namespace {

// Far more than anything here does in one moment.
constexpr int steps_max = 100'000;

}  // namespace

void Clock::at(Instant when, std::function<void()> what) {
    plan_.emplace(std::pair{when, planned_++}, std::move(what));
}

// Until no coroutine can go on.
bool Clock::turn_context() {
    for (int step = 0; step < steps_max; ++step) {
        context_.restart();
        if (context_.poll() == 0) {
            return true;
        }
    }
    return false;
}

bool Clock::run_until(const std::function<bool()>& is_reached, Duration limit) {
    const Instant end = now_ + limit;
    while (true) {
        if (!turn_context()) {
            is_stuck_ = true;
            return false;
        }
        if (is_reached()) {
            return true;
        }
        const auto next = plan_.begin();
        if (next == plan_.end() || next->first.first > end) {
            now_ = end;
            return false;
        }
        now_ = std::max(now_, next->first.first);
        const std::function<void()> what = std::move(next->second);
        plan_.erase(next);
        what();
    }
}

}  // namespace followd::sim
