#include "http/lookup.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace followd::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Shared with the resolver's handler, which may come after the Lookup is gone.
struct Lookup::State {
    explicit State(const asio::any_io_executor& executor) : resolver{executor}, wake{executor} {
        wake.expires_at(asio::steady_timer::time_point::max());
    }

    tcp::resolver resolver;
    asio::steady_timer wake;
    error_code error;
    std::vector<Endpoint> endpoints;
    bool done = false;
    bool cancelled = false;
};

Lookup::Lookup(asio::any_io_executor executor) : state_{std::make_shared<State>(executor)} {}

Lookup::~Lookup() {
    cancel();
}

void Lookup::cancel() {
    state_->cancelled = true;
    state_->resolver.cancel();
    state_->wake.cancel();
}

asio::awaitable<Result<std::vector<Endpoint>>> Lookup::resolve(Url url) {
    if (!url.unix_path.empty()) {
        co_return std::vector<Endpoint>{asio::local::stream_protocol::endpoint{url.unix_path}};
    }
    error_code error;
    const auto address = asio::ip::make_address(url.host, error);
    if (!error) {
        co_return std::vector<Endpoint>{tcp::endpoint{address, url.port}};
    }
    // Not awaited itself: a system call in the resolver's thread cannot be interrupted, and the
    // deadline must not wait for it.
    state_->resolver.async_resolve(
        url.host,
        std::to_string(url.port),
        tcp::resolver::numeric_service,
        [state = state_](const error_code& outcome, const tcp::resolver::results_type& results) {
            state->error = outcome;
            for (const auto& entry : results) {
                state->endpoints.emplace_back(entry.endpoint());
            }
            state->done = true;
            state->wake.cancel();
        });
    if (!state_->cancelled) {
        auto token = asio::redirect_error(asio::use_awaitable, error);
        co_await state_->wake.async_wait(token);
    }
    if (!state_->done) {
        co_return Failure{FailureKind::cancelled, "the look-up of " + url.host + " was ended", {}};
    }
    if (state_->error || state_->endpoints.empty()) {
        co_return Failure{FailureKind::unreachable,
                          "the name " + url.host + " was not found: " + state_->error.message(),
                          {}};
    }
    co_return std::move(state_->endpoints);
}

}  // namespace followd::http
