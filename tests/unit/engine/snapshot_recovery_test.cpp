#include "engine/snapshot_recovery.hpp"

#include "support/recovery_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

/// What runs of a rule of mode snapshot show, and when.

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::eight;
using test::RecoveryWorld;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(SnapshotRecoveryTest, ShowsWhatTheLeaderWasAndSaysHowOldThatIs) {
    RecoveryWorld world;
    world.make("orders");
    world.leader.indices.at(IndexName{"orders"}).aliases = R"({"all-orders":{}})";
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    EXPECT_EQ(world.shown(), "orders.20261130t080000z");
    EXPECT_EQ(world.documents(), 30);
    EXPECT_EQ(world.generations.aliases.at(IndexName{world.shown()}), R"({"all-orders":{}})");
    EXPECT_THAT(world.snapshots(), ElementsAre("followd-every-d1-hourly-20261130t080000z"));

    world.run_for(10min);
    const FollowerStatus row = world.row().value();
    EXPECT_EQ(row.phase, IndexPhase::following);
    EXPECT_EQ(row.follower_index, IndexName{"orders"}) << "its alias";
    EXPECT_FALSE(row.last_error);
    EXPECT_THAT(row.warnings, IsEmpty());
    const RecoveryStatus& recovery = row.recovery.value();
    EXPECT_EQ(recovery.index, IndexName{world.shown()});
    EXPECT_EQ(recovery.point->as_of, eight);
    EXPECT_EQ(recovery.point->snapshot, world.snapshots().front());
    EXPECT_GE(recovery.point->restore_took, world.target.lasts);
    EXPECT_EQ(recovery.age, Duration{world.clock() - eight});
    EXPECT_EQ(recovery.next_run, eight + 1h);
}

TEST(SnapshotRecoveryTest, MarksItAsWhatItIs) {
    RecoveryWorld world;
    world.make("orders");
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    const RoleIndex& mark = world.roles.at(world.shown()).role;
    EXPECT_EQ(mark.role, MarkRole::follower);
    EXPECT_EQ(mark.leader_uuid, IndexUuid{"uuid of orders"});
    EXPECT_TRUE(mark.is_write_blocked);
    ASSERT_THAT(world.target.marked, SizeIs(1));
    const auto& marked = world.target.marked.front();
    EXPECT_TRUE(marked.begun.origins.front().is_restored);
    EXPECT_EQ(marked.histories, std::vector<HistoryUuid>(3, HistoryUuid{"history"}));
}

// Nothing is ever written to a generation: versions without room above them are in nobody's way.
TEST(SnapshotRecoveryTest, VersionsOfAnySizeWillDo) {
    for (const std::optional<std::int64_t> highest :
         {std::optional{std::int64_t{1} << 60}, std::optional<std::int64_t>{}}) {
        RecoveryWorld world;
        world.make("orders");
        world.target.version_highest = highest;
        world.begin_life();
        EXPECT_TRUE(world.recovers());
    }
}

TEST(SnapshotRecoveryTest, ShowsFiveGenerationsOneAfterTheOther) {
    RecoveryWorld world;
    world.make("orders");
    world.rule.snapshots_to_keep = 3;
    world.source.lasts = 3s;
    world.target.lasts = 5s;
    world.begin_life();
    std::vector<std::int64_t> counts;
    std::map<std::string, WallTime> shown_at;
    int written = 30;
    // Somebody writes all the time, and the reader looks after every single step.
    ASSERT_TRUE(world.until(
        [&] {
            if (written < 2'000'000 && world.asked("source.read_snapshot") % 2 == 0) {
                world.put("orders", written++);
            }
            const std::string shown = world.shown();
            if (!shown.empty() && shown_at.emplace(shown, world.clock()).second) {
                counts.push_back(world.documents());
            }
            return counts.size() == 5 && world.row()->recovery->next_run;
        },
        5h));
    EXPECT_TRUE(std::ranges::is_sorted(counts));
    EXPECT_GT(counts.back(), 30);
    EXPECT_THAT(world.generations.shown,
                ElementsAre("orders.20261130t080000z",
                            "orders.20261130t090000z",
                            "orders.20261130t100000z",
                            "orders.20261130t110000z",
                            "orders.20261130t120000z"));
    EXPECT_THAT(world.indices(), ElementsAre("orders.20261130t120000z"));
    EXPECT_THAT(world.snapshots(),
                ElementsAre("followd-every-d1-hourly-20261130t100000z",
                            "followd-every-d1-hourly-20261130t110000z",
                            "followd-every-d1-hourly-20261130t120000z"));
    EXPECT_EQ(world.recovery->rule_status().snapshots, 3);
    EXPECT_EQ(world.recovery->rule_status().done, 5);
    EXPECT_EQ(world.recovery->rule_status().failed, 0);
}

