#pragma once

#include "http/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <list>
#include <optional>
#include <utility>

/// At most so many at once; the others wait, first come, first served.

namespace followd::http {

class Turns;

/// The right to use one connection; gives itself back when it dies.
class Turn {
public:
    explicit Turn(Turns* owner) noexcept : owner_{owner} {}
    Turn(Turn&& other) noexcept : owner_{std::exchange(other.owner_, nullptr)} {}
    Turn& operator=(Turn&& other) noexcept;
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn();

private:
    Turns* owner_;
};

/// Must outlive every Turn and every take(). One executor's thread only.
class Turns {
public:
    Turns(boost::asio::any_io_executor executor, std::size_t turns_max);
    ~Turns();
    Turns(const Turns&) = delete;
    Turns& operator=(const Turns&) = delete;

    /// Nothing where the deadline fired first or the coroutine was cancelled.
    [[nodiscard]] boost::asio::awaitable<std::optional<Turn>> take(Deadline* deadline);
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }

private:
    friend class Turn;
    class Waiter;

    void give_back() noexcept;

    boost::asio::any_io_executor executor_;
    std::size_t turns_max_;
    std::size_t taken_ = 0;
    std::list<Waiter*> waiting_;
};

}  // namespace followd::http
