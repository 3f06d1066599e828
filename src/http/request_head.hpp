#pragma once

#include "http/message.hpp"
#include "http/stream.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

/// Requests as a server of files reads them: their heads, one after the other on one connection.

namespace followd::http {

struct RequestHead {
    std::optional<Method> method{};  ///< nothing for one that has no name here
    std::string target{};            ///< as it came, not to be trusted
    std::string range{};             ///< headers; empty where they are absent
    std::string if_range{};
    bool is_http_11 = true;  ///< an older client does not know chunks
    bool keep_alive = true;
    bool has_body = false;  ///< which is not read: the connection is of no use after the answer
};

struct ReadRequest {
    std::optional<RequestHead> head{};
    int refusal = 0;  ///< without a head: the status to answer with, 0 where the peer is gone
};

class RequestReader {
public:
    RequestReader(Stream* stream, std::size_t header_bytes_max);
    ~RequestReader();
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;

    /// Waits for the next head. What came behind it is kept for the next call.
    [[nodiscard]] boost::asio::awaitable<ReadRequest> read();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace followd::http
