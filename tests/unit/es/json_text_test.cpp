#include "es/json_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace followd::es {
namespace {

std::string in_one_line(std::string_view source) {
    std::string out;
    append_in_one_line(out, source);
    return out;
}

TEST(JsonText, OneLineIsLeftAsItIs) {
    EXPECT_EQ(in_one_line(R"({ "a" : 1e400 , "b":12345678901234567890123 })"),
              R"({ "a" : 1e400 , "b":12345678901234567890123 })");
    EXPECT_EQ(in_one_line("{}"), "{}");
}

TEST(JsonText, LineBreaksBetweenTokensGoAndTokensStay) {
    EXPECT_EQ(in_one_line("{\n  \"a\" : 12345678901234567890123,\r\n\t\"b\":[1e400, -0.0]\n}\n"),
              R"({"a":12345678901234567890123,"b":[1e400,-0.0]})");
    EXPECT_EQ(in_one_line("{\n\"k \\\" }\":\"a  b\\\\\", \"c\":\"\\n\"}"),
              R"({"k \" }":"a  b\\","c":"\n"})");
}

TEST(JsonText, CommentsGoWithTheirLines) {
    EXPECT_EQ(in_one_line("{\"a\":1 /* \"} \n */, // b\n\"c\":\"// no /* comment */\"}\n"),
              R"({"a":1,"c":"// no /* comment */"})");
    EXPECT_EQ(in_one_line("{\"a\":1}\n// the end"), R"({"a":1})");
    EXPECT_EQ(in_one_line("{\"a\":1}\n/* never closed"), R"({"a":1})");
}

TEST(JsonText, UnfinishedTextEndsWhereItEnds) {
    EXPECT_EQ(in_one_line("{\n\"a"), "{\"a");
    EXPECT_EQ(in_one_line("{\n\"a\\"), "{\"a\\");
    EXPECT_EQ(in_one_line("\n"), "");
}

TEST(JsonText, FindsLineBreaksInStrings) {
    EXPECT_TRUE(breaks_a_string("{\"a\":\"b\nc\"}"));
    EXPECT_TRUE(breaks_a_string("{\n\"a\":\"b\rc\"}"));
    EXPECT_TRUE(breaks_a_string("{\"a\":\\\"\n\"}"));
    EXPECT_FALSE(breaks_a_string("{\n\"a\" :\r\n\"b\\nc\"}\n"));
    EXPECT_FALSE(breaks_a_string("{\"a\":1 /* \" \n */ // \" \n}"));
    EXPECT_FALSE(breaks_a_string(R"({"a":"b\"})"));
}

TEST(JsonText, SuspectsComments) {
    EXPECT_TRUE(may_hold_comment("{/* x */}"));
    EXPECT_TRUE(may_hold_comment(R"({"accept":"*/*"})"));
    EXPECT_TRUE(may_hold_comment("{\n\"u\":\"http://x\"}"));
    EXPECT_FALSE(may_hold_comment(R"({"u":"http://x","g":"a*b"})"));
    EXPECT_FALSE(may_hold_comment("*"));
    EXPECT_FALSE(may_hold_comment(""));
}

TEST(JsonText, StructureKeepsEveryBytesPlace) {
    const std::string text =
        "{\"a\xc3\xa9\":\xef\xbb\xbf{\"b\":1 /* \"}\" */, \"c\":\"\xed\xa0\x80//\" // }\n}}";
    const std::string structure = structure_of(text);
    EXPECT_EQ(structure, "{\"axx\":   {\"b\":1          , \"c\":\"xxx//\"     \n}}");
    EXPECT_EQ(structure.size(), text.size());
}

TEST(JsonText, QuotesWhatATokenMustQuote) {
    EXPECT_EQ(quoted("null"), R"("null")");
    EXPECT_EQ(quoted("q\"\\\n\x01\xc3\xa9"), "\"q\\\"\\\\\\u000a\\u0001\xc3\xa9\"");
    EXPECT_EQ(quoted(""), "\"\"");
}

}  // namespace
}  // namespace followd::es
