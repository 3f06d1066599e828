#include "http/url.hpp"

#include "config/url_check.hpp"
#include "fuzz/oracle.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Addresses as a person may write them: a cluster's URL, and where the admin API listens.
///
/// What is accepted is printed and read again to the same; what the configuration accepts, the HTTP
/// client does, too; no message repeats what may be a password.

namespace followd::fuzz {
namespace {

constexpr std::size_t message_bytes_max = 120;

bool is_visible_ascii(std::string_view text) {
    return text.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
               "!#$%&'()*+,-./:;=?@[]^_`{|}~") == std::string_view::npos;
}

void check_url(const http::Url& url) {
    require(!url.host.empty() && url.host.size() <= 253, "a host is there and no longer than DNS");
    require(is_visible_ascii(url.host), "a host cannot split a request's header", url.host);
    require(url.port != 0, "a cluster has a port to connect to");
    require(url.unix_path.empty(), "a cluster's URL is no socket's path");
    require(url.prefix.empty() || (url.prefix.starts_with('/') && !url.prefix.ends_with('/')),
            "a prefix begins with a slash and does not end with one",
            url.prefix);
    require(is_visible_ascii(url.prefix), "a prefix cannot split a request's line", url.prefix);
    const std::string text = url.text();
    const Result<http::Url> again = http::parse_url(text);
    require(again.ok(), "a URL that was printed can be read", text);
    require(*again == url && again->text() == text, "it is read to the same", text);
}

/// The text without what stands before '@'; nothing where there is none.
std::optional<std::string> without_user_information(std::string_view text) {
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) {
        return std::nullopt;
    }
    const std::size_t begin = scheme + 3;
    const std::size_t at = text.substr(0, text.find_first_of("/?#", begin)).rfind('@');
    if (at == std::string_view::npos || at < begin) {
        return std::nullopt;
    }
    return std::string{text.substr(0, begin)} + "x" + std::string{text.substr(at)};
}

void play_url(std::string_view text) {
    const Result<http::Url> url = http::parse_url(text);
    const bool may_be_configured = !config::url_problem(text);
    if (url.ok()) {
        check_url(*url);
    } else {
        require(!may_be_configured, "the client takes what the configuration takes", text);
        const Failure& failure = url.failure();
        require(failure.kind == FailureKind::refused, "a wrong URL is refused");
        require(failure.what.size() <= message_bytes_max, "a message is short", failure.what);
    }
    if (const std::optional<std::string> other = without_user_information(text)) {
        require(!url.ok(), "user information is refused", text);
        const Result<http::Url> known = http::parse_url(*other);
        require(!known.ok() && known.failure().what == url.failure().what,
                "a message says nothing of user information",
                url.failure().what);
        require(config::url_problem(text) == config::url_problem(*other),
                "nor does the configuration's",
                text);
    }
}

void play_listen_address(std::string_view text) {
    const Result<http::Url> address = http::parse_listen_address(text);
    const std::optional<config::HostPort> parts = config::split_host_port(text);
    const bool is_socket = text.starts_with("unix:");  // which the configuration knows by that
    if (!is_socket && parts && !parts->port.empty()) {
        require(address.ok() && address->host == parts->host,
                "an address that may be configured can be listened on",
                text);
    }
    if (!address.ok()) {
        require(address.failure().what.size() <= message_bytes_max, "a message is short");
        return;
    }
    if (!address->unix_path.empty()) {
        require(address->text() == text, "a socket's path is printed as it was written", text);
        return;
    }
    const Result<http::Url> again = http::parse_listen_address(address->authority());
    require(again.ok() && *again == *address, "an address is printed and read to the same", text);
    if (address->port != 0) {
        const Result<http::Url> seen = http::parse_url(address->text());
        require(seen.ok() && *seen == *address, "a client finds the server by its text", text);
    }
}

}  // namespace
}  // namespace followd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = followd::fuzz::text_of(data, size);
    followd::fuzz::play_url(text);
    followd::fuzz::play_listen_address(text);
    return 0;
}
