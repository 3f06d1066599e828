#pragma once

#include "followd/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Addresses as a person writes them: a cluster's URL, and the place where the admin API listens.

namespace followd::http {

/// A cluster's port, where its URL names none.
inline constexpr std::uint16_t cluster_port = 9200;

struct Url {
    bool tls = false;
    std::string host;  ///< a name, an IPv4 literal, or an IPv6 literal without brackets
    std::uint16_t port = cluster_port;
    std::string prefix;     ///< "" or "/path" without a slash at the end
    std::string unix_path;  ///< when set, a unix socket: tls is false, host and port mean nothing

    /// "https://host:port/prefix" with brackets around an IPv6 literal, or "unix:/path".
    [[nodiscard]] std::string text() const;
    /// "host:port" with brackets around an IPv6 literal: what the Host header says.
    [[nodiscard]] std::string authority() const;
    friend bool operator==(const Url&, const Url&) = default;
};

/// Takes http:// and https:// with an optional port and path prefix; refuses user information (a
/// secret belongs in a file), queries, fragments and anything else, saying why. The message never
/// repeats user information.
[[nodiscard]] Result<Url> parse_url(std::string_view text,
                                    std::uint16_t default_port = cluster_port);

/// Takes what `admin.listen` may say: "unix:/absolute/path", "host:port" or "[ipv6]:port". Port 0
/// lets the system choose. The result serves both the Server and a Client of it.
[[nodiscard]] Result<Url> parse_listen_address(std::string_view text);

}  // namespace followd::http
