#pragma once

#include "followd/base/time.hpp"

#include "http/byte_range.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Requests and answers as plain values; no Beast type leaves this folder.

namespace followd::http {

enum class Method : std::uint8_t { get, head, post, put, del };

/// As it stands in a request line: "GET", "DELETE".
[[nodiscard]] std::string_view to_string(Method method) noexcept;

struct Request {
    Method method = Method::get;
    std::string target{};  ///< path and query, encoded; the client adds a URL's prefix
    std::string body{};
    std::string content_type{};  ///< empty where there is no body
    Duration deadline = std::chrono::seconds{30};
    std::size_t response_bytes_max = 16U << 20;  ///< above it: FailureKind::too_large
    std::optional<ByteRange> range{};            ///< ask for this part only; at least one byte
};

struct Response {
    int status = 0;
    /// Decompressed. Its capacity is at least size + 64, so that simdjson reads it in place.
    std::string body{};
    std::string content_type{};
    std::string location{};  ///< the address that answered, "https://host:port"
    std::string etag{};
    std::string content_range{};  ///< which part of what this is, "bytes 0-9/200"
};

/// Percent-encodes one path segment or query value (everything but unreserved characters).
[[nodiscard]] std::string encode_component(std::string_view text);

}  // namespace followd::http
