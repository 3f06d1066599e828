#pragma once

#include "engine/task.hpp"
#include "engine/wakeup.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <list>

/// A bounded amount of something (bytes in memory, requests under way) shared by coroutines of one
/// thread, first come first served.

namespace followd::engine {

class Semaphore {
public:
    Semaphore(boost::asio::any_io_executor executor, std::size_t capacity);

    /// Waits until `amount` is free and takes it. More than the capacity counts as all of it.
    /// Returns what was taken: give it back with release().
    [[nodiscard]] Task<std::size_t> acquire(std::size_t amount);
    void release(std::size_t amount);

    [[nodiscard]] std::size_t in_use() const { return in_use_; }

private:
    struct Waiter {
        std::size_t amount;
        bool granted = false;
        Wakeup wakeup;
    };

    void grant();

    boost::asio::any_io_executor executor_;
    std::size_t capacity_;
    std::size_t in_use_ = 0;
    std::list<Waiter> waiters_;
};

}  // namespace followd::engine
