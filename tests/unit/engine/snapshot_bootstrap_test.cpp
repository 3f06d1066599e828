#include "engine/snapshot_bootstrap.hpp"

#include "support/snapshot_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::SnapshotWorld;

constexpr const char* restored_copy = "logs-copy";

void expect_done(const Result<SnapshotOutcome>& outcome) {
    ASSERT_TRUE(outcome.ok()) << to_string(outcome.failure());
    EXPECT_EQ(*outcome, SnapshotOutcome::done);
}

bool is_impossible(const Result<SnapshotOutcome>& outcome) {
    return outcome.ok() && *outcome == SnapshotOutcome::impossible;
}

bool waits_at(SnapshotWorld& world, const char* call) {
    return world.until([&world, call] { return world.doors.waiting(call) == 1; });
}

/// Every live document that the checkpoint claims is on the follower.
void expect_no_false_checkpoint(SnapshotWorld& world) {
    const test::FakeFollowerIndex& index = world.follower_index(restored_copy);
    for (int number = 0; number < 3; ++number) {
        const Checkpoint& stored = world.store.checkpoints.at(world.key(number));
        const auto& there = index.shards.at(static_cast<std::size_t>(number))->documents;
        for (const auto& [seq, document] : world.shard(number).documents) {
            const Version version = stored.base.of_write(SeqNo{seq});
            EXPECT_TRUE(SeqNo{seq} > stored.applied_through || there.contains(version.value()))
                << document.id << " of " << seq << " is not there, and C is "
                << stored.applied_through.value();
        }
    }
}

TEST(SnapshotBootstrapTest, MakesAFollowerThatKnowsWhereItsDocumentsComeFrom) {
    SnapshotWorld world;
    SnapshotBootstrap& bootstrap = world.bootstrap();
    expect_done(world.run_to_end(bootstrap));
    EXPECT_FALSE(bootstrap.status());
    ASSERT_EQ(world.target.marked.size(), 1U);
    const core::Turn& turn = world.target.marked.front().begun;
    EXPECT_EQ(turn.generation, 1);
    ASSERT_EQ(turn.origins.size(), 2U);
    EXPECT_TRUE(turn.origins[0].is_restored);
    EXPECT_EQ(turn.origins[1].from, (std::vector{SeqNo{10}, SeqNo{10}, SeqNo{10}}));
    EXPECT_EQ(world.target.marked.front().histories,
              (std::vector<HistoryUuid>(3, HistoryUuid{"history"})));
    world.timers.run_for(1s);
    EXPECT_TRUE(world.source.snapshots.empty()) << "nobody needs it any more";
    EXPECT_TRUE(world.target.discarded.empty());
}

TEST(SnapshotBootstrapTest, BeginsAboveEveryVersionThatWasRestored) {
    SnapshotWorld world;
    world.target.version_highest = (std::int64_t{7} << generation_bits) + 5;
    expect_done(world.run_to_end(world.bootstrap()));
    EXPECT_EQ(world.target.marked.front().begun.generation, 8);
    EXPECT_EQ(world.store.checkpoints.at(world.key(0)).base, base_of_generation(8));
}

TEST(SnapshotBootstrapTest, StoresTheGlobalCheckpointOfBeforeTheSnapshot) {
    SnapshotWorld world;
    world.doors.shut("source.begin_snapshot");
    const auto outcome = world.begin(world.bootstrap());
    ASSERT_TRUE(waits_at(world, "source.begin_snapshot"));
    for (int number = 30; number < 36; ++number) {
        world.put("logs", number);
    }
    world.doors.open("source.begin_snapshot");
    expect_done(world.end_of(outcome));
    for (int number = 0; number < 3; ++number) {
        const Checkpoint& stored = world.store.checkpoints.at(world.key(number));
        EXPECT_EQ(stored.applied_through, SeqNo{9});
        EXPECT_EQ(stored.swept_through, SeqNo::none());
        EXPECT_EQ(stored.term, PrimaryTerm{1});
        EXPECT_EQ(stored.history, HistoryUuid{"history"});
    }
    EXPECT_EQ(world.target.marked.front().begun.origins[1].from.front(), SeqNo{12});
    EXPECT_EQ(world.follower_index(restored_copy).shards[0]->documents.size(), 12U);
    expect_no_false_checkpoint(world);
}

