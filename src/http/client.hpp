#pragma once

#include "followd/base/result.hpp"

#include "http/message.hpp"
#include "http/url.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

/// One cluster over HTTP: several addresses, a pool of kept-alive connections, authentication, TLS,
/// compression. It retries nothing but the choice of address for a request that was never sent.

namespace followd::http {

struct TlsOptions {
    std::string ca_file{};  ///< PEM; empty means the system's store
    std::string client_cert_file{};
    std::string client_key_file{};  ///< not encrypted
    bool verify = true;             ///< certificate chain and host name
};

struct ClientOptions {
    std::string name{};           ///< the cluster's, for messages
    std::vector<Url> urls{};      ///< at least one
    std::string authorization{};  ///< whole value of the header; empty for none. A secret.
    /// "/TOKEN": stands first in every path, behind the URL's own. A secret, so in no message.
    std::string secret_path{};
    TlsOptions tls{};
    bool compression = false;  ///< gzip request bodies of 1 KiB and more, accept gzip answers
    std::size_t connections_max = 32;  ///< in use and idle together; more sends wait their turn
    /// For one address: look-up, connect and TLS handshake together.
    Duration connect_timeout = std::chrono::seconds{5};
};

class Client {
public:
    /// Reads CA and key files. Fails with `untrusted` (which file, why) or `refused` (no address,
    /// no connection allowed, a line break in the authorization).
    [[nodiscard]] static Result<std::unique_ptr<Client>> create(
        boost::asio::any_io_executor executor, ClientOptions options);
    virtual ~Client() = default;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// One exchange within request.deadline, which covers waiting for a connection, connecting,
    /// sending and the whole answer. Any HTTP status is a Response, not a Failure. Failures:
    /// unreachable, timeout, untrusted, too_large, malformed, cancelled. A request that may have
    /// reached the server is never sent twice from here; an idle connection that the server closed
    /// before a byte of the answer is a fresh start only for GET and HEAD.
    /// request.target begins with "/" and is encoded (asserted).
    /// Only from the executor's thread. The Client must outlive every send.
    [[nodiscard]] virtual boost::asio::awaitable<Result<Response>> send(Request request) = 0;

    /// Closes every connection; sends under way fail with `cancelled` as soon as the executor runs
    /// on, later ones at once. To be followed by the end of all sends, then by destruction.
    virtual void close() = 0;

protected:
    Client() = default;
};

}  // namespace followd::http
