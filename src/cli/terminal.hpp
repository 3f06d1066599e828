#pragma once

#include <string>
#include <string_view>

/// What a person's terminal can show.

namespace followd::cli {

enum class Style { plain, strong, good, warning, bad, faint };

struct Terminal {
    bool is_terminal = false;
    bool has_colours = false;

    /// The text in that style; as it is where there are no colours.
    [[nodiscard]] std::string styled(std::string_view text, Style style) const;
};

/// Of a file descriptor. NO_COLOR and TERM=dumb are respected.
[[nodiscard]] Terminal terminal_of(int descriptor);

/// Without control characters, which a server's text could use to rewrite the screen.
[[nodiscard]] std::string printable(std::string_view text);
/// The same of a text of several lines, which stay.
[[nodiscard]] std::string printable_lines(std::string_view text);

}  // namespace followd::cli
