#pragma once

#include "followd/base/time.hpp"

#include "engine/ports.hpp"
#include "engine/task.hpp"
#include "engine/wakeup.hpp"
#include "simulation/clock.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

/// Time as one daemon's process sees it: it may hang, which holds everything up that waits, its
/// clock may leap (a suspended machine), and it may die, which ends every wait at once.

namespace followd::sim {

class ProcessTime final : public engine::Timers {
public:
    ProcessTime(Clock& clock, boost::asio::any_io_executor executor)
        : clock_(clock), executor_(std::move(executor)) {}
    ProcessTime(const ProcessTime&) = delete;
    ProcessTime& operator=(const ProcessTime&) = delete;
    ~ProcessTime() override;

    [[nodiscard]] Instant now() const override { return clock_.now() + leapt_; }
    [[nodiscard]] Task<void> sleep_until(Instant when) override;
    void wake_all() override;

    /// For an answer from outside: wake_all() does not end it. `when` is the world's time.
    [[nodiscard]] Task<void> wait_until(Instant when);

    [[nodiscard]] bool is_alive() const { return is_alive_; }
    [[nodiscard]] bool is_hung() const { return clock_.now() < hung_until_; }
    void hang_until(Instant when) { hung_until_ = when; }
    /// What came while it hung happens now.
    void wake_up();
    void leap(Duration forward);
    void die();
    /// Whoever sleeps in a loop until a time has come sleeps on in a dead process, too.
    void outlive_sleeps() { outlives_sleeps_ = true; }

private:
    struct Waiter {
        Instant when;  // the world's time
        bool is_sleep = false;
        bool is_due = false;
        engine::Wakeup wakeup;
    };

    [[nodiscard]] Task<void> wait(Instant when, bool is_sleep);
    void plan(std::uint64_t number, Instant when);
    void wake(Waiter& waiter);

    Clock& clock_;
    boost::asio::any_io_executor executor_;
    Duration leapt_{};
    Instant hung_until_{};
    bool is_alive_ = true;
    bool outlives_sleeps_ = false;
    std::uint64_t made_ = 0;
    std::map<std::uint64_t, Waiter> waiters_;
    // Plans of the clock outlive the process.
    std::shared_ptr<ProcessTime*> self_ = std::make_shared<ProcessTime*>(this);
};

}  // namespace followd::sim