// With the mark a restart would look for them no more.
TEST(SnapshotBootstrapTest, StoresItsCheckpointsBeforeItMarks) {
    SnapshotWorld world;
    expect_done(world.run_to_end(world.bootstrap()));
    const auto& stored = world.target.marked.front().stored;
    ASSERT_EQ(stored.size(), 3U);
    for (const auto& [key, checkpoint] : stored) {
        EXPECT_EQ(checkpoint.applied_through, SeqNo{9});
        EXPECT_EQ(checkpoint.base, base_of_generation(1));
        EXPECT_EQ(checkpoint.follower.uuid, world.follower_index(restored_copy).info.uuid);
    }
    EXPECT_EQ(stored, world.store.checkpoints);
}

TEST(SnapshotBootstrapTest, RestoresNothingWhoseCheckpointsAreNotStored) {
    for (int saves = 1; saves <= 3; ++saves) {
        SnapshotWorld world;
        world.doors.shut("save");
        const auto outcome = world.begin(world.bootstrap());
        for (int passed = 1; passed < saves; ++passed) {
            ASSERT_TRUE(waits_at(world, "save"));
            world.doors.admit("save");
        }
        ASSERT_TRUE(waits_at(world, "save"));
        world.doors.fail("save", FailureKind::storage, 1);
        world.doors.open("save");
        const Result<SnapshotOutcome> end = world.end_of(outcome);
        ASSERT_FALSE(end.ok());
        EXPECT_EQ(end.failure().kind, FailureKind::storage);
        EXPECT_EQ(world.asked("target.begin_restore"), 0);
    }
}

TEST(SnapshotBootstrapTest, MarksNothingWhoseCheckpointsAreNotStored) {
    SnapshotWorld world;
    SnapshotBootstrap& bootstrap = world.bootstrap();
    world.doors.shut("target.read_restored");
    const auto outcome = world.begin(bootstrap);
    ASSERT_TRUE(waits_at(world, "target.read_restored"));
    world.doors.fail("save", FailureKind::storage, 1);
    world.doors.open("target.read_restored");
    ASSERT_FALSE(world.end_of(outcome).ok());
    EXPECT_TRUE(world.target.marked.empty());
    EXPECT_TRUE(world.target.discarded.empty());
    expect_done(world.run_to_end(bootstrap));
    EXPECT_EQ(world.source.taken.size(), 1U);
}

TEST(SnapshotBootstrapTest, WaitsUntilNothingOfItCanBeRolledBack) {
    SnapshotWorld world;
    SnapshotBootstrap& bootstrap = world.bootstrap();
    world.shard(1).sample.global_checkpoint = SeqNo{7};
    const auto outcome = world.begin(bootstrap);
    ASSERT_TRUE(world.until([&] {
        return bootstrap.status() && bootstrap.status()->step == BootstrapStep::confirmation;
    }));
    world.timers.run_for(5min);
    EXPECT_TRUE(world.target.marked.empty());
    world.shard(1).sample.global_checkpoint = SeqNo{8};
    world.timers.run_for(1min);
    EXPECT_TRUE(world.target.marked.empty());
    world.shard(1).sample.global_checkpoint = SeqNo{9};
    expect_done(world.end_of(outcome));
    EXPECT_EQ(world.store.checkpoints.at(world.key(1)).applied_through, SeqNo{7});
    EXPECT_EQ(world.store.checkpoints.at(world.key(2)).applied_through, SeqNo{9});
}

TEST(SnapshotBootstrapTest, WaitsForThatNotForEver) {
    SnapshotWorld world;
    SnapshotBootstrap& bootstrap = world.bootstrap();
    world.shard(1).sample.global_checkpoint = SeqNo{7};
    const Result<SnapshotOutcome> end = world.end_of(world.begin(bootstrap), 11min);
    ASSERT_FALSE(end.ok());
    EXPECT_EQ(end.failure().kind, FailureKind::unavailable);
    EXPECT_EQ(world.target.discarded.size(), 1U);
    EXPECT_TRUE(world.target.marked.empty());
}