// Searches that began on the one before come to their end.
TEST(SnapshotRecoveryTest, RemovesTheOneBeforeTenSecondsLater) {
    RecoveryWorld world;
    world.make("orders");
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    const std::string first = world.shown();
    ASSERT_TRUE(world.shows_another_than(first));
    const Instant moved = world.timers.now();
    EXPECT_THAT(world.indices(), SizeIs(2));
    ASSERT_TRUE(world.until([&] { return world.indices().size() == 1; }));
    EXPECT_GE(world.timers.now() - moved, 10s);
    EXPECT_LT(world.timers.now() - moved, 11s);
    EXPECT_THAT(world.generations.removed, ElementsAre(first));
}

TEST(SnapshotRecoveryTest, TakesOneSnapshotOfAllAndRestoresFourAtATime) {
    RecoveryWorld world;
    for (int number = 10; number < 20; ++number) {
        world.make("orders-" + std::to_string(number), number);
    }
    world.target.lasts = 1min;
    world.begin_life();
    std::size_t most = 0;
    ASSERT_TRUE(world.until(
        [&] {
            most = std::max(most, world.target.restored.size());
            return world.roles.indices.size() == 10;
        },
        10min));
    EXPECT_EQ(most, 4U);
    EXPECT_THAT(world.source.taken, SizeIs(1));
    for (int number = 10; number < 20; ++number) {
        EXPECT_EQ(world.documents("orders-" + std::to_string(number)), number);
    }
}

TEST(SnapshotRecoveryTest, ShowsHowFarItIs) {
    RecoveryWorld world;
    world.make("orders");
    world.source.lasts = 1min;
    world.target.lasts = 1min;
    world.begin_life();
    const auto at = [&](BootstrapStep step) {
        const std::optional<FollowerStatus> row = world.row();
        return row && row->bootstrap && row->bootstrap->step == step &&
               row->bootstrap->transfer.bytes > 500 && row->phase == IndexPhase::bootstrap &&
               !row->recovery->next_run;
    };
    EXPECT_TRUE(world.until([&] { return at(BootstrapStep::snapshot); }));
    EXPECT_TRUE(world.until([&] { return at(BootstrapStep::restore); }));
    ASSERT_TRUE(world.recovers());
    EXPECT_FALSE(world.row()->bootstrap);
    // The one that is shown is not hidden by the next.
    ASSERT_TRUE(world.until([&] { return world.row()->bootstrap.has_value(); }, 65min));
    EXPECT_EQ(world.phase(), IndexPhase::following);
    EXPECT_EQ(world.row()->recovery->index, IndexName{"orders.20261130t080000z"});
}

TEST(SnapshotRecoveryTest, ANewIndexComesWithTheNextRun) {
    RecoveryWorld world;
    world.make("orders");
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    world.run_for(20min);
    world.make("orders-new");
    world.run_for(2min);
    EXPECT_EQ(world.phase("orders-new"), IndexPhase::discovered);
    EXPECT_EQ(world.row("orders-new")->recovery->next_run, eight + 1h);
    world.make("orders-late");
    world.run_for(37min);
    EXPECT_THAT(world.source.taken, SizeIs(1));
    world.make("orders-last");
    world.run_for(2min);
    EXPECT_THAT(world.source.taken, SizeIs(2));
    for (const char* index : {"orders", "orders-new", "orders-late", "orders-last"}) {
        EXPECT_EQ(world.shown(index), std::string(index) + ".20261130t090000z");
    }
}

