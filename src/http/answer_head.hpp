#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What a server of files says before a body.

namespace followd::http {

struct AnswerHead {
    int status = 200;
    std::optional<std::uint64_t> length{};  ///< nothing: in chunks, or up to the connection's end
    bool is_chunked = false;                ///< only without a length
    bool keep_alive = true;
    std::string content_type{};  ///< headers; empty ones are left out
    std::string content_range{};
    std::string etag{};
    std::string accept_ranges{};
    std::string allow{};
};

/// Status line and headers, up to and with the empty line.
[[nodiscard]] std::string write_answer_head(const AnswerHead& head);

/// Around a piece of a body in chunks. An empty piece has none: a chunk of 0 bytes is the end.
[[nodiscard]] std::string as_chunk(std::string_view piece);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace followd::http
