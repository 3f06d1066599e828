#include "followd/model/wall_time.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace followd {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

TEST(WallTimeText, is_iso_8601_in_utc) {
    EXPECT_EQ(utc_text(sys_days{2026y / 11 / 30} + 8h + 1min + 2s), "2026-11-30T08:01:02Z");
    EXPECT_EQ(utc_text(WallTime{}), "1970-01-01T00:00:00Z");
    EXPECT_EQ(utc_text(sys_days{33y / 4 / 5}), "0033-04-05T00:00:00Z");
}

}  // namespace
}  // namespace followd
