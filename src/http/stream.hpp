#pragma once

#include "http/client.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

/// Bytes to and from one peer: TCP or a unix socket, with TLS or without, behind one type.

namespace followd::http {

using Endpoint = boost::asio::generic::stream_protocol::endpoint;

/// Every operation may be ended by close() from the same thread; it then fails like a broken
/// connection. One read and one write at a time. Must outlive its operations.
class Stream {
public:
    using Socket = boost::asio::generic::stream_protocol::socket;

    struct Transfer {
        boost::system::error_code error;  ///< asio::error::eof where the peer closed in order
        std::size_t bytes = 0;
    };

    /// To connect() with.
    explicit Stream(const boost::asio::any_io_executor& executor);
    /// Of a connection that came in.
    explicit Stream(Socket accepted);

    [[nodiscard]] boost::asio::awaitable<boost::system::error_code> connect(Endpoint endpoint);
    /// TLS from here on. `host` is asked for by name and, with `verify`, must be certified.
    [[nodiscard]] boost::asio::awaitable<boost::system::error_code> shake_hands(
        std::shared_ptr<boost::asio::ssl::context> context, std::string host, bool verify);
    /// The same at the end that was connected to.
    [[nodiscard]] boost::asio::awaitable<boost::system::error_code> accept_tls(
        std::shared_ptr<boost::asio::ssl::context> context);
    [[nodiscard]] boost::asio::awaitable<Transfer> read_some(boost::asio::mutable_buffer into);
    /// Writes all of both; the bytes must stay where they are until then.
    [[nodiscard]] boost::asio::awaitable<Transfer> write(
        std::array<boost::asio::const_buffer, 2> pieces);
    /// Without TLS only: that many bytes of an open file, not copied through this process. Fewer
    /// without an error where the file ends before. The kernel sends what stands in the file when
    /// it comes to it, also later. The process must ignore SIGPIPE.
    [[nodiscard]] boost::asio::awaitable<Transfer> send_file(int file,
                                                             std::uint64_t offset,
                                                             std::size_t bytes);
    /// How much was written that the peer's machine has not said to have.
    [[nodiscard]] std::size_t unconfirmed_bytes();

    /// Ends a connect() under way, so that another endpoint can be tried.
    void abandon_connect();
    /// For good: a closed stream connects no more.
    void close();
    [[nodiscard]] bool is_closed() const noexcept { return closed_; }
    [[nodiscard]] bool is_tls() const noexcept { return tls_ != nullptr; }
    /// The peer reads an end after what was written; it may still be read from.
    void end_writing();
    /// True while the peer has neither closed nor sent anything: fit for another request.
    [[nodiscard]] bool is_quiet();
    /// What a failed operation means, for a person.
    [[nodiscard]] std::string explain(const boost::system::error_code& error);

private:
    Socket socket_;
    std::shared_ptr<boost::asio::ssl::context> context_;
    std::unique_ptr<boost::asio::ssl::stream<Socket&>> tls_;
    bool closed_ = false;
};

/// Whether TLS itself failed (a certificate, an alert, no TLS at the other end), not the network.
[[nodiscard]] bool is_tls_failure(const boost::system::error_code& error);

}  // namespace followd::http
