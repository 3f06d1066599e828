#include "followd/core/comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <variant>
#include <vector>

/// A comparison that must not rely on counts: everything in its ranges is listed.

namespace followd::core {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

SeqNoRange range(std::int64_t first, std::int64_t last) {
    return SeqNoRange{SeqNo{first}, SeqNo{last}};
}

SeqNoRange listed_next(const Comparison& comparison) {
    const Comparison::Step step = comparison.next();
    const auto* list = std::get_if<Comparison::ListBoth>(&step);
    return list == nullptr ? SeqNoRange{} : list->range;
}

TEST(ComparisonOfListings, ListsEachRangeThatHoldsSomething) {
    Comparison comparison = Comparison::of_listings({range(3, 9), range(20, 19), range(30, 30)});
    EXPECT_EQ(listed_next(comparison), range(3, 9));
    (void)comparison.listed({}, {});
    EXPECT_EQ(listed_next(comparison), range(30, 30));
    (void)comparison.listed({}, {});
    EXPECT_TRUE(std::holds_alternative<Comparison::Done>(comparison.next()));
}

// Counts would call this range level: one document each.
TEST(ComparisonOfListings, FindsWhatEqualCountsHide) {
    Comparison comparison = Comparison::of_listings({range(0, 9)});
    const Comparison::Difference difference =
        comparison.listed({SeqNo{4}}, {FollowerDocument{SeqNo{5}, R"("a")", "", {}}});
    EXPECT_THAT(difference.missing, ElementsAre(SeqNo{4}));
    ASSERT_EQ(difference.surplus.size(), 1U);
    EXPECT_EQ(difference.surplus.front().origin, SeqNo{5});
}

TEST(ComparisonOfListings, OfNothingIsDoneAtOnce) {
    const Comparison comparison = Comparison::of_listings({});
    EXPECT_TRUE(std::holds_alternative<Comparison::Done>(comparison.next()));
    EXPECT_THAT(comparison.unproved_ranges(1), IsEmpty());
}

}  // namespace
}  // namespace followd::core
