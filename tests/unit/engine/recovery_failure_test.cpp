#include "support/recovery_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

/// Whatever fails, and wherever a daemon is killed: the last good generation stays shown, and the
/// next one comes.

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::RecoveryWorld;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string first = "orders.20261130t080000z";

/// Every call of a run but its listings.
const std::vector<const char*> calls{"source.read_release",     "target.read_release",
                                     "source.prepare_to_write", "target.prepare_to_read",
                                     "source.list_snapshots",   "read_definition",
                                     "leader.read_identity",    "sample",
                                     "leader.count_documents",  "source.begin_snapshot",
                                     "source.read_snapshot",    "generations.list_generations",
                                     "target.begin_restore",    "target.read_restore",
                                     "target.read_restored",    "generations.count_documents",
                                     "target.mark_restored",    "generations.show",
                                     "generations.remove",      "source.delete_snapshot"};

/// Shown from the second run on nothing is left of the one before.
void expect_tidy(RecoveryWorld& world, std::size_t keep) {
    EXPECT_THAT(world.indices(), SizeIs(1));
    EXPECT_THAT(world.target.restored, IsEmpty());
    EXPECT_LE(world.snapshots().size(), keep);
}

TEST(RecoveryFailureTest, EachCallMayFailOnce) {
    for (const FailureKind kind : {FailureKind::unavailable, FailureKind::timeout}) {
        for (const char* call : calls) {
            SCOPED_TRACE(std::string(call) + " " + std::string(to_string(kind)));
            RecoveryWorld world;
            world.rule.snapshots_to_keep = 1;
            world.make("orders");
            world.begin_life();
            ASSERT_TRUE(world.recovers());
            world.run_for(59min);
            world.write("orders", 30, 5);
            world.doors.fail(call, kind, 1);
            ASSERT_TRUE(world.shows_another_than(first, 5min));
            EXPECT_EQ(world.documents(), 35);
            world.run_for(5min);
            EXPECT_FALSE(world.error()) << world.what();
            // An old snapshot harms nobody until the next run.
            const bool is_deletion = std::string_view(call) == "source.delete_snapshot";
            expect_tidy(world, is_deletion ? 2 : 1);
            world.run_for(1h);
            expect_tidy(world, 1);
        }
    }
}

TEST(RecoveryFailureTest, WhatFailsAlwaysShowsNothingElseAndSaysWhy) {
    for (const char* call : calls) {
        SCOPED_TRACE(call);
        RecoveryWorld world;
        world.rule.snapshots_to_keep = 1;
        world.make("orders");
        world.begin_life();
        ASSERT_TRUE(world.recovers());
        world.run_for(59min);
        world.write("orders", 30, 5);
        world.doors.fail(call, FailureKind::unauthorised);
        world.run_for(2h);
        const std::string_view name(call);
        const bool is_after_all = name == "generations.remove" || name == "source.delete_snapshot";
        EXPECT_EQ(world.shown() == first, !is_after_all);
        if (name == "source.delete_snapshot") {
            EXPECT_THAT(world.row()->warnings, ElementsAre(HasSubstr("not deleted yet")));
        } else {
            EXPECT_EQ(world.error(), FailureKind::unauthorised);
            EXPECT_EQ(world.phase(), IndexPhase::refused) << "a person must act";
            EXPECT_EQ(world.row()->recovery->index, IndexName{world.shown()});
        }
        world.doors.heal(call);
        const std::string before = world.shown();
        ASSERT_TRUE(world.shows_another_than(before));
        EXPECT_EQ(world.documents(), 35);
        world.run_for(5min);
        EXPECT_FALSE(world.error()) << world.what();
        EXPECT_THAT(world.row()->warnings, IsEmpty());
        expect_tidy(world, 1);
    }
}

TEST(RecoveryFailureTest, WhoIsKilledAnywhereIsFollowedByOneWhoGoesOn) {
    bool has_finished = false;
    for (int calls_before = 0; !has_finished; ++calls_before) {
        SCOPED_TRACE(calls_before);
        RecoveryWorld world;
        world.rule.snapshots_to_keep = 2;
        world.make("orders");
        world.make("orders-2");
        world.begin_life();
        ASSERT_TRUE(world.recovers());
        world.run_for(59min);
        world.write("orders", 30, 5);
        world.doors.die_after(calls_before);
        has_finished = !world.until([&] { return world.doors.are_dead(); }, 5min);
        world.end_life();
        world.doors.live_on();
        world.begin_life();
        ASSERT_TRUE(world.until(
            [&] {
                return world.shown() != first &&
                       world.shown("orders-2") != "orders-2" + first.substr(6);
            },
            65min));
        EXPECT_EQ(world.documents(), 35);
        world.run_for(2min);
        EXPECT_FALSE(world.error()) << world.what();
        EXPECT_THAT(world.indices(), SizeIs(2));
        EXPECT_THAT(world.target.restored, IsEmpty());
        EXPECT_LE(world.snapshots().size(), 2U);
        for (const std::string& snapshot : world.snapshots()) {
            EXPECT_EQ(world.source.snapshots.at(snapshot).progress.state, SnapshotState::success);
        }
    }
}

