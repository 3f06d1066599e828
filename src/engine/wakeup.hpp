#pragma once

#include "engine/task.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

/// Lets one coroutine wait until another says that something changed. The waiter checks its
/// condition before and after: on one thread nothing can happen between the check and the wait.

namespace followd::engine {

class Wakeup {
public:
    explicit Wakeup(const boost::asio::any_io_executor& executor);

    /// Returns after the next notify(). At most one coroutine waits.
    [[nodiscard]] Task<void> wait();
    void notify();

private:
    boost::asio::steady_timer timer_;
};

}  // namespace followd::engine
