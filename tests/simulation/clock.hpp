#pragma once

#include "followd/base/time.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

/// The world's time. It moves only when no coroutine can go on, and then to the next moment at
/// which something was planned to happen. What was planned for the same moment happens in the order
/// in which it was planned, so a run repeats step by step.

namespace followd::sim {

class Clock {
public:
    explicit Clock(boost::asio::io_context& context) : context_(context) {}

    [[nodiscard]] Instant now() const { return now_; }
    void at(Instant when, std::function<void()> what);
    void after(Duration pause, std::function<void()> what) { at(now_ + pause, std::move(what)); }

    /// Lets things happen until `is_reached`, which is asked after each, or until `limit` has
    /// passed. False in the second case, and where a moment does not end.
    [[nodiscard]] bool run_until(const std::function<bool()>& is_reached, Duration limit);

    /// Steps of coroutines in one moment without end: a loop that never waits.
    [[nodiscard]] bool is_stuck() const { return is_stuck_; }

private:
    [[nodiscard]] bool turn_context();

    boost::asio::io_context& context_;
    Instant now_{std::chrono::hours{1}};
    std::uint64_t planned_ = 0;
    std::map<std::pair<Instant, std::uint64_t>, std::function<void()>> plan_;
    bool is_stuck_ = false;
};

}  // namespace followd::sim