TEST(RecoveryFailureTest, EndsWheneverItIsStopped) {
    bool has_finished = false;
    for (int step = 0; !has_finished; ++step) {
        SCOPED_TRACE(step);
        RecoveryWorld world;
        world.make("orders");
        world.begin_life();
        ASSERT_TRUE(world.recovers());
        world.run_for(59min + 50s);
        int steps = 0;
        has_finished = !world.until([&] { return steps++ == step; }, 1min);
        world.end_life();
        EXPECT_EQ(world.tasks.running(), 0U);
    }
}

// --- tries again ---------------------------------------------------------------------------------

TEST(RecoveryFailureTest, AFailedRunIsTriedAgainAfterAMinuteThenTwo) {
    RecoveryWorld world;
    world.make("orders");
    world.doors.fail("source.begin_snapshot", FailureKind::unavailable, 3);
    world.begin_life();
    std::vector<Duration> at;
    const Instant began = world.timers.now();
    EXPECT_TRUE(world.until(
        [&] {
            if (world.asked("source.begin_snapshot") > std::ssize(at)) {
                at.push_back(std::chrono::floor<std::chrono::seconds>(world.timers.now() - began));
            }
            return !world.shown().empty();
        },
        20min));
    EXPECT_THAT(at, ElementsAre(0s, 60s, 180s, 420s));
    EXPECT_EQ(world.recovery->rule_status().failed, 3);
}

TEST(RecoveryFailureTest, AnErrorLastsSinceItBegan) {
    RecoveryWorld world;
    world.make("orders");
    world.doors.fail("source.begin_snapshot", FailureKind::unavailable);
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return world.error().has_value(); }));
    const Instant since = world.row()->last_error->since;
    world.run_for(2h);
    EXPECT_EQ(world.row()->last_error->since, since);
    EXPECT_EQ(world.phase(), IndexPhase::discovered);
}

// A restore that failed needs no second snapshot, and no other index waits for it.
TEST(RecoveryFailureTest, OneIndexsFailureIsItsOwn) {
    RecoveryWorld world;
    world.make("orders");
    world.make("orders-2");
    world.doors.fail("generations.show", FailureKind::unavailable, 1);
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return world.error().has_value(); }));
    world.run_for(20s);
    EXPECT_NE(world.shown().empty(), world.shown("orders-2").empty());
    EXPECT_EQ(world.recovery->rule_status().partial, 1);
    ASSERT_TRUE(
        world.until([&] { return !world.shown().empty() && !world.shown("orders-2").empty(); }));
    EXPECT_EQ(world.shown("orders-2").substr(9), world.shown().substr(7));
    EXPECT_FALSE(world.error());
    EXPECT_THAT(world.source.taken, SizeIs(1));
    EXPECT_THAT(world.snapshots(), SizeIs(1));
}

// It may have taken hours.
TEST(RecoveryFailureTest, ARestoreThatHasBegunIsGoneOnWith) {
    RecoveryWorld world;
    world.make("orders");
    world.target.lasts = 10min;
    world.doors.fail("target.read_restored", FailureKind::unavailable, 1);
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return world.error().has_value(); }, 15min));
    ASSERT_TRUE(world.recovers());
    EXPECT_EQ(world.asked("target.begin_restore"), 1);
    EXPECT_THAT(world.target.discarded, IsEmpty());
    EXPECT_GE(world.row()->recovery->point->restore_took, 10min) << "from its beginning";
}

