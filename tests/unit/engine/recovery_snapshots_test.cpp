#include "engine/recovery_snapshots.hpp"

#include "support/run.hpp"
#include "support/snapshot_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::SnapshotWorld;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

const WallTime eight = std::chrono::sys_days{std::chrono::year{2026} / 11 / 30} + 8h;

/// A repository with snapshots of rule "r", from eight o'clock on, and others'.
class RecoverySnapshotsTest : public testing::Test {
protected:
    RecoverySnapshotsTest() {
        for (int hour = 0; hour < 4; ++hour) {
            world.source.leave(name(hour));
        }
    }
    static std::string name(int hour) {
        return core::ScheduledSnapshotNames("d1", RuleName{"r"})
            .name_of(eight + std::chrono::hours{hour});
    }
    Result<void> clean_up(std::size_t keep, std::set<std::string> in_use = {}) {
        return test::run(world.context, snapshots.clean_up(keep, std::move(in_use)));
    }
    std::vector<std::string> there() const {
        std::vector<std::string> names;
        for (const auto& [snapshot, of] : world.source.snapshots) {
            names.push_back(snapshot);
        }
        return names;
    }

    RecoverySnapshots make() {
        return RecoverySnapshots{world.source,
                                 world.repository,
                                 core::ScheduledSnapshotNames("d1", RuleName{"r"}),
                                 world.timers,
                                 [] { return false; },
                                 observe::Logger("test")};
    }
    Task<void> take(std::string snapshot) {
        std::vector<IndexName> indices{IndexName{"logs"}};
        Result<void> result =
            co_await snapshots.take(std::move(snapshot), std::move(indices), &progress);
        taken = std::move(result);
    }

    SnapshotWorld world;
    RecoverySnapshots snapshots = make();
    TransferProgress progress;
    std::optional<Result<void>> taken;
};

TEST_F(RecoverySnapshotsTest, KeepsTheNewest) {
    ASSERT_TRUE(clean_up(2).ok());
    EXPECT_THAT(there(), ElementsAre(name(2), name(3)));
    EXPECT_EQ(snapshots.kept(), 2);
    ASSERT_TRUE(clean_up(5).ok());
    EXPECT_EQ(there().size(), 2U);
}

TEST_F(RecoverySnapshotsTest, KnowsTheNewest) {
    EXPECT_EQ(test::run(world.context, snapshots.read_newest()).value(), eight + 3h);
    world.source.snapshots.clear();
    EXPECT_EQ(test::run(world.context, snapshots.read_newest()).value(), std::nullopt);
}

TEST_F(RecoverySnapshotsTest, LeavesWhatIsInUse) {
    ASSERT_TRUE(clean_up(1, {name(0), name(2)}).ok());
    EXPECT_THAT(there(), ElementsAre(name(0), name(2), name(3)));
    EXPECT_EQ(snapshots.kept(), 3);
    snapshots.do_not_keep(name(3));
    ASSERT_TRUE(clean_up(1, {name(3)}).ok());
    EXPECT_THAT(there(), ElementsAre(name(2), name(3))) << "the newest that is to be kept is";
}

TEST_F(RecoverySnapshotsTest, LeavesEverybodyElses) {
    const std::vector<std::string> others{"followd-d1-1-1",
                                          "followd-every-d1-r-2-20261130t080000z",
                                          "followd-every-d1-r-by-hand",
                                          "followd-every-d2-r-20261130t080000z",
                                          "nightly"};
    for (const std::string& other : others) {
        world.source.leave(other);
    }
    ASSERT_TRUE(clean_up(0).ok());
    EXPECT_EQ(there(), others);
}

// And the other way round: both have one repository.
TEST_F(RecoverySnapshotsTest, BootstrapsLeaveItsSnapshotsAlone) {
    world.source.leave("followd-d1-1-1");
    world.timers.run_for(10min);
    EXPECT_THAT(world.source.deleted, ElementsAre("followd-d1-1-1"));
    EXPECT_EQ(there().size(), 4U);
    EXPECT_FALSE(world.taker->is_ours(name(0)));
}

// A daemon was killed while it was taken; or its follower's cluster said so late.
TEST_F(RecoverySnapshotsTest, OneThatIsNotWholeIsNotKept) {
    for (const SnapshotState state :
         {SnapshotState::in_progress, SnapshotState::partial, SnapshotState::failed}) {
        world.source.leave(name(1));
        world.source.lasts = 1000h;
        world.source.snapshots.at(name(1)).begun = world.timers.now();
        world.source.snapshots.at(name(1)).progress.state = state;
        for (const int hour : {0, 2, 3}) {
            world.source.snapshots.at(name(hour)).progress.state = SnapshotState::success;
            world.source.snapshots.at(name(hour)).begun = world.timers.now();
        }
        RecoverySnapshots next_life = make();
        ASSERT_TRUE(test::run(world.context, next_life.clean_up(3, {})).ok());
        EXPECT_THAT(there(), ElementsAre(name(0), name(2), name(3)));
    }
}

TEST_F(RecoverySnapshotsTest, AsksOfEachOnce) {
    ASSERT_TRUE(clean_up(4).ok());
    ASSERT_TRUE(clean_up(4).ok());
    EXPECT_EQ(world.asked("source.read_snapshot"), 4);
}

TEST_F(RecoverySnapshotsTest, OneThatCannotBeDeletedKeepsNoOther) {
    world.doors.fail("source.delete_snapshot", FailureKind::unavailable, 1);
    const Result<void> cleaned = clean_up(1);
    ASSERT_FALSE(cleaned.ok());
    EXPECT_EQ(cleaned.failure().kind, FailureKind::unavailable);
    EXPECT_EQ(there().size(), 2U);
    ASSERT_TRUE(clean_up(1).ok());
    EXPECT_THAT(there(), ElementsAre(name(3)));
}

TEST_F(RecoverySnapshotsTest, WhatCouldNotBeTakenIsNotKept) {
    world.source.ends_as = SnapshotState::partial;
    world.tasks.spawn(take(name(9)));
    ASSERT_TRUE(world.until([&] { return taken.has_value(); }));
    EXPECT_FALSE(taken->ok());
    EXPECT_THAT(there(), Contains(name(9)));
    EXPECT_EQ(progress.bytes_total, 1000);
    world.source.ends_as = SnapshotState::success;
    ASSERT_TRUE(clean_up(10).ok());
    EXPECT_THAT(there(), testing::Not(Contains(name(9))));
}

}  // namespace
}  // namespace followd::engine
