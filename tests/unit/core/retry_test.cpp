#include "followd/core/retry.hpp"

#include <gtest/gtest.h>

#include <set>

namespace followd::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Judge, WhatMayPassIsTriedAgain) {
    for (const FailureKind kind : {FailureKind::unreachable,
                                   FailureKind::timeout,
                                   FailureKind::throttled,
                                   FailureKind::unavailable,
                                   FailureKind::malformed,
                                   FailureKind::storage}) {
        EXPECT_EQ(judge(kind), Verdict::again) << to_string(kind);
    }
}

TEST(Judge, WhatAPersonMustChangeHalts) {
    for (const FailureKind kind : {FailureKind::unauthorised,
                                   FailureKind::untrusted,
                                   FailureKind::conflict,
                                   FailureKind::refused}) {
        EXPECT_EQ(judge(kind), Verdict::halt) << to_string(kind);
    }
}

TEST(Judge, TheRest) {
    EXPECT_EQ(judge(FailureKind::not_found), Verdict::reread);
    EXPECT_EQ(judge(FailureKind::too_large), Verdict::split);
    EXPECT_EQ(judge(FailureKind::history_lost), Verdict::stop);
    EXPECT_EQ(judge(FailureKind::cancelled), Verdict::stop);
}

TEST(Backoff, StaysWithinHalfAndWholeOfADoublingWait) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Random random{seed};
        Backoff backoff;
        Duration whole = milliseconds{100};
        for (int failure = 0; failure < 100; ++failure) {
            const Duration wait = backoff.next(random);
            EXPECT_GE(wait, whole / 2) << failure;
            EXPECT_LE(wait, whole) << failure;
            whole = std::min<Duration>(2 * whole, seconds{30});
        }
        backoff.reset();
        EXPECT_LE(backoff.next(random), milliseconds{100});
    }
}

TEST(Backoff, JitterSpreadsTheWaits) {
    std::set<Duration> waits;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Random random{seed};
        waits.insert(Backoff{6}.next(random));
    }
    EXPECT_GT(waits.size(), 40U);
}

TEST(Random, RepeatsFromItsSeedAndStaysBelowItsBound) {
    Random one{7};
    Random two{7};
    for (int draw = 0; draw < 1000; ++draw) {
        EXPECT_EQ(one.next(), two.next());
        EXPECT_LT(one.below(3), 3U);
        (void)two.below(3);
    }
    EXPECT_EQ(one.below(1), 0U);
}

}  // namespace
}  // namespace followd::core
