#include "engine/real_timers.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <utility>

namespace followd::engine {

WallTime wall_time_now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

RealTimers::RealTimers(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

Instant RealTimers::now() const {
    return Instant{std::chrono::steady_clock::now().time_since_epoch()};
}

Task<void> RealTimers::sleep_until(Instant when) {
    const std::chrono::steady_clock::time_point until{when.time_since_epoch()};
    const auto sleeper = sleepers_.emplace(sleepers_.end(), executor_, until);
    boost::system::error_code woken;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, woken);
    co_await sleeper->async_wait(token);
    sleepers_.erase(sleeper);
}

void RealTimers::wake_all() {
    for (boost::asio::steady_timer& sleeper : sleepers_) {
        sleeper.cancel();
    }
}

}  // namespace followd::engine
