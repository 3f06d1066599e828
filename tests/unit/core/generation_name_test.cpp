#include "followd/model/generation_name.hpp"

#include "followd/model/index_pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <random>
#include <string>

namespace followd {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

/// By the C library, which knows nothing of ours.
std::string stamp_of_c(std::time_t seconds) {
    std::tm fields{};
    gmtime_r(&seconds, &fields);
    char text[32];
    const std::size_t size = std::strftime(text, sizeof text, "%Y%m%dt%H%M%Sz", &fields);
    return {text, size};
}

TEST(Stamp, is_the_moment_in_utc) {
    EXPECT_EQ(stamp_of(sys_days{2026y / 11 / 30} + 8h), "20261130t080000z");
    EXPECT_EQ(stamp_of(sys_days{2026y / 1 / 2} + 3h + 4min + 5s), "20260102t030405z");
    EXPECT_EQ(stamp_of(WallTime{}), "19700101t000000z");
    EXPECT_EQ(stamp_of(sys_days{9999y / 12 / 31} + 23h + 59min + 59s), "99991231t235959z");
    EXPECT_EQ(stamp_of(sys_days{1969y / 12 / 31} + 23h + 59min + 59s), "19691231t235959z");
}

TEST(Stamp, is_read_as_it_is_written) {
    std::mt19937_64 random{11};
    std::uniform_int_distribution<std::time_t> any{-62'000'000'000, 253'402'300'799};
    for (int count = 0; count < 5'000; ++count) {
        const std::time_t seconds = any(random);
        const WallTime moment{std::chrono::seconds{seconds}};
        const std::string stamp = stamp_of(moment);
        if (seconds >= 0) {  // the C library writes early years without zeros
            EXPECT_EQ(stamp, stamp_of_c(seconds));
        }
        EXPECT_EQ(moment_of_stamp(stamp), moment) << stamp;
        EXPECT_EQ(index_name_problem("a." + stamp), std::nullopt);
    }
}

TEST(Stamp, is_sorted_like_time) {
    EXPECT_LT(stamp_of(sys_days{2026y / 9 / 30}), stamp_of(sys_days{2026y / 10 / 1}));
    EXPECT_LT(stamp_of(sys_days{999y / 12 / 31}), stamp_of(sys_days{2026y / 1 / 1}));
    EXPECT_LT(stamp_of(WallTime{9s}), stamp_of(WallTime{10s}));
}

TEST(Stamp, is_nothing_else) {
    for (const char* wrong : {"",
                              "20261130",
                              "20261130t080000",
                              "20261130t080000zz",
                              " 20261130t080000z",
                              "20261130T080000Z",
                              "20261130-080000z",
                              "2026113ot080000z",
                              "+0261130t080000z",
                              "20261130t08-000z",
                              "20261131t080000z",
                              "20260229t080000z",
                              "21000229t080000z",
                              "20260029t080000z",
                              "20261329t080000z",
                              "20261100t080000z",
                              "20261130t240000z",
                              "20261130t086000z",
                              "20261130t080060z"}) {
        EXPECT_EQ(moment_of_stamp(wrong), std::nullopt) << wrong;
    }
    EXPECT_TRUE(moment_of_stamp("20240229t235959z"));
    EXPECT_TRUE(moment_of_stamp("00000229t000000z"));
}

TEST(GenerationNames, tell_their_alias_and_moment) {
    const WallTime as_of = sys_days{2026y / 11 / 30} + 8h;
    EXPECT_EQ(generation_name("orders", as_of), "orders.20261130t080000z");
    for (const char* alias : {"orders", "o", ".hidden", "a.b", "orders.20261130t080000z"}) {
        EXPECT_EQ(parse_generation_name(generation_name(alias, as_of)),
                  (GenerationName{alias, as_of}))
            << alias;
    }
    const std::string longest(238, 'a');
    EXPECT_EQ(parse_generation_name(generation_name(longest, as_of)),
              (GenerationName{longest, as_of}));
}

TEST(GenerationNames, are_no_others) {
    for (const char* wrong : {"",
                              "orders",
                              "20261130t080000z",
                              ".20261130t080000z",
                              "..20261130t080000z",
                              "...20261130t080000z",
                              "orders-20261130t080000z",
                              "orders.20261130t080000z.",
                              "orders.20261130t080000z-copy",
                              "orders.20261131t080000z",
                              "Orders.20261130t080000z",
                              "or ders.20261130t080000z",
                              "_orders.20261130t080000z"}) {
        EXPECT_EQ(parse_generation_name(wrong), std::nullopt) << wrong;
    }
    EXPECT_EQ(parse_generation_name(generation_name(std::string(239, 'a'), WallTime{})),
              std::nullopt);
}

}  // namespace
}  // namespace followd
