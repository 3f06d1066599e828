#include "engine/semaphore.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace followd::engine {

Semaphore::Semaphore(boost::asio::any_io_executor executor, std::size_t capacity)
    : executor_(std::move(executor)), capacity_(capacity) {
    FOLLOWD_ASSERT(capacity_ >= 1);
}

Task<std::size_t> Semaphore::acquire(std::size_t amount) {
    const std::size_t wanted = std::min(amount, capacity_);
    const auto waiter = waiters_.insert(waiters_.end(), Waiter{wanted, false, Wakeup{executor_}});
    grant();
    while (!waiter->granted) {
        co_await waiter->wakeup.wait();
    }
    waiters_.erase(waiter);
    co_return wanted;
}

void Semaphore::release(std::size_t amount) {
    FOLLOWD_ASSERT(amount <= in_use_);
    in_use_ -= amount;
    grant();
}

void Semaphore::grant() {
    for (Waiter& waiter : waiters_) {
        if (waiter.granted) {
            continue;
        }
        if (in_use_ + waiter.amount > capacity_) {
            return;
        }
        in_use_ += waiter.amount;
        waiter.granted = true;
        waiter.wakeup.notify();
    }
}

}  // namespace followd::engine
