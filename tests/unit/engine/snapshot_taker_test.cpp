#include "engine/snapshot_taker.hpp"

#include "support/snapshot_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::SnapshotWorld;

TEST(SnapshotTakerTest, TakesOneForAllThatComeTogether) {
    SnapshotWorld world;
    const auto& first = world.take("logs");
    const auto& second = world.take("metrics");
    const auto& third = world.take("logs");
    ASSERT_TRUE(
        world.until([&] { return first.has_one() && second.has_one() && third.has_one(); }));
    EXPECT_EQ(first.name(), second.name());
    EXPECT_EQ(first.name(), third.name());
    EXPECT_TRUE(first.name().starts_with(test::prefix)) << first.name();
    ASSERT_EQ(world.source.taken.size(), 1U);
    EXPECT_EQ(world.source.taken.front().indices,
              (std::vector{IndexName{"logs"}, IndexName{"metrics"}}));
}

// Who comes again and again may not keep the others from ever having theirs.
TEST(SnapshotTakerTest, GathersNoLongerThanTwoSeconds) {
    SnapshotWorld world;
    const auto& first = world.take("logs");
    const Instant began = world.timers.now();
    for (int number = 0; !first.has_one(); ++number) {
        ASSERT_LT(number, 100);
        (void)world.take("other-" + std::to_string(number));
        world.timers.run_for(50ms);
    }
    EXPECT_LE(world.timers.now() - began, 2s + world.source.lasts + 200ms);
    EXPECT_GE(world.source.taken.front().indices.size(), 20U);
}

// What a snapshot under way copied of an index may be older than what its follower knows.
TEST(SnapshotTakerTest, WhoComesWhileOneRunsGetsTheNext) {
    SnapshotWorld world;
    world.source.lasts = 10s;
    const auto& first = world.take("logs");
    ASSERT_TRUE(world.until([&] { return world.source.taken.size() == 1; }));
    const Instant asked = world.timers.now();
    const auto& second = world.take("logs");
    const auto& third = world.take("metrics");
    world.timers.run_for(5s);
    EXPECT_EQ(first.status.step, BootstrapStep::snapshot);
    EXPECT_EQ(second.status.step, BootstrapStep::waiting);
    EXPECT_EQ(world.source.taken.size(), 1U) << "one at a time";
    ASSERT_TRUE(world.until([&] { return second.has_one() && third.has_one(); }, 30s));
    EXPECT_NE(second.name(), first.name());
    EXPECT_EQ(third.name(), second.name());
    ASSERT_EQ(world.source.taken.size(), 2U);
    EXPECT_GT(world.source.taken.back().begun, asked);
}

TEST(SnapshotTakerTest, ShowsHowFarItIs) {
    SnapshotWorld world;
    world.source.lasts = 10s;
    const auto& one = world.take("logs");
    ASSERT_TRUE(world.until([&] { return one.status.transfer.bytes >= 500; }));
    EXPECT_EQ(one.status.step, BootstrapStep::snapshot);
    EXPECT_EQ(one.status.transfer.bytes_total, 1000);
    EXPECT_LT(one.status.transfer.bytes, 1000);
}

TEST(SnapshotTakerTest, DeletesItWhenNobodyHoldsItAnyMore) {
    SnapshotWorld world;
    auto& first = world.take("logs");
    auto& second = world.take("metrics");
    ASSERT_TRUE(world.until([&] { return first.has_one() && second.has_one(); }));
    const std::string name = first.name();
    world.timers.run_for(10min);
    first.lease.reset();
    world.timers.run_for(10min);
    EXPECT_TRUE(world.source.snapshots.contains(name)) << "the other holds it";
    second.lease.reset();
    world.timers.run_for(1s);
    EXPECT_EQ(world.source.deleted, std::vector{name});
}

TEST(SnapshotTakerTest, IsNotDeletedWhileItsNextHolderTakesOver) {
    SnapshotWorld world;
    auto& one = world.take("logs");
    ASSERT_TRUE(world.until([&] { return one.has_one(); }));
    SnapshotTaker::Lease again = world.taker->hold(one.name());
    one.lease.reset();
    world.timers.run_for(10min);
    EXPECT_TRUE(world.source.deleted.empty());
    const SnapshotTaker::Lease moved = std::move(again);
    world.timers.run_for(10min);
    EXPECT_TRUE(world.source.deleted.empty());
}

