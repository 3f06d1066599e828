#include "repository/request_path.hpp"

#include "http/message.hpp"
#include "http/same_secret.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace followd::repository {

namespace {

constexpr std::string_view manifest_query = std::string_view{manifest_target}.substr(2);

bool is_control(char c) {
    return (c >= 0 && c < ' ') || c == '\x7f';
}

bool is_token_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<std::string> decode(std::string_view text) {
    std::string decoded;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            decoded += text[at];
            continue;
        }
        if (at + 2 >= text.size()) {
            return std::nullopt;
        }
        const int high = hex_digit(text[at + 1]);
        const int low = hex_digit(text[at + 2]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        decoded += static_cast<char>(high * 16 + low);
        at += 2;
    }
    return decoded;
}

/// Without "http://host", which a client may send in front (RFC 9112, 3.2.2).
std::string_view without_authority(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (target.starts_with(scheme)) {
            const auto slash = target.find('/', scheme.size());
            return slash == std::string_view::npos ? "/" : target.substr(slash);
        }
    }
    return target;
}

/// The next part of a path, which is taken from it together with the slash behind.
std::string_view take_part(std::string_view& path) {
    const auto slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    return part;
}

std::optional<std::string> read_path(std::string_view path) {
    if (path.empty() || path.ends_with('/')) {
        return std::nullopt;
    }
    std::string decoded_path;
    while (!path.empty()) {
        // Decoded part by part: an encoded slash makes no folder.
        const auto part = decode(take_part(path));
        if (!part || !can_be_name(*part)) {
            return std::nullopt;
        }
        decoded_path += (decoded_path.empty() ? "" : "/") + *part;
    }
    return decoded_path;
}

}  // namespace

std::optional<Asked> read_target(std::string_view target, std::string_view token) {
    target = without_authority(target);
    if (!target.starts_with('/')) {
        return std::nullopt;
    }
    target.remove_prefix(1);
    const auto question = target.find('?');
    std::string_view path = target.substr(0, question);
    if (!token.empty() && !http::is_same_secret(take_part(path), token)) {
        return std::nullopt;
    }
    if (question != std::string_view::npos) {
        const bool is_manifest = path.empty() && target.substr(question + 1) == manifest_query;
        return is_manifest ? std::optional{Asked{.manifest = true}} : std::nullopt;
    }
    auto decoded = read_path(path);
    return decoded ? std::optional{Asked{.path = std::move(*decoded)}} : std::nullopt;
}

std::string target_of(std::string_view path) {
    std::string target;
    while (!path.empty()) {
        target += "/" + http::encode_component(take_part(path));
    }
    return target;
}

bool can_be_token(std::string_view token) {
    return !token.empty() && std::ranges::all_of(token, is_token_character) &&
           token.find_first_not_of('.') != std::string_view::npos;
}

bool can_be_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && std::ranges::none_of(name, [](char c) {
        return is_control(c) || c == '/' || c == '\\';
    });
}

}  // namespace followd::repository