// Whenever after the checkpoints were read: the numbers that came with the snapshot may stand for
// other operations now.
TEST(SnapshotBootstrapTest, BeginsAgainAfterAChangeOfPrimary) {
    for (const char* moment : {"source.begin_snapshot",
                               "source.read_snapshot",
                               "target.begin_restore",
                               "target.read_restore",
                               "target.read_restored"}) {
        for (const bool is_history : {false, true}) {
            SCOPED_TRACE(std::string(moment) + (is_history ? " history" : " term"));
            SnapshotWorld world;
            SnapshotBootstrap& bootstrap = world.bootstrap();
            world.doors.shut(moment);
            const auto outcome = world.begin(bootstrap);
            ASSERT_TRUE(waits_at(world, moment));
            if (is_history) {
                world.shard(2).sample.history = HistoryUuid{"another"};
            } else {
                world.shard(2).identity.term = PrimaryTerm{2};
            }
            world.doors.open(moment);
            const Result<SnapshotOutcome> end = world.end_of(outcome);
            ASSERT_FALSE(end.ok());
            EXPECT_EQ(end.failure().kind, FailureKind::unavailable);
            EXPECT_TRUE(world.target.restored.empty());
            EXPECT_EQ(world.target.discarded.size(), 1U);
            EXPECT_TRUE(world.target.marked.empty());

            expect_done(world.run_to_end(bootstrap));
            EXPECT_EQ(world.source.taken.size(), 2U);
            const Checkpoint& stored = world.store.checkpoints.at(world.key(2));
            EXPECT_EQ(stored.term, PrimaryTerm{is_history ? 1 : 2});
            EXPECT_EQ(stored.history, HistoryUuid{is_history ? "another" : "history"});
        }
    }
}

// The term that was read first is the one to which the snapshot is held.
TEST(SnapshotBootstrapTest, AChangeOfPrimaryBetweenTermAndCheckpointCounts) {
    SnapshotWorld world;
    world.doors.shut("sample");
    const auto outcome = world.begin(world.bootstrap());
    ASSERT_TRUE(waits_at(world, "sample"));
    world.shard(0).identity.term = PrimaryTerm{2};
    world.doors.open("sample");
    ASSERT_FALSE(world.end_of(outcome).ok());
    EXPECT_TRUE(world.target.marked.empty());
}

TEST(SnapshotBootstrapTest, AnotherIndexUnderTheLeadersNameIsNotWaitedFor) {
    SnapshotWorld world;
    world.doors.shut("target.read_restored");
    const auto outcome = world.begin(world.bootstrap());
    ASSERT_TRUE(waits_at(world, "target.read_restored"));
    world.leader.make("logs", "uuid-2", 3);
    world.doors.open("target.read_restored");
    ASSERT_FALSE(world.end_of(outcome).ok());
    EXPECT_TRUE(world.target.marked.empty());
    EXPECT_EQ(world.target.discarded.size(), 1U);
}

TEST(SnapshotBootstrapTest, WaitsForEveryPrimaryOfTheLeader) {
    SnapshotWorld world;
    SnapshotBootstrap& bootstrap = world.bootstrap();
    auto& shards = world.leader.indices.at(IndexName{"logs"}).shards;
    world.doors.shut("sample");
    const auto outcome = world.begin(bootstrap);
    ASSERT_TRUE(waits_at(world, "sample"));
    auto last = std::move(shards.back());
    shards.pop_back();
    world.doors.open("sample");
    const Result<SnapshotOutcome> end = world.end_of(outcome);
    ASSERT_FALSE(end.ok());
    EXPECT_EQ(end.failure().kind, FailureKind::unavailable);
    shards.push_back(std::move(last));
    expect_done(world.run_to_end(bootstrap));
}

TEST(SnapshotBootstrapTest, GivesUpWhereAnObstacleStays) {
    SnapshotWorld world;
    SnapshotBootstrap& bootstrap = world.bootstrap();
    world.target.obstacle = "no node may hold the shard";
    const auto outcome = world.begin(bootstrap);
    world.timers.run_for(15s);
    EXPECT_TRUE(world.target.discarded.empty());
    EXPECT_TRUE(is_impossible(world.end_of(outcome)));
    EXPECT_NE(bootstrap.why_not().find("no node may hold the shard"), std::string::npos);
    EXPECT_EQ(world.target.discarded.size(), 1U);
    world.timers.run_for(1s);
    EXPECT_TRUE(world.source.snapshots.empty());
}

TEST(SnapshotBootstrapTest, AnObstacleThatGoesIsNone) {
    SnapshotWorld world;
    world.target.lasts = 2min;
    const auto outcome = world.begin(world.bootstrap());
    for (int times = 0; times < 5; ++times) {
        world.target.obstacle = "others come first";
        world.timers.run_for(15s);
        world.target.obstacle.clear();
        world.timers.run_for(5s);
    }
    expect_done(world.end_of(outcome, 3min));
}

