#include "http/addresses.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace followd::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Addresses three() {
    std::vector<Url> urls(3);
    urls[0].host = "a";
    urls[1].host = "b";
    urls[2].host = "c";
    return Addresses{urls};
}

std::size_t pick_one(Addresses& addresses, Instant now) {
    Addresses::Attempt attempt;
    return addresses.pick(attempt, now).value();
}

TEST(Addresses, GoodOnesInTurn) {
    auto addresses = three();
    const Instant now{};
    for (const std::size_t expected : {0U, 1U, 2U, 0U, 1U}) {
        EXPECT_EQ(pick_one(addresses, now), expected);
    }
}

TEST(Addresses, AnAttemptTriesNoneTwice) {
    auto addresses = three();
    Addresses::Attempt attempt;
    EXPECT_EQ(addresses.pick(attempt, Instant{}), 0U);
    EXPECT_EQ(addresses.pick(attempt, Instant{}), 1U);
    EXPECT_EQ(addresses.pick(attempt, Instant{}), 2U);
    EXPECT_EQ(addresses.pick(attempt, Instant{}), std::nullopt);
}

TEST(Addresses, BackOffDoublesToHalfAMinute) {
    Addresses addresses{std::vector<Url>(2)};
    Instant now{};
    for (const int expected_s : {1, 2, 4, 8, 16, 30, 30}) {
        addresses.put_aside(0, now);
        const Instant end = now + seconds{expected_s};
        EXPECT_EQ(pick_one(addresses, end - milliseconds{1}), 1U);
        EXPECT_EQ(pick_one(addresses, end - milliseconds{1}), 1U);
        EXPECT_EQ(pick_one(addresses, end), 0U);
        now = end;
    }
    addresses.take_back(0);
    addresses.put_aside(0, now);
    EXPECT_EQ(pick_one(addresses, now + seconds{1}), 1U);
    EXPECT_EQ(pick_one(addresses, now + seconds{1}), 0U);
}

TEST(Addresses, WhenAllAreAsideTheLongestIsTriedOncePerAttempt) {
    auto addresses = three();
    const Instant now{};
    addresses.put_aside(1, now);
    addresses.put_aside(0, now + milliseconds{1});
    addresses.put_aside(2, now + milliseconds{2});
    Addresses::Attempt attempt;
    EXPECT_EQ(addresses.pick(attempt, now + milliseconds{3}), 1U);
    EXPECT_EQ(addresses.pick(attempt, now + milliseconds{3}), std::nullopt);
}

TEST(Addresses, AGoodOneComesBeforeOneAside) {
    auto addresses = three();
    addresses.put_aside(0, Instant{});
    Addresses::Attempt attempt;
    EXPECT_EQ(addresses.pick(attempt, Instant{}), 1U);
    EXPECT_EQ(addresses.pick(attempt, Instant{}), 2U);
    EXPECT_EQ(addresses.pick(attempt, Instant{}), 0U);
    EXPECT_EQ(addresses.pick(attempt, Instant{}), std::nullopt);
}

}  // namespace
}  // namespace followd::http
