#pragma once

#include "followd/base/result.hpp"

#include "http/dial.hpp"
#include "http/message.hpp"
#include "http/outgoing.hpp"
#include "http/url.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>

/// One connection to one address and the HTTP/1.1 spoken on it. Beast stays behind it.

namespace followd::http {

/// One operation at a time, ended early by close() from the same thread: the operation then returns
/// a Failure whose kind is to be replaced by the caller, who knows why it closed. The Connection
/// must outlive its operations. A Failure's `where` is left to the caller.
class Connection {
public:
    Connection(boost::asio::any_io_executor executor, Peer peer);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Looks the name up, connects, shakes hands. Failures: unreachable, untrusted.
    [[nodiscard]] boost::asio::awaitable<Result<void>> open(Duration limit);
    /// Sends the request once and reads the answer. `outgoing` must live until then.
    /// Failures: unreachable (no byte of an answer came), malformed, too_large, untrusted.
    [[nodiscard]] boost::asio::awaitable<Result<Response>> exchange(const Outgoing* outgoing);

    void close();
    /// Whether a byte of the last exchange's answer came.
    [[nodiscard]] bool was_answered() const noexcept;
    /// Whether another request may be sent on it, as far as can be known now.
    [[nodiscard]] bool is_reusable() const;
    [[nodiscard]] const Url& url() const noexcept;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace followd::http
