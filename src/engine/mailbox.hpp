#pragma once

#include "engine/task.hpp"
#include "engine/wakeup.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <deque>
#include <utility>

/// Values on their way to the one coroutine that takes them, in order. Bounded by its senders: a
/// shard's planner has a bounded number of actions under way, each of which sends one event.

namespace followd::engine {

template <class T>
class Mailbox {
public:
    explicit Mailbox(const boost::asio::any_io_executor& executor) : arrived_(executor) {}

    void put(T value) {
        waiting_.push_back(std::move(value));
        arrived_.notify();
    }

    [[nodiscard]] Task<T> take() {
        while (waiting_.empty()) {
            co_await arrived_.wait();
        }
        T value = std::move(waiting_.front());
        waiting_.pop_front();
        co_return value;
    }

private:
    std::deque<T> waiting_;
    Wakeup arrived_;
};

}  // namespace followd::engine
