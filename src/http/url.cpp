#include "http/url.hpp"

#include <charconv>
#include <optional>
#include <sys/un.h>

namespace followd::http {

namespace {

constexpr std::size_t host_bytes_max = 253;

struct Authority {
    std::string host;
    std::optional<std::uint16_t> port;
};

Failure refused(std::string what) {
    return {FailureKind::refused, std::move(what), {}};
}

bool is_ipv6_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
           c == '.';
}

bool is_host_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_';
}

/// Visible ASCII without what would end or split a request line.
bool is_path_character(char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\';
}

template <class Predicate>
bool consists_of(std::string_view text, Predicate predicate) {
    for (const char c : text) {
        if (!predicate(c)) {
            return false;
        }
    }
    return true;
}

Result<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return refused("the port must be a number up to 65535");
    }
    return port;
}

/// "host", "host:port", "[ipv6]" or "[ipv6]:port".
Result<Authority> parse_authority(std::string_view text) {
    Authority authority;
    std::string_view rest;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) {
            return refused("the bracket of the IPv6 address is not closed");
        }
        authority.host = text.substr(1, close - 1);
        rest = text.substr(close + 1);
        if (authority.host.find(':') == std::string::npos ||
            !consists_of(authority.host, is_ipv6_character)) {
            return refused("between the brackets there must be an IPv6 address");
        }
    } else {
        const auto colon = text.find(':');
        authority.host = text.substr(0, colon);
        rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
        if (rest.find(':', 1) != std::string_view::npos) {
            return refused("an IPv6 address must stand in brackets, as in [::1]:9200");
        }
        if (!consists_of(authority.host, is_host_character)) {
            return refused("the host has a character that no host name has");
        }
    }
    if (authority.host.empty() || authority.host.size() > host_bytes_max) {
        return refused("the host is missing or too long");
    }
    if (rest.empty()) {
        return authority;
    }
    if (!rest.starts_with(':')) {
        return refused("after the host only :port or a path may follow");
    }
    auto port = parse_port(rest.substr(1));
    if (!port) {
        return std::move(port).failure();
    }
    authority.port = *port;
    return authority;
}

Result<std::string> parse_prefix(std::string_view path) {
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    if (!consists_of(path, is_path_character)) {
        return refused("the path has a character that must be percent-encoded");
    }
    return std::string{path};
}

}  // namespace

std::string Url::authority() const {
    std::string text;
    const bool is_ipv6 = host.find(':') != std::string::npos;
    text += is_ipv6 ? "[" : "";
    text += host;
    text += is_ipv6 ? "]:" : ":";
    text += std::to_string(port);
    return text;
}

std::string Url::text() const {
    if (!unix_path.empty()) {
        return "unix:" + unix_path;
    }
    return (tls ? "https://" : "http://") + authority() + prefix;
}

Result<Url> parse_url(std::string_view text, std::uint16_t default_port) {
    Url url;
    if (text.starts_with("https://")) {
        url.tls = true;
        text.remove_prefix(8);
    } else if (text.starts_with("http://")) {
        text.remove_prefix(7);
    } else {
        return refused("a URL begins with http:// or https://");
    }
    // Before anything else, so that no later message can repeat a password.
    const auto authority_end = text.find_first_of("/?#");
    const auto authority_text = text.substr(0, authority_end);
    if (authority_text.find('@') != std::string_view::npos) {
        return refused("user and password do not belong in a URL: name a file that holds them");
    }
    const auto path =
        authority_end == std::string_view::npos ? std::string_view{} : text.substr(authority_end);
    if (path.find_first_of("?#") != std::string_view::npos) {
        return refused("the URL must have no query and no fragment");
    }
    auto authority = parse_authority(authority_text);
    if (!authority) {
        return std::move(authority).failure();
    }
    auto prefix = parse_prefix(path);
    if (!prefix) {
        return std::move(prefix).failure();
    }
    url.host = std::move(authority->host);
    url.port = authority->port.value_or(default_port);
    url.prefix = std::move(*prefix);
    if (url.port == 0) {
        return refused("port 0 is no port to connect to");
    }
    return url;
}

Result<Url> parse_listen_address(std::string_view text) {
    Url url;
    if (text.starts_with("unix:")) {
        text.remove_prefix(5);
        if (!text.starts_with('/')) {
            return refused("after unix: an absolute path must follow");
        }
        if (text.size() >= sizeof(sockaddr_un::sun_path)) {
            return refused("the path of a unix socket has at most " +
                           std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes");
        }
        if (text.find('\0') != std::string_view::npos) {
            return refused("the path has a zero byte");
        }
        url.unix_path = text;
        return url;
    }
    auto authority = parse_authority(text);
    if (!authority) {
        return std::move(authority).failure();
    }
    const auto port = authority->port;
    if (!port) {
        return refused("an address to listen on is unix:/path or host:port");
    }
    url.host = std::move(authority->host);
    url.port = *port;
    return url;
}

}  // namespace followd::http
