#include "config/mistake.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace followd::config {
namespace {

TEST(Mistake, reads_as_one_line) {
    const Mistake mistake{.file = "followd.yaml",
                          .place = {.line = 12, .column = 5},
                          .key = "limits.memory",
                          .wrong = "\"x\" is not a size",
                          .right = "write a number"};
    EXPECT_EQ(to_string(mistake),
              "followd.yaml:12:5: limits.memory: \"x\" is not a size; write a number");
    EXPECT_EQ(
        to_string(Mistake{.file = "f", .place = {}, .key = "", .wrong = "is gone", .right = ""}),
        "f: is gone");
}

TEST(Mistake, suggests_what_is_near_and_lists_what_is_known_else) {
    constexpr std::array<std::string_view, 3> known{"poll_interval", "memory", "password_file"};
    EXPECT_EQ(suggestion("memroy", known), "did you mean \"memory\"?");
    EXPECT_EQ(suggestion("pol_intervall", known), "did you mean \"poll_interval\"?");
    EXPECT_EQ(suggestion("password", known), "did you mean \"password_file\"?");
    EXPECT_EQ(suggestion("zebra", known), "known here: poll_interval, memory, password_file");
}

// A cluster's name is a key, and a key can be any text.
TEST(Mistake, suggestions_take_one_line_and_end) {
    const std::string broken = "a\nb";
    const std::string endless(200, 'x');
    std::vector<std::string_view> known{broken, endless};
    EXPECT_EQ(suggestion("zebra", known),
              "known here: \"a?b\", \"" + std::string(64, 'x') + "...\"");
    EXPECT_EQ(suggestion("a\nc", known), "did you mean \"a?b\"?");
    known.insert(known.end(), 30, "memory");
    EXPECT_TRUE(suggestion("zebra", known).ends_with(", memory, memory and 22 more"));
}

TEST(Mistake, a_quoted_value_is_short_and_on_one_line) {
    EXPECT_EQ(in_quotes("a\nb\x7f"), "\"a?b?\"");
    EXPECT_EQ(in_quotes(std::string(200, 'x')), "\"" + std::string(64, 'x') + "...\"");
    const std::string cut = in_quotes(std::string(63, 'x') + "\xC3\xA9" + "yy");
    EXPECT_EQ(cut, "\"" + std::string(63, 'x') + "\xC3\xA9...\"");
}

TEST(Mistake, are_sorted_by_place_and_bounded) {
    Mistakes mistakes{"f"};
    for (int line = 150; line > 0; --line) {
        mistakes.add(Place{.line = line, .column = 1}, "k", "w" + std::to_string(line));
    }
    const std::vector<Mistake> reported = mistakes.in_file_order();
    ASSERT_EQ(reported.size(), Mistakes::reported_max);
    EXPECT_EQ(reported.front().wrong, "w1");
    EXPECT_EQ(reported[98].wrong, "w99");
    EXPECT_EQ(to_string(reported.back()),
              "f:100:1: and 51 more mistakes from here on; correct the others first");
}

}  // namespace
}  // namespace followd::config
