#include "engine/index_follower.hpp"
#include "support/followed_index.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::copy;
using test::Followed;
using test::logs;

TEST(IndexLoadingTest, EndsLoadingOnceAllShardsTail) {
    Followed index;
    index.world.follower.makes_loading = true;
    index.world.doors.shut("follower.apply");
    index.start();
    index.pass(2s);
    ASSERT_TRUE(index.world.doors.waiting("follower.apply") > 0);
    EXPECT_EQ(index.follower->status().phase, IndexPhase::bootstrap);
    const auto in_bootstrap = [&] {
        const FollowerStatus status = index.follower->status();
        return std::ranges::count(
            status.shards, core::ShardPhase::bootstrap, &core::ShardStatus::phase);
    };
    // Bulk by bulk, as long as one shard is not done.
    while (in_bootstrap() > 0) {
        EXPECT_EQ(index.asked("finish_loading"), 0);
        index.world.doors.admit("follower.apply");
        index.pass(40ms);
    }
    EXPECT_TRUE(index.until([&] { return index.asked("finish_loading") == 1; }));
    index.world.doors.open("follower.apply");
    index.pass(10s);
    EXPECT_EQ(index.asked("finish_loading"), 1);
    EXPECT_FALSE(index.world.follower_index(copy).info.is_loading);
}

TEST(IndexLoadingTest, EndsNoLoadingThatNeverBegan) {
    Followed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.pass(10s);
    EXPECT_EQ(index.asked("finish_loading"), 0);
}

TEST(IndexLoadingTest, EndsLoadingOfAnIndexThatItAdopts) {
    Followed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.stop();
    ASSERT_TRUE(index.ends());
    index.world.follower_index(copy).info.is_loading = true;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.asked("finish_loading") == 1; }));
    EXPECT_EQ(index.asked("prepare"), 2);
}

TEST(IndexLoadingTest, AsksAgainToEndLoadingAfterABackOff) {
    Followed index;
    index.world.follower.makes_loading = true;
    index.world.doors.fail("finish_loading", FailureKind::unavailable, 3);
    index.start();
    std::vector<Instant> asked;
    for (int time = 1; time <= 4; ++time) {
        ASSERT_TRUE(index.until([&] { return index.asked("finish_loading") == time; }));
        asked.push_back(index.world.timers.now());
    }
    EXPECT_GE(asked[1] - asked[0], 50ms);
    EXPECT_GE(asked[2] - asked[1], 100ms);
    EXPECT_GE(asked[3] - asked[2], 200ms);
    index.pass(1min, 1s);
    EXPECT_EQ(index.asked("finish_loading"), 4);
    EXPECT_TRUE(index.is_following());
}

TEST(IndexLoadingTest, DoesNotAskToEndLoadingAfterStop) {
    Followed index;
    index.world.follower.makes_loading = true;
    index.world.doors.fail("finish_loading", FailureKind::unavailable);
    index.start();
    ASSERT_TRUE(index.until([&] { return index.asked("finish_loading") == 2; }));
    index.stop();
    EXPECT_TRUE(index.ends());
    index.world.timers.run_for(1min);
    EXPECT_EQ(index.asked("finish_loading"), 2);
}

TEST(IndexLoadingTest, IsNotFollowingWhileAShardWaitsInItsBootstrap) {
    Followed index;
    index.world.follower.makes_loading = true;
    index.world.doors.fail("follower.apply", FailureKind::refused);
    index.start();
    ASSERT_TRUE(index.until([&] {
        const FollowerStatus status = index.follower->status();
        return !status.shards.empty() &&
               std::ranges::all_of(status.shards, [](const core::ShardStatus& shard) {
                   return shard.phase == core::ShardPhase::halted;
               });
    }));
    index.pass(1s);
    EXPECT_EQ(index.follower->status().phase, IndexPhase::bootstrap);
    EXPECT_EQ(index.asked("finish_loading"), 0);
    index.world.doors.heal("follower.apply");
    EXPECT_TRUE(index.until([&] { return index.is_equal(); }, 2min, 1s));
}

TEST(IndexLoadingTest, TellsOfALostFollowerThatCouldNotEndLoading) {
    Followed index;
    index.world.follower.makes_loading = true;
    index.world.doors.fail("finish_loading", FailureKind::unavailable);
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.world.follower.indices.clear();
    index.world.put(logs, 100);
    EXPECT_TRUE(index.until([&] { return index.last_error() == FailureKind::conflict; }, 1h, 1s));
}

TEST(IndexLoadingTest, BeginsAGenerationAlsoWhileLoadingCannotEnd) {
    Followed index;
    index.world.follower.makes_loading = true;
    index.world.doors.fail("finish_loading", FailureKind::unavailable);
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.world.shard_of(logs, 1).sample.history = HistoryUuid{"restored"};
    EXPECT_TRUE(index.until([&] { return index.asked("claim_generation") == 2; }, 1h, 1s));
}

TEST(IndexLoadingTest, EndsLoadingOnceAlsoWhereItIsBootstrappedAgainMeanwhile) {
    Followed index;
    index.world.follower.makes_loading = true;
    index.world.doors.shut("finish_loading");
    index.start();
    ASSERT_TRUE(index.until([&] { return index.world.doors.waiting("finish_loading") > 0; }));
    // The follower's shards were restored: an audit finds another history there.
    for (const auto& shard : index.world.follower_index(copy).shards) {
        shard->identity.history = HistoryUuid{"of a snapshot"};
    }
    index.world.doors.shut("follower.count");
    ASSERT_TRUE(index.until(
        [&] { return index.follower->status().phase == IndexPhase::bootstrap; }, 2h, 500ms));
    index.world.doors.open("follower.count");
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.pass(1s);
    EXPECT_EQ(index.world.doors.waiting("finish_loading"), 1U);
}

}  // namespace
}  // namespace followd::engine
