#pragma once

#include "followd/base/result.hpp"

#include "http/message.hpp"

#include <cstddef>
#include <string>
#include <string_view>

/// What the servers' errors mean: the only place where an HTTP status or an error type becomes a
/// FailureKind, for whole requests and for single items of a bulk or a multi-get.

namespace followd::es {

/// An error as a server tells it.
struct ServerError {
    int status = 0;      ///< 0 where an item has none of its own
    std::string type;    ///< "index_not_found_exception"; empty where no server's JSON came
    std::string reason;  ///< as it came: it may quote a document, see `describe`
};

/// What the error is about. An error about a document may quote its values in ever new ways, so of
/// those only reasons known to be harmless are passed on.
enum class ErrorScope { request, document };

/// Longest text of an error, in bytes.
inline constexpr std::size_t error_text_max = 256;

/// The error of an answer whose status is not 2xx. Never fails: what is not JSON is an error
/// without a type. A wrapper around one cause ("all shards failed") gives way to its cause.
[[nodiscard]] ServerError read_error(const http::Response& response);

[[nodiscard]] FailureKind kind_of(const ServerError& error, ErrorScope scope);

/// "type: reason" without anything of a document's source, in one line of at most error_text_max
/// bytes.
[[nodiscard]] std::string describe(const ServerError& error, ErrorScope scope);

/// `attempt` completes "could not ...".
[[nodiscard]] Failure failure_of(const ServerError& error,
                                 ErrorScope scope,
                                 std::string_view attempt,
                                 std::string where);

/// An answer that is not what the protocol says.
[[nodiscard]] Failure malformed(std::string_view attempt, std::string_view why, std::string where);

}  // namespace followd::es
