#include "http/stream.hpp"

#include "followd/base/assert.hpp"

#include "http/tls.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <cerrno>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <utility>

namespace followd::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// A load balancer or firewall that forgets a silent connection mostly does so after minutes.
constexpr int keepalive_idle_s = 30;
constexpr int keepalive_interval_s = 10;
constexpr int keepalive_probes = 3;

/// Best effort: without these the connection works, only later or less surely.
void tune_tcp(int descriptor) {
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &keepalive_idle_s, sizeof keepalive_idle_s);
    ::setsockopt(
        descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &keepalive_interval_s, sizeof keepalive_interval_s);
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &keepalive_probes, sizeof keepalive_probes);
}

}  // namespace

Stream::Stream(const asio::any_io_executor& executor) : socket_{executor} {}

Stream::Stream(Socket accepted) : socket_{std::move(accepted)} {
    error_code error;
    const auto endpoint = socket_.local_endpoint(error);
    if (!error && endpoint.protocol().family() != AF_UNIX) {
        tune_tcp(socket_.native_handle());
    }
}

asio::awaitable<error_code> Stream::connect(Endpoint endpoint) {
    error_code error;
    if (closed_) {
        // Asio would open the socket again.
        co_return asio::error::operation_aborted;
    }
    if (socket_.is_open()) {
        socket_.close(error);
    }
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await socket_.async_connect(endpoint, token);
    if (!error && endpoint.protocol().family() != AF_UNIX) {
        tune_tcp(socket_.native_handle());
    }
    co_return error;
}

asio::awaitable<error_code> Stream::shake_hands(std::shared_ptr<asio::ssl::context> context,
                                                std::string host,
                                                bool verify) {
    FOLLOWD_ASSERT(context != nullptr);
    context_ = std::move(context);
    tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, *context_);
    if (!expect_peer(tls_->native_handle(), host, verify)) {
        co_return asio::error::invalid_argument;
    }
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await tls_->async_handshake(asio::ssl::stream_base::client, token);
    co_return error;
}

asio::awaitable<error_code> Stream::accept_tls(std::shared_ptr<asio::ssl::context> context) {
    FOLLOWD_ASSERT(context != nullptr);
    context_ = std::move(context);
    tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, *context_);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await tls_->async_handshake(asio::ssl::stream_base::server, token);
    co_return error;
}

asio::awaitable<Stream::Transfer> Stream::read_some(asio::mutable_buffer into) {
    Transfer transfer;
    auto token = asio::redirect_error(asio::use_awaitable, transfer.error);
    if (tls_) {
        transfer.bytes = co_await tls_->async_read_some(into, token);
    } else {
        transfer.bytes = co_await socket_.async_read_some(into, token);
    }
    co_return transfer;
}

asio::awaitable<Stream::Transfer> Stream::write(std::array<asio::const_buffer, 2> pieces) {
    Transfer transfer;
    auto token = asio::redirect_error(asio::use_awaitable, transfer.error);
    if (tls_) {
        transfer.bytes = co_await asio::async_write(*tls_, pieces, token);
    } else {
        transfer.bytes = co_await asio::async_write(socket_, pieces, token);
    }
    co_return transfer;
}

asio::awaitable<Stream::Transfer> Stream::send_file(int file,
                                                    std::uint64_t offset,
                                                    std::size_t bytes) {
    FOLLOWD_ASSERT(!tls_);
    Transfer transfer;
    auto token = asio::redirect_error(asio::use_awaitable, transfer.error);
    auto at = static_cast<off_t>(offset);
    socket_.native_non_blocking(true, transfer.error);
    while (!transfer.error && transfer.bytes < bytes) {
        co_await socket_.async_wait(Socket::wait_write, token);
        if (transfer.error) {
            break;
        }
        const ssize_t sent = ::sendfile(socket_.native_handle(), file, &at, bytes - transfer.bytes);
        if (sent == 0) {
            break;
        }
        if (sent > 0) {
            transfer.bytes += static_cast<std::size_t>(sent);
        } else if (errno != EAGAIN && errno != EINTR) {
            transfer.error = error_code{errno, boost::system::system_category()};
        }
    }
    co_return transfer;
}

std::size_t Stream::unconfirmed_bytes() {
    int bytes = 0;
    const bool known = ::ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) == 0;
    return known && bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

void Stream::end_writing() {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::abandon_connect() {
    error_code ignored;
    socket_.close(ignored);
}

void Stream::close() {
    closed_ = true;
    error_code ignored;
    socket_.close(ignored);
}

bool Stream::is_quiet() {
    if (!socket_.is_open()) {
        return false;
    }
    char byte = 0;
    const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

std::string Stream::explain(const error_code& error) {
    if (tls_ && is_tls_failure(error)) {
        return explain_tls_failure(tls_->native_handle(), error);
    }
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) {
        return "the server closed the connection";
    }
    return error.message();
}

bool is_tls_failure(const error_code& error) {
    return error.category() == asio::error::get_ssl_category();
}

}  // namespace followd::http
