#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace followd::config {

/// Whether the file's text is an address that the HTTP client will take (http/url.hpp reads it;
/// this folder may not include that one): http or https, a host, an IPv4 literal or an IPv6 literal
/// in brackets, an optional port and path prefix; no user information, query or fragment.
/// Returns what is wrong, the end of a sentence without the address itself, which may hold a
/// password; nothing where it is well. `advice` says of a user name and a password where they
/// belong.
[[nodiscard]] std::optional<std::string> url_problem(
    std::string_view url, std::string_view advice = "which belong under auth");

/// A host with a port, as `admin.listen` and an address have them.
struct HostPort {
    std::string_view host;  ///< an IPv6 literal without its brackets
    std::string_view port;  ///< digits; empty where there is none
};

/// Splits "host:port", "host", "[::1]:port"; nothing where it is none of these.
[[nodiscard]] std::optional<HostPort> split_host_port(std::string_view text);

/// 1..65535.
[[nodiscard]] std::optional<unsigned> parse_port(std::string_view text);

}  // namespace followd::config
