#include "engine/shard_follower.hpp"

#include "support/followed_index.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace followd::engine {
namespace {

using namespace std::chrono_literals;
using test::copy;
using test::Followed;
using test::logs;

TEST(ShardFollowerTest, TellsAThrottledShardUntilItIsServed) {
    Followed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    bool is_throttled = true;
    index.world.follower_index(copy).shards[1]->on_item =
        [&](const WriteItem& /*item*/) -> std::optional<Failure> {
        if (is_throttled) {
            return Failure{FailureKind::throttled, "429", "far"};
        }
        return std::nullopt;
    };
    for (int number = 100; number < 130; ++number) {
        index.world.put(logs, number);
    }
    const auto error_of = [&](std::size_t shard) {
        const FollowerStatus status = index.follower->status();
        const auto& error = status.shards.at(shard).last_error;
        return error ? std::optional{error->failure.kind} : std::nullopt;
    };
    ASSERT_TRUE(index.until([&] { return error_of(1) == FailureKind::throttled; }));
    // Longer than the attempts of one cycle.
    for (int seconds = 0; seconds < 300; seconds += 5) {
        index.pass(5s, 500ms);
        EXPECT_EQ(error_of(1), FailureKind::throttled) << seconds;
    }
    EXPECT_FALSE(error_of(0)) << "a shard's trouble is its own";
    EXPECT_TRUE(index.is_following());
    is_throttled = false;
    ASSERT_TRUE(index.until([&] { return index.is_equal(); }, 1min, 500ms));
    EXPECT_TRUE(index.until([&] { return !error_of(1); }, 1s));
}

TEST(ShardFollowerTest, LosesNothingWhereItemsAreThrottledByTurns) {
    Followed index(300);
    index.start();
    ASSERT_TRUE(index.until([&] { return index.asked("prepare") == 1; }));
    ASSERT_TRUE(index.until([&] { return index.world.follower.indices.size() == 1; }));
    int items = 0;
    for (const auto& shard : index.world.follower_index(copy).shards) {
        shard->on_item = [&items](const WriteItem& /*item*/) -> std::optional<Failure> {
            if (++items % 3 != 0) {
                return Failure{FailureKind::throttled, "429", "far"};
            }
            return std::nullopt;
        };
    }
    ASSERT_TRUE(index.until([&] { return index.is_following(); }, 10min));
    EXPECT_EQ(index.differences(), "");
}

TEST(ShardFollowerTest, SendsNoMoreBulksThanTheFollowersClusterTakes) {
    Followed index(300);
    index.world.doors.shut("follower.apply");
    index.start();
    index.pass(10s);
    EXPECT_EQ(index.world.doors.waiting("follower.apply"), 4U) << "of three shards together";
    for (int bulks = 0; bulks < 10; ++bulks) {
        index.world.doors.admit("follower.apply");
        index.pass(100ms);
        EXPECT_EQ(index.world.doors.waiting("follower.apply"), 4U);
    }
    index.world.doors.open("follower.apply");
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    EXPECT_EQ(index.differences(), "");
}

// The least there can be: one page at a time, of whichever shard, and still all come through.
TEST(ShardFollowerTest, SharesTheMemoryOfOnePage) {
    Followed index(300, 1);
    index.world.doors.shut("leader.read_page");
    index.start();
    index.pass(1s);
    EXPECT_EQ(index.world.doors.waiting("leader.read_page"), 1U);
    index.world.doors.open("leader.read_page");
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    EXPECT_EQ(index.differences(), "");
    for (int number = 0; number < 30; ++number) {
        index.world.put(logs, number, R"({"new":true})");
    }
    EXPECT_TRUE(index.until([&] { return index.is_equal(); }));
}

TEST(ShardFollowerTest, GivesBackTheMemoryOfAPageThatDidNotCome) {
    for (const FailureKind kind : {FailureKind::timeout, FailureKind::too_large}) {
        Followed index(100, 1);
        index.world.doors.fail("leader.read_page", kind, 5);
        index.start();
        EXPECT_TRUE(index.until([&] { return index.is_equal(); }, 2 * core::halt_interval));
    }
}

// Of closing a view nobody hears again: it expires by itself.
TEST(ShardFollowerTest, GetsOverAFailureOfWhateverItAsks) {
    for (const char* call : {"leader.read_identity",
                             "leader.read_sample",
                             "leader.refresh",
                             "leader.open_view",
                             "leader.read_page",
                             "leader.count",
                             "leader.list",
                             "leader.look_up",
                             "follower.read_identity",
                             "follower.refresh",
                             "follower.count",
                             "follower.list",
                             "follower.apply",
                             "save"}) {
        SCOPED_TRACE(call);
        Followed index;
        index.world.doors.fail(call, FailureKind::timeout, 4);
        index.start();
        ASSERT_TRUE(index.until([&] { return index.is_following(); }));
        index.world.remove(logs, 3);
        index.world.put(logs, 4, R"({"new":true})");
        ASSERT_TRUE(index.until([&] { return index.is_equal(); }));
        EXPECT_TRUE(index.until([&] { return index.asked(call) > 4; }, 2h, 500ms));
        index.world.remove(logs, 5);
        index.world.put(logs, 6, R"({"new":true})");
        EXPECT_TRUE(index.until([&] { return index.is_equal(); }));
        index.pass(2s);
        for (const core::ShardStatus& shard : index.follower->status().shards) {
            EXPECT_FALSE(shard.last_error);
        }
    }
}

TEST(ShardFollowerTest, WritesNoDocumentBeforeItsMapping) {
    Followed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.world.leader.indices.at(IndexName{logs}).set_mapping_version(2);
    index.world.put(logs, 100);
    index.world.doors.fail("sync_mapping", FailureKind::refused);
    const int bulks = index.world.bulks(copy);
    ASSERT_TRUE(index.until([&] {
        const FollowerStatus status = index.follower->status();
        return status.shards[1].phase == core::ShardPhase::halted;
    }));
    index.pass(10min, 1s);
    EXPECT_EQ(index.world.bulks(copy), bulks);
    index.world.doors.heal("sync_mapping");
    EXPECT_TRUE(index.until([&] { return index.is_equal(); }, 2 * core::halt_interval, 1s));
}

// A halted shard sleeps for a minute, but not through what the next poll shows.
TEST(ShardFollowerTest, EndsAtOnceAlsoWhileItIsHalted) {
    Followed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.world.doors.fail("follower.apply", FailureKind::refused);
    index.world.put(logs, 1, R"({"new":true})");
    ASSERT_TRUE(index.until(
        [&] { return index.follower->status().shards[1].phase == core::ShardPhase::halted; }));
    index.pass(1s);
    index.world.shard_of(logs, 1).sample.history = HistoryUuid{"restored"};
    EXPECT_TRUE(index.until([&] { return index.asked("claim_generation") == 2; }, 1s));
}

// What was begun may still change the follower: run() must not return before.
TEST(ShardFollowerTest, WaitsForWhatIsUnderWayWhenItIsStopped) {
    Followed index;
    index.world.doors.shut("follower.apply");
    index.start();
    ASSERT_TRUE(index.until([&] { return index.world.doors.waiting("follower.apply") > 0; }));
    index.stop();
    EXPECT_FALSE(index.ends());
    index.world.doors.open("follower.apply");
    EXPECT_TRUE(index.ends());
    const int asked = index.asked("follower.apply");
    index.world.timers.run_for(1min);
    EXPECT_EQ(index.asked("follower.apply"), asked);
}

}  // namespace
}  // namespace followd::engine
