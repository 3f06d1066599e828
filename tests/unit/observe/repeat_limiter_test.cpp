#include "observe/repeat_limiter.hpp"

#include <gtest/gtest.h>

namespace followd::observe {
namespace {

Instant at(int seconds) {
    return Instant{std::chrono::seconds{seconds}};
}

TEST(RepeatLimiterTest, lets_one_through_an_interval_and_says_how_many_it_held_back) {
    RepeatLimiter limiter;
    EXPECT_TRUE(limiter.ask("a", at(0)).may_log);
    EXPECT_EQ(limiter.ask("b", at(1)).may_log, true) << "another key";
    for (int second = 1; second < 30; ++second) {
        EXPECT_FALSE(limiter.ask("a", at(second)).may_log);
    }
    const RepeatLimiter::Verdict verdict = limiter.ask("a", at(30));
    EXPECT_TRUE(verdict.may_log);
    EXPECT_EQ(verdict.repeated, 29);
    EXPECT_FALSE(limiter.ask("a", at(59)).may_log);
    EXPECT_EQ(limiter.ask("a", at(60)).repeated, 1);
}

TEST(RepeatLimiterTest, a_line_that_was_alone_has_no_count) {
    RepeatLimiter limiter;
    EXPECT_EQ(limiter.ask("a", at(0)).repeated, std::nullopt);
    EXPECT_EQ(limiter.ask("a", at(100)).repeated, std::nullopt);
}

TEST(RepeatLimiterTest, forgets_the_longest_unused_key_above_its_limit) {
    RepeatLimiter limiter;
    EXPECT_TRUE(limiter.ask("hot", at(0)).may_log);
    for (std::size_t i = 1; i < RepeatLimiter::keys_max; ++i) {
        EXPECT_TRUE(limiter.ask("key" + std::to_string(i), at(1)).may_log);
    }
    EXPECT_FALSE(limiter.ask("hot", at(2)).may_log);
    EXPECT_TRUE(limiter.ask("one more", at(3)).may_log);
    EXPECT_FALSE(limiter.ask("hot", at(4)).may_log) << "it was used lately";
    EXPECT_TRUE(limiter.ask("key1", at(5)).may_log) << "it was forgotten";
}

}  // namespace
}  // namespace followd::observe
