#include "http/reception.hpp"

#include "followd/base/assert.hpp"
#include "followd/base/time.hpp"

#include "http/listener.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <utility>

namespace followd::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

using Protocol = asio::generic::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<Protocol>;

constexpr Duration accept_pause = std::chrono::milliseconds{100};

}  // namespace

class Reception::Impl {
public:
    Impl(asio::any_io_executor executor, ReceptionOptions options, Serve serve)
        : executor_{executor},
          options_{std::move(options)},
          serve_{std::move(serve)},
          ended_{executor},
          pause_{executor} {
        FOLLOWD_ASSERT(serve_ != nullptr);
    }

    ~Impl() { FOLLOWD_ASSERT(running_ == 0 && !acceptor_); }

    Result<void> start();
    void close();
    asio::awaitable<void> join();
    [[nodiscard]] bool is_closing() const noexcept { return closing_; }
    [[nodiscard]] const Url& address() const {
        FOLLOWD_ASSERT(listener_.has_value());
        return listener_->address();
    }

private:
    void spawn(asio::awaitable<void> work);
    asio::awaitable<void> accept_all();
    asio::awaitable<void> serve(Socket socket);

    asio::any_io_executor executor_;
    ReceptionOptions options_;
    Serve serve_;
    std::optional<Listener> listener_;
    std::unique_ptr<Acceptor> acceptor_;
    asio::steady_timer ended_;  ///< never expires: cancelled when the last coroutine has ended
    asio::steady_timer pause_;
    std::size_t running_ = 0;  ///< coroutines that join() must see end
    std::size_t connections_ = 0;
    bool closing_ = false;
};

Result<void> Reception::Impl::start() {
    FOLLOWD_ASSERT(!acceptor_);
    auto listener = Listener::open(options_.listen, options_.setting);
    if (!listener) {
        return std::move(listener).failure();
    }
    listener_.emplace(std::move(*listener));
    closing_ = false;
    ended_.expires_at(asio::steady_timer::time_point::max());
    const Protocol protocol{listener_->family(), 0};
    acceptor_ = std::make_unique<Acceptor>(executor_, protocol, listener_->release_descriptor());
    spawn(accept_all());
    return {};
}

void Reception::Impl::close() {
    closing_ = true;
    error_code ignored;
    if (acceptor_) {
        acceptor_->close(ignored);
    }
    pause_.cancel();
}

asio::awaitable<void> Reception::Impl::join() {
    FOLLOWD_ASSERT(closing_);
    if (running_ > 0) {
        error_code ignored;
        auto token = asio::redirect_error(asio::use_awaitable, ignored);
        co_await ended_.async_wait(token);
    }
    FOLLOWD_ASSERT(running_ == 0);
    acceptor_.reset();
    listener_.reset();
}

/// Joined by join(), which waits until the count is zero again.
void Reception::Impl::spawn(asio::awaitable<void> work) {
    ++running_;
    asio::co_spawn(executor_, std::move(work), [this](const std::exception_ptr& /*thrown*/) {
        --running_;
        if (running_ == 0 && closing_) {
            ended_.cancel();
        }
    });
}

asio::awaitable<void> Reception::Impl::accept_all() {
    while (!closing_) {
        error_code error;
        Socket socket{executor_};
        auto token = asio::redirect_error(asio::use_awaitable, error);
        co_await acceptor_->async_accept(socket, token);
        if (closing_) {
            break;
        }
        if (error) {
            // Out of descriptors, most likely: spinning would not bring any back.
            pause_.expires_after(accept_pause);
            co_await pause_.async_wait(token);
            continue;
        }
        if (connections_ >= options_.connections_max) {
            socket.non_blocking(true, error);
            socket.write_some(asio::buffer(options_.busy_answer), error);
            continue;
        }
        ++connections_;
        spawn(serve(std::move(socket)));
    }
}

asio::awaitable<void> Reception::Impl::serve(Socket socket) {
    try {
        co_await serve_(std::move(socket));
    } catch (...) {
        // Its text may hold anything: whoever serves is the one to log.
    }
    --connections_;
}

Reception::Reception(asio::any_io_executor executor, ReceptionOptions options, Serve serve)
    : impl_{std::make_unique<Impl>(executor, std::move(options), std::move(serve))} {}

Reception::~Reception() = default;

Result<void> Reception::start() {
    return impl_->start();
}

void Reception::close() {
    impl_->close();
}

asio::awaitable<void> Reception::join() {
    return impl_->join();
}

bool Reception::is_closing() const noexcept {
    return impl_->is_closing();
}

const Url& Reception::address() const {
    return impl_->address();
}

}  // namespace followd::http
