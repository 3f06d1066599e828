#pragma once

#include "engine/ports.hpp"
#include "engine/task.hpp"
#include "engine/wakeup.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <functional>
#include <list>
#include <stdexcept>

/// Time that moves only when nothing else can happen: it then jumps to the moment for which the
/// next sleeper waits. Whoever holds the timers turns the context, so a run repeats step by step.

namespace followd::test {

class VirtualTimers final : public engine::Timers {
public:
    explicit VirtualTimers(boost::asio::io_context& context) : context_(context) {}

    [[nodiscard]] Instant now() const override { return now_; }

    [[nodiscard]] Task<void> sleep_until(Instant when) override {
        const auto sleeper = sleepers_.emplace(
            sleepers_.end(), when, false, engine::Wakeup{context_.get_executor()});
        while (!sleeper->is_woken) {
            co_await sleeper->wakeup.wait();
        }
        sleepers_.erase(sleeper);
    }

    void wake_all() override {
        for (Sleeper& sleeper : sleepers_) {
            wake(sleeper);
        }
    }

    /// Turns the context until `is_reached`, which is asked after every step. False where `limit`
    /// is over first, or where nothing is left that could ever happen.
    [[nodiscard]] bool run_until(const std::function<bool()>& is_reached, Duration limit) {
        const Instant end = now_ + limit;
        int steps = 0;
        while (!is_reached()) {
            context_.restart();
            if (context_.poll_one() == 1) {
                if (++steps > steps_max) {
                    throw std::runtime_error("the world turns and no time passes");
                }
                continue;
            }
            steps = 0;
            if (!wake_next(end)) {
                now_ = end;
                return false;
            }
        }
        return true;
    }

    /// Lets time pass.
    void run_for(Duration duration) {
        (void)run_until([] { return false; }, duration);
    }

private:
    // Far more than anything here does in one moment: a loop that never sleeps is a defect.
    static constexpr int steps_max = 1'000'000;

    struct Sleeper {
        Instant when;
        bool is_woken = false;
        engine::Wakeup wakeup;
    };

    static void wake(Sleeper& sleeper) {
        sleeper.is_woken = true;
        sleeper.wakeup.notify();
    }

    // False where nobody sleeps until `end` or earlier.
    bool wake_next(Instant end) {
        const auto next = std::ranges::min_element(sleepers_, {}, &Sleeper::when);
        if (next == sleepers_.end() || next->when > end) {
            return false;
        }
        now_ = std::max(now_, next->when);
        wake(*next);
        return true;
    }

    boost::asio::io_context& context_;
    Instant now_{std::chrono::hours{1}};
    std::list<Sleeper> sleepers_;
};

}  // namespace followd::test
