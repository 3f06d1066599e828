#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"

#include "http/message.hpp"
#include "http/url.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

/// A small HTTP/1.1 server for the admin API, on TCP or a unix socket. It knows no routes and no
/// tokens: the handler does.

namespace followd::http {

struct ServerRequest {
    Method method = Method::get;
    std::string target{};         ///< as it came: path and query, encoded, not to be trusted
    std::string host{};           ///< the Host header; empty where there was none
    std::string authorization{};  ///< the header's whole value. A secret.
    std::string body{};
};

/// Response::status, content_type and body count; a HEAD request's body is not sent. What it throws
/// becomes a 500 without details.
using Handler = std::function<boost::asio::awaitable<Response>(ServerRequest)>;

struct ServerOptions {
    Url listen{};                      ///< from parse_listen_address
    std::size_t connections_max = 64;  ///< more are told 503 and closed
    std::size_t header_bytes_max = 16U << 10U;
    std::size_t body_bytes_max = 1U << 20U;
    Duration idle_max = std::chrono::seconds{30};  ///< for one request to come whole, or to be sent
};

/// One executor's thread only. start() and stop() are a pair; destruction asserts it.
class Server {
public:
    Server(boost::asio::any_io_executor executor, ServerOptions options, Handler handler);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Listens when it returns. A Failure says in words what to change (`refused`, `conflict`).
    [[nodiscard]] Result<void> start();
    /// Closes listener and connections and returns when the last session has ended. A handler under
    /// way is waited for: stop first what it may be waiting for. Fine without start().
    [[nodiscard]] boost::asio::awaitable<void> stop();
    /// The address in force, with the port that the system chose. Only while started.
    [[nodiscard]] const Url& address() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace followd::http
