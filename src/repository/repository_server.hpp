#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"

#include "http/tls.hpp"
#include "http/url.hpp"
#include "repository/session.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

/// The files of a snapshot repository, read-only over HTTP/1.1: what a `url` repository of another
/// cluster restores from.
///
///     GET|HEAD /TOKEN/PATH       a file below the root, whole or one range of it
///     GET      /TOKEN/?manifest  the list of all files (manifest.hpp)
///
/// Without a token paths begin at "/". Everything else is 404.

namespace followd::repository {

struct ServerOptions {
    std::string root{};
    http::Url listen{};            ///< from parse_listen_address
    std::string listen_setting{};  ///< where it stands, for messages
    std::string token{};           ///< can_be_token(), or empty. A secret.
    std::optional<http::ServerTlsOptions> tls{};
    std::size_t connections_max = 256;
    /// For a request to come, and for a client to take the next megabyte.
    Duration idle_max = std::chrono::seconds{60};
    /// What an operator should know: one sentence, without secrets.
    std::function<void(const std::string&)> complain = [](const std::string& /*what*/) {};
};

/// One executor's thread only. start() and stop() are a pair; destruction asserts it.
class RepositoryServer {
public:
    RepositoryServer(boost::asio::any_io_executor executor, ServerOptions options);
    ~RepositoryServer();
    RepositoryServer(const RepositoryServer&) = delete;
    RepositoryServer& operator=(const RepositoryServer&) = delete;

    /// Opens the root, reads the certificate and listens. A Failure says in words what to change.
    [[nodiscard]] Result<void> start();
    /// Accepts no more and returns when the last connection has ended: idle ones at once, an answer
    /// under way when it was sent, but no later than after `grace`. Fine without start().
    [[nodiscard]] boost::asio::awaitable<void> stop(Duration grace);
    /// Ends the grace of a stop() under way.
    void cut_off();

    /// The address in force, with the port that the system chose. Only while started.
    [[nodiscard]] const http::Url& address() const;
    [[nodiscard]] Counts counts() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace followd::repository
