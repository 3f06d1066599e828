#include "support/watched_cluster.hpp"

#include <gtest/gtest.h>

#include <string>

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::make_rule;
using test::Watched;

TEST(ClusterWatcherTest, ListsSeldomWhereNothingComesOrGoes) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    cluster.world.timers.run_for(1min);
    const int before = cluster.asked("list_indices");
    for (int second = 0; second < 600; ++second) {
        cluster.world.put("logs-1", second);
        cluster.world.timers.run_for(1s);
    }
    EXPECT_LE(cluster.asked("list_indices") - before, 10);
    EXPECT_GE(cluster.asked("list_indices") - before, 9);
}

TEST(ClusterWatcherTest, PollsOftenOnlyWhileSomethingMoves) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    cluster.world.timers.run_for(1min);
    int before = cluster.asked("sample");
    cluster.world.timers.run_for(10s);
    EXPECT_EQ(cluster.asked("sample") - before, 20);
    before = cluster.asked("sample");
    for (int write = 0; write < 20; ++write) {
        cluster.world.put("logs-1", write);
        cluster.world.timers.run_for(500ms);
    }
    EXPECT_GE(cluster.asked("sample") - before, 400);
}

TEST(ClusterWatcherTest, TellsOfAFailingPollUntilTheLeaderAnswers) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }));
    EXPECT_FALSE(cluster.watcher->failure());
    EXPECT_FALSE(cluster.error_of("logs-1"));

    cluster.world.doors.fail("sample", FailureKind::unreachable);
    ASSERT_TRUE(cluster.until([&] { return cluster.watcher->failure().has_value(); }, 1s));
    EXPECT_EQ(cluster.watcher->failure()->kind, FailureKind::unreachable);
    ASSERT_EQ(cluster.error_of("logs-1"), FailureKind::unreachable);
    const Instant since = cluster.rows_of("logs-1").front().last_error->since;
    const int before = cluster.asked("sample");
    cluster.world.timers.run_for(10min);
    EXPECT_LE(cluster.asked("sample") - before, 60) << "it must back off";
    EXPECT_GE(cluster.asked("sample") - before, 20);
    EXPECT_EQ(cluster.rows_of("logs-1").front().last_error->since, since);

    cluster.world.put("logs-1", 99);
    cluster.world.doors.heal("sample");
    ASSERT_TRUE(cluster.until([&] { return !cluster.watcher->failure(); }, 31s));
    EXPECT_FALSE(cluster.error_of("logs-1"));
    EXPECT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }, 1s));

    // The next trouble is another one, and is waited for shortly.
    cluster.world.doors.fail("sample", FailureKind::timeout, 1);
    ASSERT_TRUE(cluster.until([&] { return cluster.watcher->failure().has_value(); }, 1s));
    EXPECT_TRUE(cluster.until([&] { return !cluster.watcher->failure(); }, 100ms));
}

TEST(ClusterWatcherTest, WaitsForALeaderThatIsNotThereAtTheStart) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.world.doors.fail("sample", FailureKind::unreachable);
    cluster.world.doors.fail("list_indices", FailureKind::unreachable);
    cluster.start();
    cluster.world.timers.run_for(10min);
    EXPECT_EQ(cluster.watcher->failure()->kind, FailureKind::unreachable);
    EXPECT_TRUE(cluster.watcher->status().empty());
    cluster.world.doors.heal("sample");
    cluster.world.doors.heal("list_indices");
    EXPECT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }, 35s));
}

TEST(ClusterWatcherTest, ListsAgainSoonWhereAListingFailed) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    cluster.world.timers.run_for(90s);
    cluster.world.doors.fail("list_indices", FailureKind::timeout, 3);
    cluster.make("logs-2", "uuid-2");
    EXPECT_TRUE(cluster.until([&] { return cluster.follows("logs-2"); }, 10s));
    EXPECT_FALSE(cluster.watcher->failure());
}

// The node that answers the listing may learn of an index later than the one that showed it.
TEST(ClusterWatcherTest, ListsAgainWhereTheFirstListingLacksANewIndex) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    cluster.world.timers.run_for(90s);
    cluster.make("logs-2", "uuid-2");
    auto& listed = cluster.world.leader.indices.at(IndexName{"logs-2"}).listed;
    listed.is_system = true;
    const int before = cluster.asked("list_indices");
    ASSERT_TRUE(cluster.until([&] { return cluster.asked("list_indices") == before + 1; }));
    cluster.world.timers.run_for(100ms);
    listed.is_system = false;
    EXPECT_TRUE(cluster.until([&] { return cluster.follows("logs-2"); }, 3s));
}

// Making followers is work for a cluster's master: however many indices there are, it is done a few
// at a time.
TEST(ClusterWatcherTest, MakesAFewIndicesReadyAtATime) {
    Watched cluster;
    cluster.make_many(10);
    cluster.world.doors.shut("prepare");
    cluster.start();
    cluster.world.timers.run_for(1min);
    EXPECT_EQ(cluster.world.doors.waiting("prepare"), 4U);
    EXPECT_EQ(cluster.watcher->status().size(), 10U);
    cluster.world.doors.open("prepare");
    EXPECT_TRUE(cluster.until([&] {
        return std::ranges::all_of(cluster.watcher->status(), [](const FollowerStatus& row) {
            return row.phase == IndexPhase::following;
        });
    }));
}

// Stops after each single step of a life in which an index is made anew and another one appears.
TEST(ClusterWatcherTest, EndsWheneverItIsStopped) {
    bool has_finished = false;
    for (int step = 0; !has_finished; ++step) {
        SCOPED_TRACE(step);
        Watched cluster;
        cluster.make("logs-1", "uuid-1");
        cluster.start();
        int steps = 0;
        bool has_changed = false;
        has_finished = !cluster.until(
            [&] {
                if (!has_changed && cluster.follows("logs-1")) {
                    has_changed = true;
                    cluster.make("logs-1", "uuid-2");
                    cluster.make("logs-2", "uuid-3");
                }
                return steps++ == step;
            },
            1s);
        cluster.stop();
        ASSERT_TRUE(cluster.ends());
    }
}

TEST(ClusterWatcherTest, PollsSeldomAfterAnIndexWentWhileItWasMadeReady) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.world.doors.shut("load");
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.world.doors.waiting("load") == 1; }));
    cluster.remove("logs-1");
    ASSERT_TRUE(
        cluster.until([&] { return cluster.phase_of("logs-1") == IndexPhase::leader_gone; }));
    cluster.world.doors.open("load");
    cluster.world.timers.run_for(1min);
    const int before = cluster.asked("sample");
    cluster.world.timers.run_for(10s);
    EXPECT_EQ(cluster.asked("sample") - before, 20);
    EXPECT_TRUE(cluster.rows_of("logs-1").front().shards.empty());
}

TEST(ClusterWatcherTest, StartsNothingThatStillQueuesWhenItIsStopped) {
    Watched cluster;
    cluster.make_many(10);
    cluster.world.doors.shut("prepare");
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.world.doors.waiting("prepare") == 4; }));
    cluster.stop();
    cluster.world.doors.open("prepare");
    EXPECT_TRUE(cluster.ends());
    EXPECT_EQ(cluster.asked("read_definition"), 4);
    EXPECT_EQ(cluster.world.follower.indices.size(), 4U);
}

}  // namespace
}  // namespace followd::engine