// The leader may be gone by then: that day it is worth most.
TEST(RecoveryFailureTest, WhatWasConfirmedIsRestoredWithoutTheLeader) {
    RecoveryWorld world;
    world.make("orders");
    world.target.lasts = 10min;
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return !world.target.restored.empty(); }));
    for (const char* call : {"sample",
                             "leader.read_identity",
                             "list_indices",
                             "read_definition",
                             "source.list_snapshots",
                             "source.read_snapshot"}) {
        world.doors.fail(call, FailureKind::unreachable);
    }
    ASSERT_TRUE(world.shows_another_than("", 15min));
    world.run_for(5min);
    EXPECT_EQ(world.phase(), IndexPhase::following);
    EXPECT_EQ(world.error(), FailureKind::unreachable);
    EXPECT_THAT(world.row()->warnings, Contains(HasSubstr("promote --no-drain orders")));
}

TEST(RecoveryFailureTest, ARestoreInWhoseWaySomethingStandsIsGivenUpAndTriedAgain) {
    RecoveryWorld world;
    world.make("orders");
    world.target.obstacle = "the disks are too full";
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return world.error().has_value(); }));
    EXPECT_THAT(world.what(), HasSubstr("the disks are too full"));
    EXPECT_EQ(world.phase(), IndexPhase::refused);
    EXPECT_THAT(world.target.restored, IsEmpty()) << "nothing half-made stays";
    world.target.obstacle.clear();
    ASSERT_TRUE(world.recovers());
    EXPECT_THAT(world.source.taken, SizeIs(1));
}

TEST(RecoveryFailureTest, TheNextRunOfTheScheduleIsFromASnapshotOfItsOwn) {
    RecoveryWorld world;
    world.make("orders");
    world.target.obstacle = "the disks are too full";
    world.begin_life();
    world.run_for(59min);
    EXPECT_THAT(world.source.taken, SizeIs(1));
    world.run_for(2min);
    EXPECT_THAT(world.source.taken, SizeIs(2));
    world.target.obstacle.clear();
    ASSERT_TRUE(world.recovers());
    EXPECT_EQ(world.shown(), "orders.20261130t090000z");
}

// --- what a snapshot is worth --------------------------------------------------------------------

TEST(RecoveryFailureTest, ASnapshotThatIsNotWholeIsNeverRestored) {
    for (const SnapshotState state : {SnapshotState::partial, SnapshotState::failed}) {
        RecoveryWorld world;
        world.make("orders");
        world.begin_life();
        ASSERT_TRUE(world.recovers());
        world.source.ends_as = state;
        world.source.reason = "a shard was away";
        ASSERT_TRUE(world.until([&] { return world.error().has_value(); }, 65min));
        EXPECT_THAT(world.what(), HasSubstr("a shard was away"));
        world.run_for(30min);
        EXPECT_EQ(world.asked("target.begin_restore"), 1);
        EXPECT_EQ(world.shown(), first);
        EXPECT_THAT(world.snapshots(), SizeIs(1)) << "only the whole one is kept";
        world.source.ends_as = SnapshotState::success;
        EXPECT_TRUE(world.shows_another_than(first));
    }
}

TEST(RecoveryFailureTest, APrimaryThatChangesDuringTheSnapshotSpoilsIt) {
    RecoveryWorld world;
    world.make("orders");
    world.source.lasts = 10s;
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    world.run_for(59min);
    ASSERT_TRUE(world.until([&] { return world.source.taken.size() == 2; }));
    world.shard("orders", 1).identity.term = PrimaryTerm{2};
    ASSERT_TRUE(world.until([&] { return world.error().has_value(); }));
    EXPECT_THAT(world.what(), HasSubstr("a primary of the leader changed"));
    EXPECT_EQ(world.shown(), first);
    EXPECT_EQ(world.asked("target.begin_restore"), 1);
    ASSERT_TRUE(world.shows_another_than(first, 2min));
    EXPECT_THAT(world.source.taken, SizeIs(3));
    EXPECT_THAT(world.snapshots(), SizeIs(2)) << "the spoilt one was deleted";
}

TEST(RecoveryFailureTest, AnotherHistorySpoilsItToo) {
    RecoveryWorld world;
    world.make("orders");
    world.source.lasts = 10s;
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return world.source.taken.size() == 1; }));
    world.shard("orders", 1).sample.history = HistoryUuid{"another"};
    ASSERT_TRUE(world.until([&] { return world.error().has_value(); }));
    EXPECT_EQ(world.asked("target.begin_restore"), 0);
    EXPECT_TRUE(world.recovers());
}

