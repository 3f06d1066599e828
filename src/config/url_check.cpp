#include "config/url_check.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace followd::config {

namespace {

bool is_ipv6(std::string_view host) {
    in6_addr address{};
    // A zero byte would end the text before its end.
    return host.find('\0') == std::string_view::npos &&
           inet_pton(AF_INET6, std::string{host}.c_str(), &address) == 1;
}

/// The longest name that DNS has.
constexpr std::size_t host_bytes_max = 253;

bool is_name_or_ipv4(std::string_view host) {
    return !host.empty() && host.size() <= host_bytes_max &&
           std::all_of(host.begin(), host.end(), [](char character) {
               return (character >= 'a' && character <= 'z') ||
                      (character >= 'A' && character <= 'Z') ||
                      (character >= '0' && character <= '9') || character == '.' ||
                      character == '-' || character == '_';
           });
}

/// What may stand in a path as it goes over the wire.
bool is_path(std::string_view path) {
    return std::all_of(path.begin(), path.end(), [](char character) {
        return character > ' ' && character < '\x7f' &&
               std::string_view{"\"<>\\^`{|}"}.find(character) == std::string_view::npos;
    });
}

}  // namespace

std::optional<unsigned> parse_port(std::string_view text) {
    unsigned port = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, port);
    if (error != std::errc{} || stop != end || port == 0 || port > 65'535) {
        return std::nullopt;
    }
    return port;
}

std::optional<HostPort> split_host_port(std::string_view text) {
    std::string_view host;
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) {
            return std::nullopt;
        }
        host = text.substr(1, close - 1);
        rest = text.substr(close + 1);
        if (!is_ipv6(host)) {
            return std::nullopt;
        }
    } else {
        const std::size_t colon = std::min(text.find(':'), text.size());
        host = text.substr(0, colon);
        rest = text.substr(colon);
        if (!is_name_or_ipv4(host)) {
            return std::nullopt;
        }
    }
    if (rest.empty()) {
        return HostPort{.host = host, .port = {}};
    }
    if (rest.front() != ':' || !parse_port(rest.substr(1))) {
        return std::nullopt;
    }
    return HostPort{.host = host, .port = rest.substr(1)};
}

std::optional<std::string> url_problem(std::string_view url, std::string_view advice) {
    if (url.starts_with("https://")) {
        url.remove_prefix(8);
    } else if (url.starts_with("http://")) {
        url.remove_prefix(7);
    } else {
        return "does not begin with http:// or https://";
    }
    const std::size_t path_at = std::min(url.find_first_of("/?#"), url.size());
    const std::string_view authority = url.substr(0, path_at);
    const std::string_view path = url.substr(path_at);
    if (authority.find('@') != std::string_view::npos) {
        return "holds a user name or a password, " + std::string{advice};
    }
    if (path.find_first_of("?#") != std::string_view::npos) {
        return "holds a query or a fragment";
    }
    if (!split_host_port(authority)) {
        return "has no valid host and port";
    }
    if (!is_path(path)) {
        return "holds a character that an address cannot hold";
    }
    return std::nullopt;
}

}  // namespace followd::config
