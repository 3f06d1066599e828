#include "engine/recovery_text.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

TEST(AsOfText, SaysWhenAndHowLongAgo) {
    const WallTime eight = std::chrono::sys_days{2026y / 11 / 30} + 8h;
    const auto told = [eight](std::chrono::seconds age) {
        return as_of_text(RecoveryPoint{"s", eight, {}}, eight + age);
    };
    EXPECT_EQ(told(12min + 59s), "as of 2026-11-30T08:00:00Z, 12 min before");
    EXPECT_EQ(told(0s), "as of 2026-11-30T08:00:00Z, 0 s before");
    EXPECT_EQ(told(119s), "as of 2026-11-30T08:00:00Z, 119 s before");
    EXPECT_EQ(told(2min), "as of 2026-11-30T08:00:00Z, 2 min before");
    EXPECT_EQ(told(119min), "as of 2026-11-30T08:00:00Z, 119 min before");
    EXPECT_EQ(told(47h + 59min), "as of 2026-11-30T08:00:00Z, 47 h before");
    EXPECT_EQ(told(48h), "as of 2026-11-30T08:00:00Z, 2 d before");
    EXPECT_EQ(told(-5min), "as of 2026-11-30T08:00:00Z, 0 s before");
}

}  // namespace
}  // namespace followd::engine
