#pragma once

#include "followd/base/result.hpp"

#include "http/url.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

/// Where connections come in: accepts them, no more at a time than allowed, and knows when the work
/// on each has ended.

namespace followd::http {

struct ReceptionOptions {
    Url listen{};
    std::string setting{};  ///< where `listen` stands, for messages
    std::size_t connections_max = 64;
    std::string busy_answer{};  ///< written to one connection too many before it is closed
};

/// One executor's thread only. start(), close() and join() belong together; destruction asserts it.
class Reception {
public:
    using Socket = boost::asio::generic::stream_protocol::socket;
    /// The work on one connection. It ends soon after the owner closed that connection.
    using Serve = std::function<boost::asio::awaitable<void>(Socket)>;

    Reception(boost::asio::any_io_executor executor, ReceptionOptions options, Serve serve);
    ~Reception();
    Reception(const Reception&) = delete;
    Reception& operator=(const Reception&) = delete;

    /// Listens when it returns. Failures are those of Listener::open.
    [[nodiscard]] Result<void> start();
    /// Accepts no more. Fine without start().
    void close();
    /// After close(): returns when the last connection's work has ended. Then it may start again.
    [[nodiscard]] boost::asio::awaitable<void> join();
    [[nodiscard]] bool is_closing() const noexcept;
    /// The address in force, with the port that the system chose. Only while started.
    [[nodiscard]] const Url& address() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace followd::http