TEST(SnapshotTakerTest, ADeletionThatFailedIsTriedAgain) {
    SnapshotWorld world;
    auto& one = world.take("logs");
    ASSERT_TRUE(world.until([&] { return one.has_one(); }));
    world.doors.fail("source.delete_snapshot", FailureKind::unavailable);
    one.lease.reset();
    world.timers.run_for(3min);
    EXPECT_GE(world.asked("source.delete_snapshot"), 2);
    world.doors.heal("source.delete_snapshot");
    world.timers.run_for(1min + 1s);
    EXPECT_TRUE(world.source.snapshots.empty());
}

TEST(SnapshotTakerTest, DeletesWhatAnEarlierLifeLeftAndNothingElse) {
    SnapshotWorld world;
    for (const char* name : {"followd-d1-1-1",
                             "followd-d1-2-1",
                             "followd-d12-1-1",
                             "nightly",
                             "followd-d2-1-1",
                             "followd-d1"}) {
        world.source.leave(name);
    }
    EXPECT_TRUE(world.taker->is_ours("followd-d1-1-1"));
    EXPECT_FALSE(world.taker->is_ours("followd-d12-1-1"));
    world.timers.run_for(14s);
    EXPECT_TRUE(world.source.deleted.empty()) << "a follower may go on with it";
    world.timers.run_for(2s);
    EXPECT_EQ(world.source.deleted, (std::vector<std::string>{"followd-d1-1-1", "followd-d1-2-1"}));
    world.timers.run_for(10min);
    EXPECT_EQ(world.source.snapshots.size(), 4U);
}

TEST(SnapshotTakerTest, LeavesWhatAFollowerGoesOnWith) {
    SnapshotWorld world;
    world.source.leave("followd-d1-1-1");
    world.source.leave("followd-d1-1-2");
    {
        const SnapshotTaker::Lease lease = world.taker->hold("followd-d1-1-1");
        world.timers.run_for(10min);
        EXPECT_EQ(world.source.deleted, std::vector<std::string>{"followd-d1-1-2"});
    }
    world.timers.run_for(1s);
    EXPECT_TRUE(world.source.snapshots.empty());
}

TEST(SnapshotTakerTest, LeavesOneThatRuns) {
    SnapshotWorld world;
    world.source.lasts = 5min;
    const auto& one = world.take("logs");
    world.timers.run_for(4min);
    EXPECT_TRUE(world.source.deleted.empty());
    ASSERT_TRUE(world.until([&] { return one.has_one(); }, 2min));
}

TEST(SnapshotTakerTest, AnUnlistedRepositoryIsListedAgain) {
    SnapshotWorld world;
    world.source.leave("followd-d1-1-1");
    world.doors.fail("source.list_snapshots", FailureKind::not_found, 2);
    world.timers.run_for(15s + 2min + 1s);
    EXPECT_EQ(world.asked("source.list_snapshots"), 3);
    EXPECT_TRUE(world.source.snapshots.empty());
}

TEST(SnapshotTakerTest, OneThatIsNotWholeIsAFailureForAllAndIsDeleted) {
    for (const SnapshotState state : {SnapshotState::partial, SnapshotState::failed}) {
        SnapshotWorld world;
        world.source.ends_as = state;
        world.source.reason = "a shard was away";
        const auto& first = world.take("logs");
        const auto& second = world.take("metrics");
        ASSERT_TRUE(world.until([&] { return first.lease && second.lease; }));
        for (const auto* const one : {&first, &second}) {
            ASSERT_FALSE(one->has_one());
            EXPECT_EQ(one->lease->failure().kind, FailureKind::unavailable);
            EXPECT_NE(one->lease->failure().what.find("a shard was away"), std::string::npos);
        }
        world.timers.run_for(1s);
        EXPECT_TRUE(world.source.snapshots.empty());

        world.source.ends_as = SnapshotState::success;
        const auto& again = world.take("logs");
        ASSERT_TRUE(world.until([&] { return again.lease.has_value(); }));
        EXPECT_TRUE(again.has_one());
    }
}

