#include "admin/access.hpp"

#include "http/same_secret.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace followd::admin {

namespace {

/// The Host header without its port, in lower case, and without an IPv6 literal's brackets.
std::string host_of(std::string_view header) {
    std::string_view host = header;
    if (host.starts_with('[')) {
        const std::size_t end = host.find(']');
        host = end == std::string_view::npos ? std::string_view{} : host.substr(1, end - 1);
    } else {
        host = host.substr(0, host.find(':'));
    }
    std::string name(host);
    std::ranges::transform(
        name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name;
}

/// Digits and dots, or what only an IPv6 literal holds. A name that looks like one is no name that
/// a resolver would take.
bool is_address(std::string_view host) {
    const bool is_ipv4 =
        !host.empty() && host.find_first_not_of("0123456789.") == std::string::npos;
    return is_ipv4 || host.find(':') != std::string_view::npos;
}

bool has_token(const AccessRules& rules, std::string_view authorization) {
    constexpr std::string_view scheme = "Bearer ";
    return !rules.token.empty() && authorization.starts_with(scheme) &&
           http::is_same_secret(authorization.substr(scheme.size()), rules.token);
}

}  // namespace

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_address(host));
}

http::Response error_response(int status, std::string_view what) {
    const nlohmann::json body{{"error", what}};
    http::Response response;
    response.status = status;
    response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    response.content_type = "application/json";
    return response;
}

std::optional<http::Response> refusal(const AccessRules& rules,
                                      const http::ServerRequest& request) {
    if (rules.is_unix) {
        return std::nullopt;
    }
    const std::string host = host_of(request.host);
    const bool is_ours = host == "localhost" || is_address(host) || host == host_of(rules.host);
    if (host.empty() || !is_ours) {
        return error_response(403, "the Host header names another host");
    }
    const bool changes =
        request.method != http::Method::get && request.method != http::Method::head;
    if ((changes || !rules.is_loopback) && !has_token(rules, request.authorization)) {
        return error_response(401,
                              "this needs the header Authorization: Bearer TOKEN, with the token "
                              "of admin.token_file");
    }
    return std::nullopt;
}

}  // namespace followd::admin
