#include "followd/core/duty_cycle.hpp"

#include <gtest/gtest.h>

namespace followd::core {
namespace {

using std::chrono::milliseconds;

/// The rest after the last of three pieces that took as long.
Duration rest_at(DutyCycle cycle, Duration took) {
    (void)cycle.rest_after(took);
    (void)cycle.rest_after(took);
    return cycle.rest_after(took);
}

TEST(DutyCycle, RestsSoThatWorkTakesItsShareOfTheTime) {
    EXPECT_EQ(rest_at({0.1, Duration::zero()}, milliseconds{50}), milliseconds{450});
}

TEST(DutyCycle, TheFirstPiecesOfAColdServerAskForNoRest) {
    DutyCycle cycle{0.05, Duration::zero()};
    EXPECT_EQ(cycle.rest_after(milliseconds{1300}), Duration::zero());
    EXPECT_EQ(cycle.rest_after(milliseconds{200}), Duration::zero());
    EXPECT_EQ(cycle.rest_after(milliseconds{20}), milliseconds{380});
}

TEST(DutyCycle, AsksForNoRestWithTheWholeOfTheTime) {
    EXPECT_EQ(rest_at({1, Duration::zero()}, milliseconds{50}), Duration::zero());
}

TEST(DutyCycle, OnlyWhatExceedsTheFreePartAsksForRest) {
    EXPECT_EQ(rest_at({0.1, milliseconds{20}}, milliseconds{20}), Duration::zero());
    EXPECT_EQ(rest_at({0.1, milliseconds{20}}, milliseconds{120}), milliseconds{900});
}

TEST(DutyCycle, OneSlowPieceAmongQuickOnesChangesNothing) {
    DutyCycle cycle{0.1, milliseconds{20}};
    (void)cycle.rest_after(milliseconds{10});
    EXPECT_EQ(cycle.rest_after(milliseconds{800}), Duration::zero());
    EXPECT_EQ(cycle.rest_after(milliseconds{10}), Duration::zero());
}

TEST(DutyCycle, AServerThatIsSlowThroughoutIsGivenItsRest) {
    DutyCycle cycle{0.1, milliseconds{20}};
    (void)cycle.rest_after(milliseconds{10});
    (void)cycle.rest_after(milliseconds{300});
    (void)cycle.rest_after(milliseconds{220});
    EXPECT_EQ(cycle.rest_after(milliseconds{250}), milliseconds{1800});
}

TEST(DutyCycle, RestIsShortAgainWithTheFirstQuickPiece) {
    DutyCycle cycle{0.1, milliseconds{20}};
    for (int piece = 0; piece < 5; ++piece) {
        (void)cycle.rest_after(milliseconds{300});
    }
    EXPECT_EQ(cycle.rest_after(milliseconds{15}), Duration::zero());
}

}  // namespace
}  // namespace followd::core