// What a snapshot has above the global checkpoint a failover may roll back.
TEST(RecoveryFailureTest, NothingIsShownThatMayBeRolledBack) {
    RecoveryWorld world;
    world.make("orders");
    world.source.lasts = 10s;
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return world.source.taken.size() == 1; }));
    test::FakeLeaderShard& shard = world.shard("orders", 0);
    shard.sample.max_seq_no = shard.sample.max_seq_no.next();
    world.run_for(9min);
    EXPECT_EQ(world.asked("target.begin_restore"), 0);
    EXPECT_EQ(world.row()->bootstrap->step, BootstrapStep::confirmation);
    shard.sample.global_checkpoint = shard.sample.max_seq_no;
    EXPECT_TRUE(world.recovers());
}

TEST(RecoveryFailureTest, AGlobalCheckpointThatStaysBehindFailsTheRun) {
    RecoveryWorld world;
    world.make("orders");
    world.source.lasts = 10s;
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return world.source.taken.size() == 1; }));
    test::FakeLeaderShard& shard = world.shard("orders", 0);
    shard.sample.max_seq_no = shard.sample.max_seq_no.next();
    ASSERT_TRUE(world.until([&] { return world.error().has_value(); }, 11min));
    EXPECT_THAT(world.what(), HasSubstr("is a replica away?"));
    EXPECT_EQ(world.asked("target.begin_restore"), 0);
}

// An answer that does not come for a while spoils no snapshot that took hours.
TEST(RecoveryFailureTest, ALeaderThatIsAwayForAMomentAfterwardsSpoilsNothing) {
    RecoveryWorld world;
    world.make("orders");
    world.source.lasts = 10s;
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return world.source.taken.size() == 1; }));
    world.doors.fail("sample", FailureKind::unreachable);
    world.run_for(5min);
    world.doors.heal("sample");
    ASSERT_TRUE(world.recovers());
    EXPECT_THAT(world.source.taken, SizeIs(1));
}

TEST(RecoveryFailureTest, WhatIsNotWhatTheLeaderHadIsThrownAway) {
    RecoveryWorld world;
    world.make("orders");
    world.make("orders-2");
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    world.run_for(59min);
    world.generations.miscounted = -1;
    ASSERT_TRUE(world.until([&] { return world.error().has_value(); }));
    EXPECT_THAT(world.what(),
                testing::AllOf(HasSubstr("is not what the leader had"), HasSubstr("29 documents")));
    world.run_for(1s);
    EXPECT_EQ(world.shown(), first);
    EXPECT_THAT(world.target.restored, IsEmpty());
    world.generations.miscounted = 0;
    ASSERT_TRUE(world.shows_another_than(first, 2min));
    EXPECT_THAT(world.source.taken, SizeIs(3)) << "from another snapshot";
    world.run_for(1min);
    EXPECT_THAT(world.snapshots(),
                ElementsAre("followd-every-d1-hourly-20261130t080000z",
                            "followd-every-d1-hourly-20261130t090000z"))
        << "which only those had that needed it";
    world.run_for(1h);
    EXPECT_THAT(world.source.taken, SizeIs(4)) << "by the schedule";
}

TEST(RecoveryFailureTest, ARestoredShardMustHaveAllUpToTheCheckpointOfBefore) {
    RecoveryWorld world;
    world.make("orders");
    world.doors.shut("source.begin_snapshot");
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return world.doors.waiting("source.begin_snapshot") == 1; }));
    // As if the repository gave an older state of the shard.
    test::FakeLeaderShard& shard = world.shard("orders", 0);
    const SeqNo last = shard.sample.max_seq_no;
    shard.sample.max_seq_no = SeqNo{last.value() - 1};
    world.doors.admit("source.begin_snapshot");
    ASSERT_TRUE(world.until([&] { return world.source.taken.size() == 1; }));
    shard.sample.max_seq_no = last;
    ASSERT_TRUE(world.until([&] { return world.error().has_value(); }));
    EXPECT_THAT(world.what(), HasSubstr("shard 0 ends with operation 8"));
    EXPECT_EQ(world.shown(), "");
}

TEST(RecoveryFailureTest, WritesDuringTheSnapshotAreNoDifference) {
    RecoveryWorld world;
    world.make("orders");
    world.doors.shut("source.begin_snapshot");
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return world.doors.waiting("source.begin_snapshot") == 1; }));
    world.write("orders", 30, 20);
    for (int number = 0; number < 5; ++number) {
        world.remove("orders", number);
    }
    world.doors.open("source.begin_snapshot");
    ASSERT_TRUE(world.recovers());
    EXPECT_EQ(world.documents(), 45);
}

}  // namespace
}  // namespace followd::engine
