#include "es/json_text.hpp"

#include <cstddef>

namespace followd::es {

namespace {

bool is_white(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool is_ascii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}

/// Where the string that begins at `begin` ends: behind its closing quote.
std::size_t string_end(std::string_view text, std::size_t begin) {
    std::size_t quote = text.find('"', begin + 1);
    while (quote != std::string_view::npos) {
        std::size_t escapes = 0;
        while (text[quote - 1 - escapes] == '\\') {
            ++escapes;
        }
        if (escapes % 2 == 0) {
            return quote + 1;
        }
        quote = text.find('"', quote + 1);
    }
    return text.size();
}

/// Where the comment that begins at `begin` ends; `begin` itself where none begins there.
std::size_t comment_end(std::string_view text, std::size_t begin) {
    if (text.substr(begin, 2) == "/*") {
        const std::size_t end = text.find("*/", begin + 2);
        return end == std::string_view::npos ? text.size() : end + 2;
    }
    if (text.substr(begin, 2) == "//") {
        const std::size_t end = text.find_first_of("\r\n", begin);
        return end == std::string_view::npos ? text.size() : end;
    }
    return begin;
}

/// Where the tokens that begin at `begin` meet a string, white space or perhaps a comment.
std::size_t run_end(std::string_view text, std::size_t begin) {
    std::size_t end = begin + 1;
    while (end < text.size() && !is_white(text[end]) && text[end] != '"' && text[end] != '/') {
        ++end;
    }
    return end;
}

/// Takes white space and comments away, then the string or the run of other tokens behind them;
/// empty at the end.
std::string_view take_token(std::string_view& text) {
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t comment = text[begin] == '/' ? comment_end(text, begin) : begin;
        if (comment == begin && !is_white(text[begin])) {
            break;
        }
        begin = comment > begin ? comment : begin + 1;
    }
    const std::size_t end = begin == text.size() ? begin
                            : text[begin] == '"' ? string_end(text, begin)
                                                 : run_end(text, begin);
    const std::string_view token = text.substr(begin, end - begin);
    text.remove_prefix(end);
    return token;
}

/// Two runs of memchr are many times as fast as one search for either.
bool has_line_break(std::string_view text) {
    return text.find('\n') != std::string_view::npos || text.find('\r') != std::string_view::npos;
}

}  // namespace

bool may_hold_comment(std::string_view text) {
    for (std::size_t i = text.find('*'); i != std::string_view::npos; i = text.find('*', i + 1)) {
        if (i > 0 && text[i - 1] == '/') {
            return true;
        }
    }
    // A line comment needs a line to end, and most answers have none.
    return text.find_first_of('\n') != std::string_view::npos &&
           text.find("//") != std::string_view::npos;
}

std::string structure_of(std::string_view text) {
    std::string structure(text);
    std::size_t i = 0;
    while (i < text.size()) {
        if (text[i] == '"') {
            const std::size_t end = string_end(text, i);
            for (; i < end; ++i) {
                structure[i] = is_ascii(structure[i]) ? structure[i] : 'x';
            }
            continue;
        }
        const std::size_t end = text[i] == '/' ? comment_end(text, i) : i;
        if (end > i) {
            structure.replace(i, end - i, end - i, ' ');
            i = end;
            continue;
        }
        if (!is_ascii(text[i])) {
            structure[i] = ' ';
        }
        ++i;
    }
    return structure;
}

std::string quoted(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string token = "\"";
    token.reserve(text.size() + 2);
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            token += '\\';
            token += c;
        } else if (byte < 0x20) {
            token += "\\u00";
            token += digits[byte >> 4U];
            token += digits[byte & 15U];
        } else {
            token += c;
        }
    }
    token += '"';
    return token;
}

bool breaks_a_string(std::string_view source) {
    if (!has_line_break(source)) {
        return false;
    }
    std::string_view rest = source;
    for (std::string_view token = take_token(rest); !token.empty(); token = take_token(rest)) {
        if (has_line_break(token)) {
            return true;
        }
    }
    return false;
}

void append_in_one_line(std::string& out, std::string_view source) {
    if (!has_line_break(source)) {
        out += source;
        return;
    }
    std::string_view rest = source;
    for (std::string_view token = take_token(rest); !token.empty(); token = take_token(rest)) {
        out += token;
    }
}

}  // namespace followd::es
