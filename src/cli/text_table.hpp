#pragma once

#include "cli/terminal.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Columns that line up.

namespace followd::cli {

struct Cell {
    std::string text;
    Style style = Style::plain;
};

enum class Align { left, right };

struct Column {
    std::string title;
    Align align = Align::left;
};

class TextTable {
public:
    explicit TextTable(std::vector<Column> columns);

    /// As many cells as there are columns.
    void add(std::vector<Cell> cells);
    /// Lines below the row added last, indented, as wide as they are.
    void add_note(std::string text, Style style = Style::plain);

    [[nodiscard]] bool empty() const { return rows_.empty(); }
    [[nodiscard]] std::string text(const Terminal& terminal) const;

private:
    struct Row {
        std::vector<Cell> cells;
        std::vector<Cell> notes;
    };

    std::vector<Column> columns_;
    std::vector<Row> rows_;
};

/// Characters of UTF-8 text: what it takes on a screen, but for wide and combining ones.
[[nodiscard]] std::size_t width_of(std::string_view text);

}  // namespace followd::cli