// The repository may have been taken away since: whatever failed, it is looked at anew.
TEST(SnapshotTakerTest, PreparesTheRepositoryOnceUntilSomethingFails) {
    SnapshotWorld world;
    world.doors.fail("source.prepare_to_write", FailureKind::unauthorised, 1);
    const auto taken = [&world](const char* index) -> SnapshotWorld::Taking& {
        SnapshotWorld::Taking& one = world.take(index);
        EXPECT_TRUE(world.until([&] { return one.lease.has_value(); }));
        return one;
    };
    const auto& refused = taken("logs");
    ASSERT_FALSE(refused.has_one());
    EXPECT_EQ(refused.lease->failure().kind, FailureKind::unauthorised);
    EXPECT_TRUE(world.source.taken.empty());
    EXPECT_TRUE(taken("logs").has_one());
    EXPECT_TRUE(taken("logs").has_one());
    EXPECT_EQ(world.asked("source.prepare_to_write"), 2);
    world.doors.fail("source.begin_snapshot", FailureKind::not_found, 1);
    EXPECT_FALSE(taken("logs").has_one());
    EXPECT_TRUE(taken("logs").has_one());
    EXPECT_EQ(world.asked("source.prepare_to_write"), 3);
}

TEST(SnapshotTakerTest, TellsWhatFailed) {
    for (const char* call :
         {"source.prepare_to_write", "source.begin_snapshot", "source.read_snapshot"}) {
        SCOPED_TRACE(call);
        SnapshotWorld world;
        // One question about a snapshot under way may go unanswered; for ten minutes, none.
        const bool is_of_progress = call == std::string_view("source.read_snapshot");
        world.doors.fail(call, FailureKind::throttled, is_of_progress ? 700 : 1);
        const auto& one = world.take("logs");
        ASSERT_TRUE(world.until([&] { return one.lease.has_value(); }, 11min));
        ASSERT_FALSE(one.has_one());
        EXPECT_EQ(one.lease->failure().kind, FailureKind::throttled);
        world.timers.run_for(1s);
        EXPECT_TRUE(world.source.snapshots.empty());
    }
}

TEST(SnapshotTakerTest, NoTwoHaveOneName) {
    SnapshotWorld world;
    world.source.lasts = 1ms;
    std::set<std::string> names;
    for (int times = 0; times < 5; ++times) {
        auto& one = world.take("logs");
        ASSERT_TRUE(world.until([&] { return one.has_one(); }));
        names.insert(one.name());
    }
    EXPECT_EQ(names.size(), 5U);
}

TEST(SnapshotTakerTest, NothingBeginsOnceItIsStopped) {
    SnapshotWorld world;
    world.taker->stop();
    const auto& one = world.take("logs");
    ASSERT_TRUE(world.until([&] { return one.lease.has_value(); }, 1s));
    ASSERT_FALSE(one.has_one());
    EXPECT_EQ(one.lease->failure().kind, FailureKind::cancelled);
    EXPECT_TRUE(world.source.taken.empty());
}

// After each single step of a life that takes one, another meanwhile, drops both and cleans up.
TEST(SnapshotTakerTest, EndsWheneverItIsStopped) {
    bool has_finished = false;
    for (int step = 0; !has_finished; ++step) {
        SCOPED_TRACE(step);
        SnapshotWorld world;
        world.source.leave("followd-d1-1-1");
        auto& first = world.take("logs");
        SnapshotWorld::Taking* second = nullptr;
        int steps = 0;
        has_finished = !world.until(
            [&] {
                if (second == nullptr && first.status.step == BootstrapStep::snapshot) {
                    second = &world.take("metrics");
                }
                if (second != nullptr && second->has_one()) {
                    first.lease.reset();
                    second->lease.reset();
                }
                return steps++ == step;
            },
            20s);
        world.end_life();
        EXPECT_EQ(world.tasks.running(), 0U);
    }
}

// What was held when the daemon ended is for its next life.
TEST(SnapshotTakerTest, DeletesNothingOnItsWayOut) {
    SnapshotWorld world;
    const auto& one = world.take("logs");
    ASSERT_TRUE(world.until([&] { return one.has_one(); }));
    world.end_life();
    EXPECT_EQ(world.source.snapshots.size(), 1U);
    world.begin_life();
    world.timers.run_for(16s);
    EXPECT_TRUE(world.source.snapshots.empty());
}

}  // namespace
}  // namespace followd::engine