// --- missed and overlapping runs -----------------------------------------------------------------

TEST(SnapshotRecoveryTest, MissedRunsAreMadeUpForOnce) {
    RecoveryWorld world;
    world.make("orders");
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    world.end_life();
    world.run_for(5h + 20min);
    world.begin_life();
    ASSERT_TRUE(world.shows_another_than("orders.20261130t080000z", 1min));
    world.run_for(59min);
    EXPECT_THAT(world.source.taken, SizeIs(2));
    EXPECT_EQ(world.row()->recovery->next_run, world.row()->recovery->point->as_of + 1h);
    world.run_for(2min);
    EXPECT_THAT(world.source.taken, SizeIs(3));
}

TEST(SnapshotRecoveryTest, AStartIsNoReasonForARun) {
    RecoveryWorld world;
    world.make("orders");
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    for (int times = 0; times < 3; ++times) {
        world.end_life();
        world.run_for(10min);
        world.begin_life();
        world.run_for(5min);
    }
    EXPECT_THAT(world.source.taken, SizeIs(1));
    EXPECT_EQ(world.row()->recovery->next_run, eight + 1h);
}

TEST(SnapshotRecoveryTest, ARunThatLastsLongerThanItsScheduleIsFollowedByOne) {
    RecoveryWorld world;
    world.make("orders");
    world.source.lasts = 2h + 30min;
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return world.source.taken.size() == 1; }));
    EXPECT_FALSE(world.until([&] { return world.source.taken.size() == 2; }, 2h + 29min));
    world.source.lasts = 1s;
    ASSERT_TRUE(world.until([&] { return world.source.taken.size() == 2; }, 2min));
    world.run_for(55min);
    EXPECT_THAT(world.source.taken, SizeIs(2));
}

TEST(SnapshotRecoveryTest, AClockThatWasSetBackMakesNothingOlderTheNewest) {
    RecoveryWorld world;
    world.make("orders");
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    world.clock_off = -3h;
    ASSERT_TRUE(world.until([&] { return world.error().has_value(); }, 65min));
    EXPECT_THAT(world.what(), HasSubstr("the clock was set back"));
    EXPECT_THAT(world.source.taken, SizeIs(1));
    EXPECT_EQ(world.row()->recovery->age, Duration::zero());
    world.clock_off = 0h;
    EXPECT_TRUE(world.shows_another_than("orders.20261130t080000z"));
    world.run_for(1min);
    EXPECT_FALSE(world.error());
}

// --- which indices -------------------------------------------------------------------------------

TEST(SnapshotRecoveryTest, LeavesOutWhatIsNobodysToRecover) {
    RecoveryWorld world;
    for (const char* index : {"orders", "orders-system", "orders-copy", "orders-closed", "else"}) {
        world.make(index);
    }
    const auto listed = [&](const char* index) -> LeaderIndex& {
        return world.leader.indices.at(IndexName{index}).listed;
    };
    listed("orders-system").is_system = true;
    listed("orders-copy").follows = Following{ClusterName{"far"}, IndexName{"a"}, IndexUuid{"b"}};
    listed("orders-closed").state = IndexState::closed;
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    EXPECT_THAT(world.source.taken.front().indices, ElementsAre(IndexName{"orders"}));
    EXPECT_THAT(world.recovery->status(), SizeIs(2));
    EXPECT_EQ(world.phase("orders-closed"), IndexPhase::refused);
    EXPECT_THAT(world.what("orders-closed"), HasSubstr("closed"));
    const Instant since = world.row("orders-closed")->last_error->since;
    world.run_for(10min);
    EXPECT_EQ(world.row("orders-closed")->last_error->since, since);
    listed("orders-closed").state = IndexState::open;
    world.run_for(1h);
    EXPECT_EQ(world.phase("orders-closed"), IndexPhase::following);
}

