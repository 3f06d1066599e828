#include "http/turns.hpp"

#include "followd/base/assert.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace followd::http {

namespace asio = boost::asio;

Turn& Turn::operator=(Turn&& other) noexcept {
    std::swap(owner_, other.owner_);
    return *this;
}

Turn::~Turn() {
    if (owner_ != nullptr) {
        owner_->give_back();
    }
}

/// A place in the queue, left by its destructor whatever ends the wait.
class Turns::Waiter {
public:
    explicit Waiter(Turns* owner) : wake{owner->executor_}, owner_{owner} {
        wake.expires_at(asio::steady_timer::time_point::max());
        place_ = owner->waiting_.insert(owner->waiting_.end(), this);
    }
    ~Waiter() {
        if (!turn) {
            owner_->waiting_.erase(place_);
        }
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    asio::steady_timer wake;
    std::optional<Turn> turn;

private:
    Turns* owner_;
    std::list<Waiter*>::iterator place_;
};

Turns::Turns(asio::any_io_executor executor, std::size_t turns_max)
    : executor_{std::move(executor)}, turns_max_{turns_max} {
    FOLLOWD_ASSERT(turns_max_ > 0);
}

Turns::~Turns() {
    FOLLOWD_ASSERT(waiting_.empty());
    FOLLOWD_ASSERT(taken_ == 0);
}

asio::awaitable<std::optional<Turn>> Turns::take(Deadline* deadline) {
    FOLLOWD_ASSERT(deadline != nullptr);
    if (deadline->cause() != Deadline::Cause::none) {
        co_return std::nullopt;
    }
    if (taken_ < turns_max_) {
        FOLLOWD_ASSERT(waiting_.empty());
        ++taken_;
        co_return Turn{this};
    }
    Waiter waiter{this};
    deadline->set_closer([&waiter] { waiter.wake.cancel(); });
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await waiter.wake.async_wait(token);
    deadline->set_closer({});
    if (deadline->cause() != Deadline::Cause::none) {
        co_return std::nullopt;  // A turn granted meanwhile goes on to the next.
    }
    // Empty only where Asio cancelled the whole coroutine.
    co_return std::move(waiter.turn);
}

void Turns::give_back() noexcept {
    FOLLOWD_ASSERT(taken_ > 0);
    if (waiting_.empty()) {
        --taken_;
        return;
    }
    // Handed over, so that no newcomer overtakes.
    Waiter* const first = waiting_.front();
    waiting_.pop_front();
    first->turn.emplace(this);
    first->wake.cancel();
}

}  // namespace followd::http
