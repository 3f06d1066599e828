#include "engine/wakeup.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace followd::engine {

Wakeup::Wakeup(const boost::asio::any_io_executor& executor)
    : timer_(executor, boost::asio::steady_timer::time_point::max()) {}

Task<void> Wakeup::wait() {
    boost::system::error_code cancelled;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, cancelled);
    co_await timer_.async_wait(token);
}

void Wakeup::notify() {
    timer_.cancel();
}

}  // namespace followd::engine