TEST(SnapshotRecoveryTest, WhatTheFollowersVersionCannotRestoreIsRefused) {
    RecoveryWorld world;
    world.make("orders");
    world.target.why_not = "a snapshot of a newer version cannot be restored";
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return world.phase() == IndexPhase::refused; }));
    EXPECT_THAT(world.what(), HasSubstr("newer version"));
    world.run_for(30min);
    EXPECT_THAT(world.source.taken, IsEmpty());
    world.target.why_not.clear();
    EXPECT_TRUE(world.shows_another_than(""));
    EXPECT_EQ(world.phase(), IndexPhase::following);
}

TEST(SnapshotRecoveryTest, TheLastGenerationOfADeletedIndexStays) {
    RecoveryWorld world;
    world.make("orders");
    world.make("orders-2");
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return !world.shown("orders-2").empty(); }));
    auto deleted = world.leader.indices.extract(IndexName{"orders"});
    world.run_for(3h);
    EXPECT_EQ(world.phase(), IndexPhase::leader_gone);
    EXPECT_FALSE(world.error());
    EXPECT_EQ(world.shown(), "orders.20261130t080000z");
    EXPECT_FALSE(world.row()->recovery->next_run);
    EXPECT_NE(world.shown("orders-2"), "orders-2.20261130t080000z");
    world.leader.indices.insert(std::move(deleted));
    EXPECT_TRUE(world.shows_another_than("orders.20261130t080000z"));
    EXPECT_EQ(world.phase(), IndexPhase::following);
}

TEST(SnapshotRecoveryTest, AnIndexThatIsGoneBeforeItsSnapshotKeepsNobodyWaiting) {
    RecoveryWorld world;
    world.make("orders");
    world.make("orders-2");
    world.doors.shut("leader.count_documents");
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return world.doors.waiting("leader.count_documents") == 1; }));
    world.leader.indices.erase(IndexName{"orders-2"});
    world.doors.open("leader.count_documents");
    ASSERT_TRUE(world.recovers());
    world.run_for(5min);
    EXPECT_FALSE(world.row("orders-2")) << "nothing is left of it";
    EXPECT_THAT(world.source.taken, SizeIs(1));
}

TEST(SnapshotRecoveryTest, TwoRulesDoNotDisturbEachOther) {
    RecoveryWorld world;
    world.make("orders");
    FollowRule daily = world.rule;
    daily.name = RuleName{"hourly-2"};
    daily.follow_index_pattern = "{{leader_index}}-2";
    daily.snapshots_to_keep = 1;
    world.rule.snapshots_to_keep = 2;
    world.begin_life();
    SnapshotRecovery other(world.context.get_executor(),
                           RecoveryPorts{world.leader,
                                         world.leader_documents,
                                         world.shards,
                                         world.source,
                                         world.target,
                                         world.generations,
                                         world.roles,
                                         world.repository,
                                         world.timers,
                                         [&] { return world.clock() + 5s; }},
                           daily,
                           "d1",
                           RecoveryRelations{[](std::vector<core::FollowClaim> claims) {
                                                 return core::settle(std::move(claims));
                                             },
                                             world.holds});
    world.tasks.spawn(other.run());
    world.run_for(3h + 30min);
    EXPECT_THAT(world.indices(), SizeIs(2));
    EXPECT_THAT(world.snapshots(),
                ElementsAre(testing::StartsWith("followd-every-d1-hourly-2-20261130t11"),
                            "followd-every-d1-hourly-20261130t100000z",
                            "followd-every-d1-hourly-20261130t110000z"));
    other.stop();
    world.end_life();
}

}  // namespace
}  // namespace followd::engine
