#include "followd/core/lag.hpp"

#include <gtest/gtest.h>

namespace followd::core {
namespace {

using std::chrono::milliseconds;

Instant at(int ms) {
    return Instant{milliseconds{ms}};
}

TEST(LagMeter, IsUnknownBeforeTheLeaderWasSeen) {
    LagMeter lag;
    EXPECT_EQ(lag.behind(at(5)), std::nullopt);
    lag.follower_at(SeqNo{3});
    EXPECT_EQ(lag.behind(at(5)), std::nullopt);
}

TEST(LagMeter, IsZeroWhenLevelOrAhead) {
    LagMeter lag;
    lag.follower_at(SeqNo{3});
    lag.leader_at(SeqNo{3}, at(10));
    EXPECT_EQ(lag.behind(at(50)), Duration::zero());
    lag.leader_at(SeqNo{2}, at(20));  // a new primary that knows less
    EXPECT_EQ(lag.behind(at(50)), Duration::zero());
    EXPECT_EQ(lag.leader_checkpoint(), SeqNo{3});
}

TEST(LagMeter, CountsFromTheFirstSightOfWhatIsLacking) {
    LagMeter lag;
    lag.leader_at(SeqNo{5}, at(10));
    lag.leader_at(SeqNo{5}, at(20));
    lag.leader_at(SeqNo{9}, at(30));
    EXPECT_EQ(lag.behind(at(50)), milliseconds{40});
    lag.follower_at(SeqNo{4});
    EXPECT_EQ(lag.behind(at(50)), milliseconds{40});
    lag.follower_at(SeqNo{5});
    EXPECT_EQ(lag.behind(at(50)), milliseconds{20});
    lag.follower_at(SeqNo{9});
    EXPECT_EQ(lag.behind(at(50)), Duration::zero());
}

TEST(LagMeter, NeverShowsLessThanTheTruthWithManySights) {
    LagMeter lag;
    for (int seq = 0; seq < 1000; ++seq) {
        lag.leader_at(SeqNo{seq}, at(seq));
    }
    for (int seq = 0; seq < 999; ++seq) {
        lag.follower_at(SeqNo{seq});
        EXPECT_GE(*lag.behind(at(2000)), milliseconds{2000 - (seq + 1)}) << seq;
    }
    lag.follower_at(SeqNo{999});
    EXPECT_EQ(lag.behind(at(2000)), Duration::zero());
}

TEST(LagMeter, ForgetsAllOnReset) {
    LagMeter lag;
    lag.leader_at(SeqNo{5}, at(10));
    lag.reset();
    EXPECT_EQ(lag.behind(at(20)), std::nullopt);
    EXPECT_EQ(lag.leader_checkpoint(), SeqNo::none());
}

}  // namespace
}  // namespace followd::core