TEST(SnapshotBootstrapTest, AsksForNothingWhereThatCannotBe) {
    SnapshotWorld world;
    SnapshotBootstrap& bootstrap = world.bootstrap();
    world.target.why_not = "the follower is older";
    EXPECT_TRUE(is_impossible(world.run_to_end(bootstrap)));
    EXPECT_EQ(bootstrap.why_not(), "the follower is older");
    EXPECT_TRUE(world.source.taken.empty());
    EXPECT_EQ(world.asked("source.prepare_to_write"), 0);
    EXPECT_EQ(world.asked("target.prepare_to_read"), 0);
    EXPECT_TRUE(world.store.checkpoints.empty());
}

TEST(SnapshotBootstrapTest, VersionsWithoutRoomAreAReason) {
    SnapshotWorld world;
    SnapshotBootstrap& bootstrap = world.bootstrap();
    world.target.version_highest = std::int64_t{1} << 52U;
    EXPECT_TRUE(is_impossible(world.run_to_end(bootstrap)));
    EXPECT_EQ(world.target.discarded.size(), 1U);
    EXPECT_TRUE(world.target.marked.empty());
}

TEST(SnapshotBootstrapTest, VersionsThatNobodyCanTellAreAReason) {
    SnapshotWorld world;
    SnapshotBootstrap& bootstrap = world.bootstrap();
    world.target.version_highest.reset();
    EXPECT_TRUE(is_impossible(world.run_to_end(bootstrap)));
    EXPECT_EQ(world.target.discarded.size(), 1U);
    EXPECT_TRUE(world.target.marked.empty());
}

/// The cluster works on by itself, whether it is asked or not.
bool is_endured(std::string_view call, FailureKind kind) {
    const bool is_of_progress = call == "source.read_snapshot" || call == "target.read_restore";
    return is_of_progress && (kind == FailureKind::unreachable || kind == FailureKind::timeout ||
                              kind == FailureKind::throttled || kind == FailureKind::unavailable);
}

TEST(SnapshotBootstrapTest, AnAnswerThatStaysAwayEndsNothing) {
    for (const char* call : {"source.read_snapshot", "target.read_restore"}) {
        for (const FailureKind kind : failure_kinds) {
            if (!is_endured(call, kind)) {
                continue;
            }
            SCOPED_TRACE(std::string(call) + " " + std::string(to_string(kind)));
            SnapshotWorld world;
            SnapshotBootstrap& bootstrap = world.bootstrap();
            world.doors.fail(call, kind, 30);
            expect_done(world.run_to_end(bootstrap));
            EXPECT_EQ(world.source.taken.size(), 1U);
        }
    }
}

// Each call that can fail does, once, in each way.
TEST(SnapshotBootstrapTest, TheKindOfAFailureTellsWhetherItIsWorthAnotherAttempt) {
    for (const FailureKind kind : failure_kinds) {
        const bool is_for_good = kind == FailureKind::refused || kind == FailureKind::conflict ||
                                 kind == FailureKind::unauthorised ||
                                 kind == FailureKind::not_found || kind == FailureKind::too_large;
        for (const char* call : {"source.read_release",
                                 "target.read_release",
                                 "target.prepare_to_read",
                                 "leader.read_identity",
                                 "sample",
                                 "source.prepare_to_write",
                                 "source.begin_snapshot",
                                 "source.read_snapshot",
                                 "target.begin_restore",
                                 "target.read_restore",
                                 "target.read_restored"}) {
            SCOPED_TRACE(std::string(call) + " " + std::string(to_string(kind)));
            if ((kind == FailureKind::conflict && call == std::string("target.begin_restore")) ||
                is_endured(call, kind)) {
                continue;
            }
            SnapshotWorld world;
            SnapshotBootstrap& bootstrap = world.bootstrap();
            world.doors.fail(call, kind, 1);
            const Result<SnapshotOutcome> end = world.run_to_end(bootstrap);
            EXPECT_FALSE(bootstrap.status());
            EXPECT_TRUE(world.target.marked.empty());
            if (is_for_good) {
                EXPECT_TRUE(is_impossible(end));
                EXPECT_NE(bootstrap.why_not().find("the test says so"), std::string::npos);
                EXPECT_TRUE(world.target.restored.empty()) << "nothing is left behind";
            } else {
                ASSERT_FALSE(end.ok());
                EXPECT_EQ(end.failure().kind, kind);
                expect_done(world.run_to_end(bootstrap));
                expect_no_false_checkpoint(world);
            }
            world.timers.run_for(2min);
            EXPECT_TRUE(world.source.snapshots.empty());
        }
    }
}

