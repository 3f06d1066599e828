#pragma once

#include "followd/base/result.hpp"

#include "http/lookup.hpp"
#include "http/stream.hpp"
#include "http/url.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>

#include <memory>

/// From an address to a Stream that is ready for HTTP.

namespace followd::http {

/// Whom to connect to, and whom to believe.
struct Peer {
    Url url;
    std::shared_ptr<boost::asio::ssl::context> tls;  ///< set where url.tls is
    bool verify = true;
};

/// Opens one Stream, which it does not own and which must outlive it. One executor's thread only.
class Dial {
public:
    Dial(boost::asio::any_io_executor executor, Stream* stream);

    /// Looks the name up, connects to one endpoint after the other, shakes hands: all within
    /// `limit`. Failures: unreachable, untrusted.
    [[nodiscard]] boost::asio::awaitable<Result<void>> open(Peer peer, Duration limit);
    /// Ends open() soon; the Stream is closed.
    void cancel();

private:
    [[nodiscard]] boost::asio::awaitable<Result<void>> open_unbounded(Peer peer, Instant ends);
    [[nodiscard]] boost::asio::awaitable<boost::system::error_code> connect_to_any(
        std::vector<Endpoint> endpoints, Instant ends);

    boost::asio::any_io_executor executor_;
    Stream* stream_;
    Lookup lookup_;
};

}  // namespace followd::http
