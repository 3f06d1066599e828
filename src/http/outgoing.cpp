#include "http/outgoing.hpp"

#include "followd/base/assert.hpp"

#include "http/gzip.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace followd::http {

namespace {

constexpr std::size_t gzip_bytes_min = 1U << 10U;
constexpr std::size_t described_bytes_max = 128;

/// A target that could split the head of the request is this program's own mistake.
bool is_target(std::string_view target) {
    return target.starts_with('/') &&
           std::ranges::all_of(target, [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_header_value(std::string_view value) {
    return std::ranges::none_of(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

void add_header(std::string& head, std::string_view name, std::string_view value) {
    head += name;
    head += ": ";
    head += value;
    head += "\r\n";
}

bool has_body(const Request& request) {
    return !request.body.empty() || request.method == Method::post || request.method == Method::put;
}

}  // namespace

Result<Outgoing> make_outgoing(Request request, std::string authorization, bool compression) {
    FOLLOWD_ASSERT(is_target(request.target));
    FOLLOWD_ASSERT(is_header_value(request.content_type));
    FOLLOWD_ASSERT(is_header_value(authorization));
    Outgoing outgoing{.request = std::move(request), .authorization = std::move(authorization)};
    outgoing.accepts_gzip = compression;
    if (compression && outgoing.request.body.size() >= gzip_bytes_min) {
        auto packed = gzip(outgoing.request.body);
        if (!packed) {
            return std::move(packed).failure();
        }
        outgoing.request.body = std::move(*packed);
        outgoing.is_gzip = true;
    }
    return outgoing;
}

std::string write_head(const Outgoing& outgoing, const Url& url) {
    const auto& request = outgoing.request;
    std::string head;
    head.reserve(512);
    head += to_string(request.method);
    head += ' ';
    head += url.prefix;
    head += outgoing.secret_path;
    head += request.target;
    head += " HTTP/1.1\r\n";
    add_header(head, "Host", url.unix_path.empty() ? url.authority() : "localhost");
    add_header(head, "User-Agent", "followd/" FOLLOWD_VERSION);
    add_header(head, "Accept", "application/json");
    if (outgoing.accepts_gzip) {
        add_header(head, "Accept-Encoding", "gzip");
    }
    if (request.range) {
        FOLLOWD_ASSERT(request.range->count > 0);
        add_header(head,
                   "Range",
                   "bytes=" + std::to_string(request.range->first) + "-" +
                       std::to_string(request.range->first + request.range->count - 1));
    }
    if (!outgoing.authorization.empty()) {
        add_header(head, "Authorization", outgoing.authorization);
    }
    if (has_body(request)) {
        add_header(head, "Content-Length", std::to_string(request.body.size()));
    }
    if (!request.content_type.empty() && !request.body.empty()) {
        add_header(head, "Content-Type", request.content_type);
    }
    if (outgoing.is_gzip) {
        add_header(head, "Content-Encoding", "gzip");
    }
    head += "\r\n";
    return head;
}

std::string describe(const Request& request) {
    std::string text{to_string(request.method)};
    text += ' ';
    const std::string_view target = request.target;
    text += target.substr(0, std::min(target.find('?'), described_bytes_max));
    return text;
}

}  // namespace followd::http