TEST(SnapshotBootstrapTest, FailsNotForEver) {
    SnapshotWorld world;
    SnapshotBootstrap& bootstrap = world.bootstrap();
    world.source.ends_as = SnapshotState::partial;
    world.source.reason = "a shard was away";
    EXPECT_FALSE(world.run_to_end(bootstrap).ok());
    EXPECT_FALSE(world.run_to_end(bootstrap).ok());
    EXPECT_TRUE(is_impossible(world.run_to_end(bootstrap)));
    EXPECT_NE(bootstrap.why_not().find("a shard was away"), std::string::npos);
    EXPECT_EQ(world.source.taken.size(), 3U);
    world.timers.run_for(1s);
    EXPECT_TRUE(world.source.snapshots.empty());
}

TEST(SnapshotBootstrapTest, WaitsForAClusterThatCannotBeReached) {
    SnapshotWorld world;
    SnapshotBootstrap& bootstrap = world.bootstrap();
    world.doors.fail("sample", FailureKind::unreachable, 10);
    for (int times = 0; times < 10; ++times) {
        EXPECT_FALSE(world.run_to_end(bootstrap).ok());
    }
    expect_done(world.run_to_end(bootstrap));
}

TEST(SnapshotBootstrapTest, IsNotNeededWhereSomethingStands) {
    SnapshotWorld world;
    ASSERT_TRUE(world.until([] { return true; }));
    (void)world.follower.indices[IndexName{restored_copy}];
    const Result<SnapshotOutcome> end = world.run_to_end(world.bootstrap());
    ASSERT_TRUE(end.ok());
    EXPECT_EQ(*end, SnapshotOutcome::not_needed);
    EXPECT_TRUE(world.source.taken.empty());
}

TEST(SnapshotBootstrapTest, LeavesWhatAnotherDaemonIsMaking) {
    SnapshotWorld world;
    world.source.leave("followd-d2-1-1");
    world.target.begin(IndexName{restored_copy}, "followd-d2-1-1");
    SnapshotBootstrap& bootstrap = world.bootstrap();
    for (int times = 0; times < 5; ++times) {
        const Result<SnapshotOutcome> end = world.run_to_end(bootstrap);
        ASSERT_FALSE(end.ok());
        EXPECT_EQ(end.failure().kind, FailureKind::unavailable);
        EXPECT_NE(end.failure().what.find("followd-d2-1-1"), std::string::npos);
    }
    world.timers.run_for(10min);
    EXPECT_TRUE(world.target.restored.contains(IndexName{restored_copy}));
    EXPECT_TRUE(world.target.discarded.empty());
    EXPECT_TRUE(world.source.snapshots.contains("followd-d2-1-1"));
    EXPECT_TRUE(world.source.taken.empty());
    EXPECT_TRUE(world.store.checkpoints.empty());
}

// A restart within the restore: the snapshot is held, the checkpoints are those of before it.
TEST(SnapshotBootstrapTest, GoesOnWithWhatALifeBeforeBegan) {
    SnapshotWorld world;
    world.target.lasts = 5min;
    (void)world.begin(world.bootstrap());
    ASSERT_TRUE(world.until([&] { return world.target.restored.size() == 1; }));
    world.end_life();
    for (int number = 30; number < 36; ++number) {
        world.put("logs", number);
    }
    world.begin_life();
    expect_done(world.end_of(world.begin(world.bootstrap()), 6min));
    EXPECT_EQ(world.source.taken.size(), 1U);
    EXPECT_EQ(world.store.checkpoints.at(world.key(0)).applied_through, SeqNo{9});
    expect_no_false_checkpoint(world);
    world.timers.run_for(1s);
    EXPECT_EQ(world.source.deleted.size(), 1U);
}

TEST(SnapshotBootstrapTest, BeginsAgainWhereItsCheckpointsAreLost) {
    SnapshotWorld world;
    world.target.lasts = 5min;
    (void)world.begin(world.bootstrap());
    ASSERT_TRUE(world.until([&] { return world.target.restored.size() == 1; }));
    world.end_life();
    world.store.checkpoints.erase(world.key(1));
    world.begin_life();
    world.target.lasts = 1s;
    SnapshotBootstrap& bootstrap = world.bootstrap();
    ASSERT_FALSE(world.run_to_end(bootstrap).ok());
    EXPECT_EQ(world.target.discarded.size(), 1U);
    expect_done(world.run_to_end(bootstrap));
    EXPECT_EQ(world.source.taken.size(), 2U);
}

