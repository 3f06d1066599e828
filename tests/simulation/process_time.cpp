#include "simulation/process_time.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <chrono>

namespace followd::sim {

namespace {

// Of a dead process: its tasks end one after the other.
constexpr Duration last_sleeps = std::chrono::milliseconds{5};

}  // namespace

ProcessTime::~ProcessTime() {
    FOLLOWD_ASSERT(waiters_.empty());
    *self_ = nullptr;
}

Task<void> ProcessTime::sleep_until(Instant when) {
    co_await wait(when - leapt_, true);
}

Task<void> ProcessTime::wait_until(Instant when) {
    co_await wait(when, false);
}

Task<void> ProcessTime::wait(Instant when, bool is_sleep) {
    if (!is_alive_) {
        if (!is_sleep || !outlives_sleeps_) {
            co_return;
        }
        when = std::min(when, clock_.now() + last_sleeps);
    }
    const std::uint64_t number = made_++;
    const auto waiter =
        waiters_.emplace(number, Waiter{when, is_sleep, false, engine::Wakeup{executor_}}).first;
    plan(number, when);
    while (!waiter->second.is_due) {
        co_await waiter->second.wakeup.wait();
    }
    waiters_.erase(waiter);
}

void ProcessTime::plan(std::uint64_t number, Instant when) {
    clock_.at(when, [self = self_, number] {
        ProcessTime* const time = *self;
        if (time == nullptr) {
            return;
        }
        const auto waiter = time->waiters_.find(number);
        if (waiter == time->waiters_.end()) {
            return;
        }
        if (time->is_hung() && time->is_alive_) {
            return time->plan(number, time->hung_until_);
        }
        time->wake(waiter->second);
    });
}

void ProcessTime::wake(Waiter& waiter) {
    waiter.is_due = true;
    waiter.wakeup.notify();
}

void ProcessTime::wake_all() {
    for (auto& [number, waiter] : waiters_) {
        if (waiter.is_sleep) {
            wake(waiter);
        }
    }
}

void ProcessTime::wake_up() {
    hung_until_ = clock_.now();
    for (auto& [number, waiter] : waiters_) {
        plan(number, std::max(waiter.when, clock_.now()));
    }
}

void ProcessTime::leap(Duration forward) {
    leapt_ += forward;
    for (auto& [number, waiter] : waiters_) {
        if (waiter.is_sleep) {
            waiter.when -= forward;
            plan(number, waiter.when);
        }
    }
}

void ProcessTime::die() {
    is_alive_ = false;
    for (auto& [number, waiter] : waiters_) {
        wake(waiter);
    }
}

}  // namespace followd::sim
