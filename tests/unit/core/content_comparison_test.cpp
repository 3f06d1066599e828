#include "followd/core/content_comparison.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace followd::core {
namespace {

Operation operation(std::int64_t seq,
                    std::string_view id,
                    std::string_view source,
                    std::string_view routing = {}) {
    return Operation{SeqNo{seq}, id, routing, source};
}

Page page(std::vector<Operation> operations, bool is_last) {
    Page page;
    page.batch.operations = std::move(operations);
    page.is_last = is_last;
    return page;
}

using Need = ContentComparison::Need;

TEST(SameSource, IsAboutTokensNotWhiteSpace) {
    EXPECT_TRUE(is_same_source(R"({"a":1,"b":[1,2]})", "{\n  \"a\": 1,\r\n\t\"b\": [1, 2]\n}"));
    EXPECT_TRUE(is_same_source("{\"a\":1}", "{ // said once\n\"a\":/* twice */1}"));
}

TEST(SameSource, SeesEveryByteOfAToken) {
    EXPECT_FALSE(is_same_source(R"({"a":1})", R"({"a":2})"));
    EXPECT_FALSE(is_same_source(R"({"a":1.0})", R"({"a":1})"));
    EXPECT_FALSE(is_same_source(R"({"a":1e400})", R"({"a":1E400})"));
    EXPECT_FALSE(
        is_same_source(R"({"a":12345678901234567890123})", R"({"a":12345678901234567890124})"));
    EXPECT_FALSE(is_same_source(R"({"a":"x y"})", R"({"a":"xy"})"));
    EXPECT_FALSE(is_same_source(R"({"a":"x // y"})", R"({"a":"x "})"));
    EXPECT_FALSE(is_same_source(R"({"a":"\" b"})", R"({"a":"\"b"})"));
    EXPECT_FALSE(is_same_source(R"({"a":1})", R"({"a":1}})"));
}

TEST(SameSource, EndsOnTruncatedText) {
    EXPECT_FALSE(is_same_source("{\"a", "{\"b"));
    EXPECT_FALSE(is_same_source("{\"a\\", "{\"a"));
    EXPECT_TRUE(is_same_source("{/* open", "{"));
}

TEST(ContentComparison, BeginsAnotherRangeWithNothingLeftOver) {
    ContentComparison contents{10};
    contents.start_range();
    contents.leader_page(page({operation(8, "\"a\"", "{}")}, true));
    contents.follower_page(page({operation(9, "\"b\"", "{}")}, true));
    contents.start_range();
    EXPECT_EQ(contents.next(), Need::leader);
    contents.leader_page(page({operation(1, "\"c\"", "{}")}, true));
    contents.follower_page(page({operation(1, "\"c\"", "[]")}, true));
    EXPECT_EQ(contents.next(), Need::nothing);
    EXPECT_EQ(contents.compared(), 1);
    EXPECT_EQ(contents.different(), 1);
}

TEST(ContentComparison, AsksForBothSidesAndFindsNothingInEqualOnes) {
    ContentComparison contents{10};
    EXPECT_EQ(contents.next(), Need::leader);
    contents.leader_page(page({operation(0, "\"a\"", "{}"), operation(1, "\"b\"", "{}")}, false));
    EXPECT_EQ(contents.next(), Need::follower);
    contents.follower_page(page({operation(0, "\"a\"", "{}")}, false));
    EXPECT_EQ(contents.next(), Need::follower);
    contents.follower_page(page({operation(1, "\"b\"", "{ }")}, true));
    EXPECT_EQ(contents.next(), Need::nothing);
    EXPECT_EQ(contents.compared(), 2);
    EXPECT_EQ(contents.different(), 0);
}

TEST(ContentComparison, PassesOverWhatOnlyOneSideHas) {
    ContentComparison contents{10};
    contents.leader_page(page({operation(0, "\"a\"", "{}"), operation(5, "\"c\"", "{}")}, true));
    contents.follower_page(page({operation(3, "\"b\"", "{}"), operation(5, "\"c\"", "{}")}, true));
    EXPECT_EQ(contents.next(), Need::nothing);
    EXPECT_EQ(contents.compared(), 1);
    EXPECT_EQ(contents.different(), 0);
}

TEST(ContentComparison, EndsWithTheSideThatEndsFirst) {
    ContentComparison contents{10};
    contents.leader_page(page({}, true));
    EXPECT_EQ(contents.next(), Need::nothing);
}

TEST(ContentComparison, NamesWhatDiffers) {
    ContentComparison contents{10};
    contents.leader_page(page({operation(0, "\"a\"", "{}"),
                               operation(1, "\"b\"", "{}", "\"r\""),
                               operation(2, "\"c\"", R"({"x":1})")},
                              true));
    contents.follower_page(page({operation(0, "\"z\"", "{}"),
                                 operation(1, "\"b\"", "{}"),
                                 operation(2, "\"c\"", R"({"x":3})")},
                                true));
    const std::vector<DocumentDifference> found = contents.take_differences();
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].kind, DifferenceKind::other_id);
    EXPECT_EQ(found[1].kind, DifferenceKind::other_routing);
    EXPECT_EQ(found[2].kind, DifferenceKind::other_source);
    EXPECT_EQ(found[2].id, "\"c\"");
    EXPECT_EQ(found[2].seq_no, SeqNo{2});
}

TEST(ContentComparison, KeepsABoundedNumberAndCountsAll) {
    ContentComparison contents{1};
    contents.leader_page(page({operation(0, "\"a\"", "1"), operation(1, "\"b\"", "1")}, true));
    contents.follower_page(page({operation(0, "\"a\"", "2"), operation(1, "\"b\"", "2")}, true));
    EXPECT_EQ(contents.different(), 2);
    EXPECT_EQ(contents.take_differences().size(), 1U);
}

}  // namespace
}  // namespace followd::core
