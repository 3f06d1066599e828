#include "http/deadline.hpp"

#include "followd/base/assert.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace followd::http {

namespace {

// Far below the end of the clock's range, so that now() + limit cannot overflow.
constexpr Duration limit_max = std::chrono::hours{24 * 365};

}  // namespace

struct Deadline::State {
    explicit State(const boost::asio::any_io_executor& executor) : timer{executor} {}

    void fire(Cause why) {
        FOLLOWD_ASSERT(why != Cause::none);
        if (cause != Cause::none) {
            return;
        }
        cause = why;
        if (closer) {
            closer();
        }
    }

    boost::asio::steady_timer timer;
    std::function<void()> closer;
    Cause cause = Cause::none;
    Instant ends{};
};

Deadline::Deadline(const boost::asio::any_io_executor& executor, Duration limit)
    : state_{std::make_shared<State>(executor)} {
    const Duration bounded = std::clamp(limit, Duration::zero(), limit_max);
    state_->ends = now() + bounded;
    state_->timer.expires_after(bounded);
    // The handler may already be queued when the Deadline is destroyed: it holds the state weakly.
    state_->timer.async_wait(
        [weak = std::weak_ptr<State>{state_}](const boost::system::error_code& error) {
            const auto state = weak.lock();
            if (state && !error) {
                state->fire(Cause::expired);
            }
        });
}

Deadline::~Deadline() {
    state_->closer = nullptr;
}

void Deadline::set_closer(std::function<void()> closer) {
    state_->closer = std::move(closer);
    if (state_->cause != Cause::none && state_->closer) {
        state_->closer();
    }
}

void Deadline::cancel() {
    state_->fire(Cause::cancelled);
}

Deadline::Cause Deadline::cause() const noexcept {
    return state_->cause;
}

Instant Deadline::ends() const noexcept {
    return state_->ends;
}

Duration Deadline::remaining() const {
    return std::max(state_->ends - now(), Duration::zero());
}

Instant now() noexcept {
    return Instant{
        std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())};
}

}  // namespace followd::http
