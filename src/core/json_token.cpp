#include "followd/core/json_token.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace followd::core {

namespace {

void append_utf8(std::string& text, std::uint32_t code) {
    const auto put = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xc0U | code >> 6U);
        put(0x80U | (code & 0x3fU));
    } else if (code < 0x10000) {
        put(0xe0U | code >> 12U);
        put(0x80U | (code >> 6U & 0x3fU));
        put(0x80U | (code & 0x3fU));
    } else {
        put(0xf0U | code >> 18U);
        put(0x80U | (code >> 12U & 0x3fU));
        put(0x80U | (code >> 6U & 0x3fU));
        put(0x80U | (code & 0x3fU));
    }
}

/// The unit of an escape like \u00e9 that stands at `at`.
std::optional<std::uint32_t> unit_at(std::string_view text, std::size_t at) {
    if (text.substr(at, 2) != "\\u" || text.size() < at + 6) {
        return std::nullopt;
    }
    std::uint32_t unit = 0;
    const char* const first = text.data() + at + 2;
    const auto [end, error] = std::from_chars(first, first + 4, unit, 16);
    if (error != std::errc{} || end != first + 4) {
        return std::nullopt;
    }
    return unit;
}

char plain_of(char escaped) {
    switch (escaped) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return escaped;
    }
}

}  // namespace

std::string text_of_token(std::string_view token) {
    if (token.size() >= 2 && token.front() == '"' && token.back() == '"') {
        token = token.substr(1, token.size() - 2);
    }
    std::string text;
    text.reserve(token.size());
    for (std::size_t at = 0; at < token.size();) {
        if (token[at] != '\\' || at + 1 == token.size()) {
            text += token[at++];
            continue;
        }
        const std::optional<std::uint32_t> unit = unit_at(token, at);
        if (!unit) {
            text += plain_of(token[at + 1]);
            at += 2;
            continue;
        }
        at += 6;
        const std::optional<std::uint32_t> low = unit_at(token, at);
        const bool is_pair =
            *unit >= 0xd800 && *unit < 0xdc00 && low && *low >= 0xdc00 && *low < 0xe000;
        append_utf8(text,
                    is_pair ? 0x10000U + ((*unit - 0xd800U) << 10U) + (*low - 0xdc00U) : *unit);
        at += is_pair ? 6 : 0;
    }
    return text;
}

bool is_same_token(std::string_view left, std::string_view right) {
    if (left == right) {
        return true;
    }
    return !left.empty() && !right.empty() && text_of_token(left) == text_of_token(right);
}

}  // namespace followd::core