// An answer that never came, and a restore that began long after: what is stored then is of a later
// snapshot than the index.
TEST(SnapshotBootstrapTest, BeginsAgainWhereItsCheckpointsAreOfAnotherSnapshot) {
    SnapshotWorld world;
    world.doors.fail("target.begin_restore", FailureKind::timeout, 1);
    SnapshotBootstrap& bootstrap = world.bootstrap();
    world.doors.shut("target.begin_restore");
    auto outcome = world.begin(bootstrap);
    ASSERT_TRUE(waits_at(world, "target.begin_restore"));
    const std::string first = world.source.snapshots.begin()->first;
    const test::FakeSnapshot late = world.source.snapshots.at(first);
    world.doors.admit("target.begin_restore");
    ASSERT_FALSE(world.end_of(outcome).ok());
    for (int number = 30; number < 36; ++number) {
        world.put("logs", number);
    }
    outcome = world.begin(bootstrap);
    ASSERT_TRUE(waits_at(world, "target.begin_restore"));
    world.source.snapshots.insert_or_assign(first, late);
    world.target.begin(IndexName{restored_copy}, first);
    world.doors.open("target.begin_restore");
    const Result<SnapshotOutcome> end = world.end_of(outcome);
    EXPECT_FALSE(end.ok()) << "a later look tells what it is";
    for (int times = 0; times < 3 && world.target.marked.empty(); ++times) {
        (void)world.run_to_end(bootstrap);
    }
    ASSERT_EQ(world.target.marked.size(), 1U);
    expect_no_false_checkpoint(world);
}

TEST(SnapshotBootstrapTest, AMarkThatFailedIsPutAgain) {
    SnapshotWorld world;
    SnapshotBootstrap& bootstrap = world.bootstrap();
    world.doors.fail("target.mark_restored", FailureKind::timeout, 1);
    ASSERT_FALSE(world.run_to_end(bootstrap).ok());
    EXPECT_TRUE(world.target.discarded.empty());
    expect_done(world.run_to_end(bootstrap));
    EXPECT_EQ(world.source.taken.size(), 1U);
}

TEST(SnapshotBootstrapTest, WhatCannotBeDiscardedNowIsLater) {
    SnapshotWorld world;
    SnapshotBootstrap& bootstrap = world.bootstrap();
    world.doors.shut("target.read_restored");
    const auto outcome = world.begin(bootstrap);
    ASSERT_TRUE(waits_at(world, "target.read_restored"));
    world.shard(0).identity.term = PrimaryTerm{2};
    world.doors.fail("target.discard", FailureKind::unreachable, 1);
    world.doors.open("target.read_restored");
    ASSERT_FALSE(world.end_of(outcome).ok());
    EXPECT_EQ(world.target.restored.size(), 1U);
    ASSERT_FALSE(world.run_to_end(bootstrap).ok());
    EXPECT_TRUE(world.target.restored.empty());
    EXPECT_TRUE(world.target.marked.empty());
    expect_done(world.run_to_end(bootstrap));
}

// After each single step: whatever was left, the next life makes a right follower of it.
TEST(SnapshotBootstrapTest, EndsWheneverItIsStoppedAndGoesOnLater) {
    bool has_finished = false;
    for (int step = 0; !has_finished; ++step) {
        SCOPED_TRACE(step);
        SnapshotWorld world;
        const auto outcome = world.begin(world.bootstrap());
        int steps = 0;
        (void)world.until([&] {
            has_finished = outcome->has_value();
            return steps++ == step || has_finished;
        });
        world.end_life();
        for (int number = 30; number < 36; ++number) {
            world.put("logs", number);
        }
        world.remove("logs", 1);
        world.begin_life();
        const Result<SnapshotOutcome> end = world.run_to_end(world.bootstrap());
        ASSERT_TRUE(end.ok()) << to_string(end.failure());
        EXPECT_NE(*end, SnapshotOutcome::impossible);
        ASSERT_EQ(world.target.marked.size(), 1U);
        expect_no_false_checkpoint(world);
        world.timers.run_for(16s);
        EXPECT_TRUE(world.source.snapshots.empty());
        EXPECT_TRUE(world.target.discarded.empty());
    }
}

}  // namespace
}  // namespace followd::engine
