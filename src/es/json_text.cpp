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

void append_in_one_line(std::string& out, std::string_view source) {
    if (source.find_first_of("\r\n") == std::string_view::npos) {
        out += source;
        return;
    }
    std::size_t i = 0;
    while (i < source.size()) {
        const std::size_t comment = source[i] == '/' ? comment_end(source, i) : i;
        if (comment > i || is_white(source[i])) {
            i = comment > i ? comment : i + 1;
            continue;
        }
        const std::size_t end = source[i] == '"' ? string_end(source, i) : run_end(source, i);
        out += source.substr(i, end - i);
        i = end;
    }
}

}  // namespace followd::es
