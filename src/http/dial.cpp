#include "http/dial.hpp"

#include "followd/base/assert.hpp"

#include "http/deadline.hpp"

#include <boost/asio/error.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace followd::http {

namespace asio = boost::asio;
using boost::system::error_code;

Dial::Dial(asio::any_io_executor executor, Stream* stream)
    : executor_{std::move(executor)}, stream_{stream}, lookup_{executor_} {
    FOLLOWD_ASSERT(stream_ != nullptr);
}

void Dial::cancel() {
    lookup_.cancel();
    stream_->close();
}

asio::awaitable<Result<void>> Dial::open(Peer peer, Duration limit) {
    FOLLOWD_ASSERT(peer.url.tls == (peer.tls != nullptr));
    Deadline deadline{executor_, limit};
    deadline.set_closer([this] { cancel(); });
    auto opened = co_await open_unbounded(std::move(peer), deadline.ends());
    if (deadline.cause() != Deadline::Cause::none) {
        const auto limit_ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit);
        co_return Failure{
            FailureKind::unreachable,
            "no connection within " + std::to_string(limit_ms.count()) +
                " ms: the name server, the host or a firewall says nothing, or something accepts "
                "connections and stays silent",
            {}};
    }
    co_return opened;
}

asio::awaitable<Result<void>> Dial::open_unbounded(Peer peer, Instant ends) {
    auto endpoints = co_await lookup_.resolve(peer.url);
    if (!endpoints) {
        co_return std::move(endpoints).failure();
    }
    error_code error = co_await connect_to_any(std::move(*endpoints), ends);
    if (error) {
        co_return Failure{FailureKind::unreachable, "cannot connect: " + error.message(), {}};
    }
    if (!peer.url.tls) {
        co_return Result<void>{};
    }
    error = co_await stream_->shake_hands(peer.tls, peer.url.host, peer.verify);
    if (error && is_tls_failure(error)) {
        co_return Failure{FailureKind::untrusted, stream_->explain(error), {}};
    }
    if (error) {
        co_return Failure{FailureKind::unreachable,
                          "the TLS handshake broke: " + stream_->explain(error) +
                              " (is this a port that speaks TLS?)",
                          {}};
    }
    co_return Result<void>{};
}

asio::awaitable<error_code> Dial::connect_to_any(std::vector<Endpoint> endpoints, Instant ends) {
    FOLLOWD_ASSERT(!endpoints.empty());
    error_code error;
    auto left = static_cast<Duration::rep>(endpoints.size());
    for (const auto& endpoint : endpoints) {
        // One endpoint of a name that stays silent must leave time for the others.
        Deadline share{executor_, (ends - now()) / left};
        --left;
        share.set_closer([this] { stream_->abandon_connect(); });
        error = co_await stream_->connect(endpoint);
        if (share.cause() != Deadline::Cause::none) {
            error = asio::error::timed_out;
        }
        if (!error) {
            break;
        }
    }
    co_return error;
}

}  // namespace followd::http
