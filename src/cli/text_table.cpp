#include "cli/text_table.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace followd::cli {

namespace {

constexpr std::string_view gap = "  ";
constexpr std::string_view note_indent = "    ";

void append_cell(
    std::string& line, const Terminal& terminal, const Cell& cell, std::size_t width, Align align) {
    const std::string padding(width - std::min(width, width_of(cell.text)), ' ');
    line += align == Align::right ? padding : "";
    line += terminal.styled(cell.text, cell.style);
    line += align == Align::left ? padding : "";
}

void append_line(std::string& text, std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
}

}  // namespace

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

void TextTable::add(std::vector<Cell> cells) {
    FOLLOWD_ASSERT(cells.size() == columns_.size());
    rows_.push_back(Row{std::move(cells), {}});
}

void TextTable::add_note(std::string text, Style style) {
    FOLLOWD_ASSERT(!rows_.empty());
    rows_.back().notes.push_back(Cell{std::move(text), style});
}

std::string TextTable::text(const Terminal& terminal) const {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t width = width_of(columns_[i].title);
        for (const Row& row : rows_) {
            width = std::max(width, width_of(row.cells[i].text));
        }
        widths.push_back(width);
    }
    std::string text;
    std::string header;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        header += i == 0 ? "" : gap;
        append_cell(
            header, terminal, Cell{columns_[i].title, Style::strong}, widths[i], columns_[i].align);
    }
    append_line(text, std::move(header));
    for (const Row& row : rows_) {
        std::string line;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            line += i == 0 ? "" : gap;
            append_cell(line, terminal, row.cells[i], widths[i], columns_[i].align);
        }
        append_line(text, std::move(line));
        for (const Cell& note : row.notes) {
            append_line(text, std::string(note_indent) + terminal.styled(note.text, note.style));
        }
    }
    return text;
}

}  // namespace followd::cli
