#include "followd/core/json_token.hpp"

#include <gtest/gtest.h>

namespace followd::core {
namespace {

TEST(JsonToken, GivesItsText) {
    EXPECT_EQ(text_of_token(R"("plain")"), "plain");
    EXPECT_EQ(text_of_token(R"("q\"\\\/\b\f\n\r\t")"), "q\"\\/\b\f\n\r\t");
    EXPECT_EQ(text_of_token(R"("\u0041\u00e9\u20ac")"), "A\xc3\xa9\xe2\x82\xac");
    EXPECT_EQ(text_of_token(R"("\uD83D\ude00!")"), "\xf0\x9f\x98\x80!");
}

TEST(JsonToken, IsTheSameHoweverItIsEscaped) {
    EXPECT_TRUE(is_same_token("\"\xf0\x9f\x98\x80\"", R"("\uD83D\uDE00")"));
    EXPECT_TRUE(is_same_token(R"("a/b\u0001")", R"("a\/b\u0001")"));
    EXPECT_TRUE(is_same_token("", ""));
    EXPECT_FALSE(is_same_token("", R"("")"));
    EXPECT_FALSE(is_same_token(R"("1")", R"("01")"));
    EXPECT_FALSE(is_same_token(R"("\\n")", R"("\n")"));
}

TEST(JsonToken, SurvivesWhatIsNoToken) {
    EXPECT_EQ(text_of_token(""), "");
    EXPECT_EQ(text_of_token("\""), "\"");
    EXPECT_EQ(text_of_token("\"a\\"), "\"a\\");
    EXPECT_EQ(text_of_token(R"("\u12")"), "u12");
    EXPECT_EQ(text_of_token(R"("\u12zz")"), "u12zz");
    EXPECT_EQ(text_of_token(R"("\uD83D")"), "\xed\xa0\xbd");
    EXPECT_EQ(text_of_token(R"("\uD83Dx")"), "\xed\xa0\xbdx");
}

}  // namespace
}  // namespace followd::core
