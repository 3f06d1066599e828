#include "config/units.hpp"

#include <gtest/gtest.h>

namespace followd::config {
namespace {

using namespace std::chrono_literals;

TEST(Units, sizes_are_powers_of_1024_in_any_case) {
    EXPECT_EQ(parse_size("8mb"), std::size_t{8} << 20U);
    EXPECT_EQ(parse_size("1GB"), std::size_t{1} << 30U);
    EXPECT_EQ(parse_size("3kb"), 3072U);
    EXPECT_EQ(parse_size("0b"), 0U);
}

TEST(Units, what_is_no_size_is_none) {
    for (const char* text :
         {"", "8", "mb", "8 mb", "-8mb", "+8mb", "1.5mb", "8mib", "8mb ", "0x8mb"}) {
        EXPECT_FALSE(parse_size(text)) << text;
    }
}

TEST(Units, a_size_that_does_not_fit_is_none) {
    EXPECT_TRUE(parse_size("17179869183gb"));
    EXPECT_FALSE(parse_size("17179869184gb"));
    EXPECT_FALSE(parse_size("99999999999999999999b"));
}

TEST(Units, durations) {
    EXPECT_EQ(parse_duration("20ms"), Duration{20ms});
    EXPECT_EQ(parse_duration("10m"), Duration{10min});
    EXPECT_EQ(parse_duration("1d"), Duration{24h});
    for (const char* text : {"", "20", "ms", "20us", "1M", "1.5s", "-1s", "1 s", "106752d"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(Units, shares) {
    EXPECT_DOUBLE_EQ(parse_share("10%").value_or(-1), 0.10);
    EXPECT_DOUBLE_EQ(parse_share("0.5%").value_or(-1), 0.005);
    EXPECT_DOUBLE_EQ(parse_share("250%").value_or(-1), 2.5);
    for (const char* text : {"", "%", "10", "-1%", "1e1%", "inf%", "nan%", "10%%", "1.2.3%"}) {
        EXPECT_FALSE(parse_share(text)) << text;
    }
}

TEST(Units, texts_are_read_back_as_they_were) {
    for (const char* text : {"8mb", "1gb", "1025b", "1536kb"}) {
        EXPECT_EQ(size_text(parse_size(text).value_or(0)), text);
    }
    for (const char* text : {"1500ms", "20ms", "10m", "1d", "25h"}) {
        EXPECT_EQ(duration_text(parse_duration(text).value_or(Duration{})), text);
    }
    EXPECT_EQ(size_text(0), "0b");
    EXPECT_EQ(duration_text(Duration{}), "0ms");
}

}  // namespace
}  // namespace followd::config
