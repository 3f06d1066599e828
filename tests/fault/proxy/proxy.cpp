#include "fault/proxy/proxy.hpp"

#include "followd/base/assert.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <utility>

namespace followd::fault {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds accept_pause{20};

void die_of(const char* what) {
    std::cerr << "followd-fault-proxy: defect: " << what << '\n';
    std::abort();
}

}  // namespace

Proxy::Proxy(asio::any_io_executor executor, std::uint16_t server_port, std::uint64_t seed)
    : executor_(executor),
      endpoint_(asio::ip::address_v4::loopback(), 0),
      server_(asio::ip::address_v4::loopback(), server_port),
      schedule_(seed),
      tasks_(executor, die_of) {}

Result<void> Proxy::start(std::uint16_t port) {
    FOLLOWD_ASSERT(!acceptor_);
    endpoint_.port(port);
    if (schedule_.is_refusing()) {
        schedule_.count(Fault::refuse);
        return {};
    }
    return open_door();
}

Result<void> Proxy::open_door() {
    error_code error;
    Tcp::acceptor acceptor{executor_};
    acceptor.open(endpoint_.protocol(), error);
    if (!error) {
        acceptor.set_option(asio::socket_base::reuse_address{true}, error);
    }
    if (!error) {
        acceptor.bind(endpoint_, error);
    }
    if (!error) {
        acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
        return Failure{
            FailureKind::unavailable,
            "cannot listen on port " + std::to_string(endpoint_.port()) + ": " + error.message(),
            {}};
    }
    endpoint_ = acceptor.local_endpoint();
    acceptor_.emplace(std::move(acceptor));
    ++door_;
    tasks_.spawn(accept_all(door_));
    return {};
}

void Proxy::close_door() {
    acceptor_.reset();
    ++door_;
}

Result<void> Proxy::inject(Rule rule) {
    schedule_.add(std::move(rule));
    if (!schedule_.is_refusing() || !acceptor_) {
        return {};
    }
    close_door();
    schedule_.count(Fault::refuse);
    for (Session& session : sessions_) {
        session.conversation.reset();
    }
    return {};
}

Result<void> Proxy::clear() {
    schedule_.clear();
    if (acceptor_) {
        return {};
    }
    return open_door();
}

Result<void> Proxy::heal() {
    for (Session& session : sessions_) {
        if (session.conversation.is_spoilt) {
            session.conversation.reset();
        }
    }
    return clear();
}

Task<void> Proxy::accept_all(std::uint64_t door) {
    while (door == door_) {
        if (sessions_.size() >= sessions_max) {
            co_await rest();
            continue;
        }
        error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        Tcp::socket accepted = co_await acceptor_->async_accept(token);
        if (door != door_) {
            co_return;
        }
        if (error) {
            co_await rest();
            continue;
        }
        ++accepted_;
        const auto place =
            sessions_.emplace(sessions_.end(), executor_, std::move(accepted), &schedule_);
        tasks_.spawn(connect(place));
    }
}

/// Who cannot be connected to the server is reset: the nearest to a refusal that is left.
Task<void> Proxy::connect(Place place) {
    Conversation& conversation = place->conversation;
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await conversation.server.async_connect(server_, token);
    if (error && conversation.is_open()) {
        conversation.reset();
    }
    if (!conversation.is_open()) {
        sessions_.erase(place);
        co_return;
    }
    // Otherwise a piece might wait for the next one and arrive together with it.
    error_code ignored;
    conversation.client.set_option(Tcp::no_delay{true}, ignored);
    conversation.server.set_option(Tcp::no_delay{true}, ignored);
    place->pumps = 2;
    tasks_.spawn(pump(place, &place->requests));
    tasks_.spawn(pump(place, &place->answers));
}

Task<void> Proxy::pump(Place place, Pump* pump) {
    co_await pump->run();
    --place->pumps;
    if (place->pumps == 0) {
        if (place->conversation.is_open()) {
            place->conversation.close();
        }
        sessions_.erase(place);
    }
}

Task<void> Proxy::rest() {
    error_code ignored;
    asio::steady_timer timer{executor_, accept_pause};
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await timer.async_wait(token);
}

Task<void> Proxy::stop() {
    close_door();
    for (Session& session : sessions_) {
        session.conversation.reset();
    }
    co_await tasks_.join();
    FOLLOWD_ASSERT(sessions_.empty());
}

}  // namespace followd::fault
