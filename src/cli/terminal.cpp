#include "cli/terminal.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <cstdlib>
#include <unistd.h>

namespace followd::cli {

namespace {

std::string_view code_of(Style style) {
    switch (style) {
        case Style::plain:
            return {};
        case Style::strong:
            return "\x1b[1m";
        case Style::good:
            return "\x1b[32m";
        case Style::warning:
            return "\x1b[33m";
        case Style::bad:
            return "\x1b[31m";
        case Style::faint:
            return "\x1b[2m";
    }
    FOLLOWD_ASSERT(false);
    return {};
}

}  // namespace

std::string Terminal::styled(std::string_view text, Style style) const {
    if (!has_colours || style == Style::plain) {
        return std::string(text);
    }
    return std::string(code_of(style)) + std::string(text) + "\x1b[0m";
}

Terminal terminal_of(int descriptor) {
    Terminal terminal;
    terminal.is_terminal = isatty(descriptor) != 0;
    const char* const no_colour = std::getenv("NO_COLOR");
    const char* const term = std::getenv("TERM");
    const bool is_dumb = term == nullptr || std::string_view(term) == "dumb";
    const bool is_unwanted = no_colour != nullptr && *no_colour != '\0';
    terminal.has_colours = terminal.is_terminal && !is_dumb && !is_unwanted;
    return terminal;
}

std::string printable(std::string_view text) {
    std::string clean = printable_lines(text);
    std::ranges::replace(clean, '\n', ' ');
    return clean;
}

std::string printable_lines(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        clean += (byte < 0x20 && c != '\n') || byte == 0x7f ? ' ' : c;
    }
    return clean;
}

}  // namespace followd::cli
