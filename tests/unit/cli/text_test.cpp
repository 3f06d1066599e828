#include "followd/base/result.hpp"

#include "cli/advice.hpp"
#include "cli/figures.hpp"
#include "cli/terminal.hpp"
#include "cli/text_table.hpp"

#include <gtest/gtest.h>

namespace followd::cli {
namespace {

TEST(Figures, GroupsDigits) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1000), "1,000");
    EXPECT_EQ(grouped(1'234'567), "1,234,567");
    EXPECT_EQ(grouped(-100), "-100");
    EXPECT_EQ(grouped(-27'000), "-27,000");
    EXPECT_EQ(counted(1, "document"), "1 document");
    EXPECT_EQ(counted(2000, "document"), "2,000 documents");
}

TEST(Figures, SaysTimesInTheirOwnUnit) {
    EXPECT_EQ(time_text(0), "0 ms");
    EXPECT_EQ(time_text(0.34), "340 ms");
    EXPECT_EQ(time_text(1.25), "1.2 s");
    EXPECT_EQ(time_text(47), "47 s");
    EXPECT_EQ(time_text(185), "3 min 5 s");
    EXPECT_EQ(time_text(180), "3 min");
    EXPECT_EQ(time_text(7800), "2 h 10 min");
    EXPECT_EQ(time_text(3 * 86'400 + 4 * 3600), "3 d 4 h");
}

TEST(Terminal, ColoursOnlyWhereItMay) {
    EXPECT_EQ(Terminal{}.styled("x", Style::bad), "x");
    const Terminal colourful{true, true};
    EXPECT_EQ(colourful.styled("x", Style::bad), "\x1b[31mx\x1b[0m");
    EXPECT_EQ(colourful.styled("x", Style::plain), "x");
}

TEST(Terminal, LetsNoServerWriteControlCharacters) {
    EXPECT_EQ(printable("a\x1b[2Jb\nc\x7f"), "a [2Jb c ");
    EXPECT_EQ(printable("Zürich"), "Zürich");
}

TEST(TextTable, LinesUpItsColumns) {
    TextTable table({Column{"NAME"}, Column{"COUNT", Align::right}});
    table.add({Cell{"Zürich"}, Cell{"5"}});
    table.add_note("a note");
    table.add({Cell{"b"}, Cell{"1,000,000"}});
    EXPECT_EQ(table.text(Terminal{}),
              "NAME        COUNT\n"
              "Zürich          5\n"
              "    a note\n"
              "b       1,000,000\n");
}

TEST(TextTable, DoesNotCountColours) {
    TextTable table({Column{"A"}, Column{"B"}});
    table.add({Cell{"x", Style::good}, Cell{"y"}});
    EXPECT_EQ(table.text(Terminal{true, true}),
              "\x1b[1mA\x1b[0m  \x1b[1mB\x1b[0m\n\x1b[32mx\x1b[0m  y\n");
}

TEST(Advice, KnowsWhatToDo) {
    EXPECT_FALSE(advice_for(to_string(FailureKind::unreachable)).empty());
    EXPECT_FALSE(advice_for(to_string(FailureKind::unauthorised)).empty());
    EXPECT_TRUE(advice_for("conflict").empty()) << "its own words say what to do";
    EXPECT_TRUE(advice_for("a kind of a later version").empty());
}

}  // namespace
}  // namespace followd::cli
