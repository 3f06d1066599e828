#include "engine/recovered_index.hpp"

#include "support/recovery_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What stands behind an alias when a daemon comes: what it shows, removes, and leaves alone.

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::eight;
using test::RecoveryWorld;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string first = "orders.20261130t080000z";
const std::string second = "orders.20261130t090000z";
const IndexPlace by_alias{ClusterName{"far"}, IndexName{"orders"}};
const IndexPlace by_generation{ClusterName{"far"}, IndexName{first}};

Task<void> release_of(RecoveryWorld* world, IndexPlace place, bool* is_released) {
    co_await world->recovery->release(std::move(place));
    *is_released = true;
}

/// An index that somebody put there.
test::FakeRoleIndex& put(RecoveryWorld& world, const std::string& name) {
    return world.roles.make(name, "uuid of " + name, 3);
}

/// The restore of an earlier life that did not come to its end.
void leave_half_restored(RecoveryWorld& world,
                         const std::string& index,
                         const std::string& snapshot) {
    world.source.leave(snapshot);
    world.target.begin(IndexName{index}, snapshot);
    world.source.snapshots.erase(snapshot);
    world.target.restored.at(IndexName{index}).begun -= 1h;
}

TEST(RecoveredIndexTest, HalfRestoredOnesOfItsOwnAreRemovedAtTheStart) {
    RecoveryWorld world;
    world.make("orders");
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    world.end_life();
    leave_half_restored(world, second, "followd-every-d1-hourly-20261130t090000z");
    leave_half_restored(
        world, "orders.20261130t093000z", "followd-every-d1-hourly-20261130t093000z");
    world.begin_life();
    world.run_for(1min);
    EXPECT_THAT(world.target.restored, IsEmpty());
    EXPECT_THAT(world.target.discarded, SizeIs(2));
    EXPECT_EQ(world.shown(), first);
    EXPECT_THAT(world.source.taken, SizeIs(1)) << "no run was due";
}

TEST(RecoveredIndexTest, WhatOthersAreRestoringIsTheirs) {
    RecoveryWorld world;
    world.make("orders");
    for (const char* snapshot : {"followd-every-d2-hourly-20261130t090000z",
                                 "followd-every-d1-daily-20261130t090100z",
                                 "followd-d1-1-1",
                                 "nightly"}) {
        const std::string index =
            "orders.20261130t09000" + std::to_string(world.target.restored.size()) + "z";
        leave_half_restored(world, index, snapshot);
    }
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    world.run_for(2h);
    EXPECT_THAT(world.target.restored, SizeIs(4));
    EXPECT_THAT(world.target.discarded, IsEmpty());
}

TEST(RecoveredIndexTest, WhatMerelyLooksLikeAGenerationIsNeverTouched) {
    RecoveryWorld world;
    world.make("orders");
    const std::vector<std::string> foreign{"orders.20261129t080000z",  // nobody's
                                           "orders.20261129t090000z",  // another rule's leader
                                           "orders.20261129t100000z",  // another cluster's
                                           "orders.20261129t110000z",  // made by hand, by a mark
                                           "orders.2026"};
    for (const std::string& name : foreign) {
        put(world, name);
    }
    const auto mark = [&](const std::string& name) -> RoleIndex& {
        RoleIndex& role = world.roles.at(name).role;
        role.role = MarkRole::follower;
        role.leader_cluster = ClusterName{"near"};
        role.leader_index = IndexName{"orders"};
        role.recovery = RecoveryPoint{"s", eight - 24h, {}};
        return role;
    };
    mark(foreign[1]).leader_index = IndexName{"else"};
    mark(foreign[2]).leader_cluster = ClusterName{"third"};
    mark(foreign[3]).recovery.reset();
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    world.run_for(3h);
    for (const std::string& name : foreign) {
        EXPECT_THAT(world.indices(), Contains(name));
    }
    EXPECT_THAT(world.indices(), SizeIs(6));
    EXPECT_FALSE(world.error()) << world.what();
}

TEST(RecoveredIndexTest, AnAliasThatShowsSomethingElseIsNotMoved) {
    for (const char* name : {"orders.20261129t080000z", "orders-of-somebody"}) {
        SCOPED_TRACE(name);
        RecoveryWorld world;
        world.make("orders");
        world.make("orders-2");
        put(world, name).role.alias_names = {"orders"};
        world.begin_life();
        ASSERT_TRUE(world.until([&] { return world.phase() == IndexPhase::refused; }));
        EXPECT_EQ(world.error(), FailureKind::conflict);
        EXPECT_THAT(world.what(), HasSubstr(name));
        world.run_for(1h);
        EXPECT_EQ(world.shown(), name);
        EXPECT_EQ(world.phase("orders-2"), IndexPhase::following) << "others go on";
    }
}

TEST(RecoveredIndexTest, AnIndexOfTheAliasesNameIsRefusedByName) {
    RecoveryWorld world;
    world.make("orders");
    put(world, "orders");
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return world.phase() == IndexPhase::refused; }));
    EXPECT_EQ(world.error(), FailureKind::conflict);
    world.run_for(10min);
    world.roles.indices.clear();
    EXPECT_TRUE(world.shows_another_than(""));
}

// --- a crash between mark and switch -------------------------------------------------------------

class Unshown : public testing::Test {
protected:
    /// A daemon that was killed right after the second generation got its mark.
    Unshown() {
        world.make("orders");
        world.leader.indices.at(IndexName{"orders"}).aliases = R"({"all":{}})";
        world.begin_life();
        EXPECT_TRUE(world.recovers());
        world.write("orders", 30, 5);
        world.doors.shut("generations.show");
        EXPECT_TRUE(
            world.until([&] { return world.doors.waiting("generations.show") == 1; }, 65min));
        world.doors.die_after(0);
        world.doors.fail("generations.show", FailureKind::unreachable);
        world.doors.open("generations.show");
        world.end_life();
        world.doors.heal("generations.show");
        world.doors.live_on();
        EXPECT_EQ(world.shown(), first);
        EXPECT_THAT(world.indices(), ElementsAre(first, second));
    }

    RecoveryWorld world;
};

TEST_F(Unshown, WhatIsWholeIsShownAtTheNextStart) {
    world.begin_life();
    world.run_for(1min);
    EXPECT_EQ(world.shown(), second);
    EXPECT_EQ(world.documents(), 35);
    EXPECT_EQ(world.generations.aliases.at(IndexName{second}), R"({"all":{}})");
    EXPECT_THAT(world.indices(), ElementsAre(second));
    EXPECT_THAT(world.source.taken, SizeIs(2)) << "no run was due";
}

TEST_F(Unshown, AlsoWhereTheLeaderIsLost) {
    for (const char* call : {"list_indices", "read_definition", "sample"}) {
        world.doors.fail(call, FailureKind::unreachable);
    }
    world.begin_life();
    world.run_for(1min);
    EXPECT_EQ(world.shown(), second);
    EXPECT_THAT(world.row()->warnings, Contains(HasSubstr("aliases could not be read")));
    for (const char* call : {"list_indices", "read_definition", "sample"}) {
        world.doors.heal(call);
    }
    ASSERT_TRUE(world.shows_another_than(second));
    world.run_for(1min);
    EXPECT_THAT(world.row()->warnings, IsEmpty());
}

TEST_F(Unshown, IsTriedAgainUntilTheFollowersClusterLetsIt) {
    world.doors.fail("generations.list_generations", FailureKind::unavailable, 2);
    world.begin_life();
    world.run_for(3min);
    EXPECT_EQ(world.shown(), second);
    EXPECT_FALSE(world.error());
    EXPECT_THAT(world.source.taken, SizeIs(2));
}

// --- the day of the disaster ---------------------------------------------------------------------

TEST(RecoveredIndexTest, WhatARuleNamesOutrightIsFoundByItsMarkToo) {
    RecoveryWorld world;
    world.rule.indices = {"orders"};
    world.rule.follow_index_pattern = "copy-of-{{leader_index}}";
    world.roles.make_generation("copy-of-orders", eight - 1h, "orders");
    world.doors.fail("list_indices", FailureKind::unreachable);
    world.begin_life();
    world.run_for(1min);
    EXPECT_EQ(world.row()->recovery->index, IndexName{"copy-of-orders.20261130t070000z"});
}

// One that is at work knows better than a listing that began before.
TEST(RecoveredIndexTest, AListingThatIsLateTellsNothingOlder) {
    RecoveryWorld world;
    world.make("orders");
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    world.target.lasts = 90s;
    ASSERT_TRUE(world.until([&] { return world.asked("target.begin_restore") == 2; }, 65min));
    world.doors.shut("list_indices");
    ASSERT_TRUE(world.until([&] { return world.doors.waiting("list_indices") == 1; }));
    ASSERT_TRUE(world.shows_another_than(first));
    world.doors.open("list_indices");
    world.run_for(1s);
    EXPECT_EQ(world.row()->recovery->index, IndexName{second});
}

TEST(RecoveredIndexTest, ALeaderThatIsSilentFromTheStartLeavesInSightWhatThereIs) {
    RecoveryWorld world;
    world.make("orders");
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    world.end_life();
    world.run_for(20min);
    for (const char* call : {"list_indices", "sample", "source.list_snapshots"}) {
        world.doors.fail(call, FailureKind::unreachable);
    }
    world.begin_life();
    world.run_for(2h);
    const FollowerStatus row = world.row().value();
    EXPECT_EQ(row.phase, IndexPhase::following);
    EXPECT_EQ(row.follower_index, IndexName{"orders"});
    EXPECT_EQ(row.last_error->failure.kind, FailureKind::unreachable);
    EXPECT_EQ(row.recovery->index, IndexName{first});
    EXPECT_EQ(row.recovery->point->as_of, eight);
    EXPECT_EQ(row.recovery->age, Duration{world.clock() - eight});
    EXPECT_THAT(row.warnings, ElementsAre(HasSubstr("promote --no-drain orders")));
    EXPECT_EQ(world.recovery->failure()->kind, FailureKind::unreachable);
    world.doors.open_all();
    for (const char* call : {"list_indices", "sample", "source.list_snapshots"}) {
        world.doors.heal(call);
    }
    EXPECT_TRUE(world.shows_another_than(first, 10s)) << "it was due long since";
}

// --- promotion -----------------------------------------------------------------------------------

TEST(RecoveredIndexTest, AfterAPromotionNothingIsTouchedUntilItIsTakenBack) {
    RecoveryWorld world;
    world.make("orders");
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    RoleIndex& role = world.roles.at(first).role;
    role.role = MarkRole::promoted;
    role.promotion = Promotion{{}, {}, "noon", "anna"};
    world.run_for(5h);
    EXPECT_EQ(world.phase(), IndexPhase::promoted);
    EXPECT_THAT(world.row()->warnings, ElementsAre(HasSubstr("at noon by anna")));
    EXPECT_FALSE(world.error());
    EXPECT_FALSE(world.row()->recovery->next_run);
    EXPECT_THAT(world.indices(), ElementsAre(first));
    EXPECT_THAT(world.source.taken, SizeIs(1));
    role.role = MarkRole::follower;
    role.promotion.reset();
    ASSERT_TRUE(world.shows_another_than(first, 2min));
    EXPECT_EQ(world.phase(), IndexPhase::following);
    world.run_for(1min);
    EXPECT_THAT(world.indices(), SizeIs(1));
}

// By a command without a daemon, say: no hold tells of it.
TEST(RecoveredIndexTest, APromotionInTheMiddleOfARunIsSeenBeforeTheSwitch) {
    for (const char* call :
         {"source.begin_snapshot", "target.begin_restore", "target.mark_restored"}) {
        SCOPED_TRACE(call);
        RecoveryWorld world;
        world.make("orders");
        world.begin_life();
        ASSERT_TRUE(world.recovers());
        world.doors.shut(call);
        ASSERT_TRUE(world.until([&] { return world.doors.waiting(call) == 1; }, 65min));
        world.roles.at(first).role.role = MarkRole::promoted;
        world.doors.open(call);
        world.run_for(3h);
        EXPECT_EQ(world.shown(), first);
        EXPECT_EQ(world.asked("generations.show"), 1) << "nobody even tried";
        EXPECT_LE(world.asked("target.begin_restore"),
                  std::string_view(call) == "source.begin_snapshot" ? 1 : 2);
        EXPECT_THAT(world.generations.removed, IsEmpty());
        EXPECT_EQ(world.phase(), IndexPhase::promoted);
    }
}

TEST(RecoveredIndexTest, APromotionBetweenTwoTriesEndsThem) {
    RecoveryWorld world;
    world.make("orders");
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    world.doors.fail("target.begin_restore", FailureKind::unavailable);
    ASSERT_TRUE(world.until([&] { return world.error().has_value(); }, 65min));
    const int asked = world.asked("target.begin_restore");
    world.roles.at(first).role.role = MarkRole::promoted;
    world.run_for(3h);
    EXPECT_EQ(world.asked("target.begin_restore"), asked);
    EXPECT_EQ(world.phase(), IndexPhase::promoted);
    EXPECT_FALSE(world.error());
}

TEST(RecoveredIndexTest, APromotionBeforeTheOlderOneIsRemovedKeepsIt) {
    RecoveryWorld world;
    world.make("orders");
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    ASSERT_TRUE(world.shows_another_than(first));
    world.roles.at(second).role.role = MarkRole::promoted;
    world.run_for(3h);
    EXPECT_THAT(world.indices(), ElementsAre(first, second));
    EXPECT_EQ(world.shown(), second);
}

// --- held back -----------------------------------------------------------------------------------

class HeldBack : public testing::TestWithParam<IndexPlace> {
protected:
    /// Returns when nothing of it is under way.
    void hold(Hold how = Hold{IndexPhase::paused, "anna paused it", true}) {
        world.holds.insert_or_assign(GetParam(), std::move(how));
        is_released = false;
        world.tasks.spawn(release_of(&world, GetParam(), &is_released));
        const Instant began = world.timers.now();
        EXPECT_TRUE(world.until([this] { return is_released; }, 5s));
        EXPECT_LT(world.timers.now() - began, 100ms);
    }
    void let_go_on() {
        world.holds.erase(GetParam());
        world.recovery->list_soon();
    }

    RecoveryWorld world;
    bool is_released = false;
};

TEST_P(HeldBack, HasNoRunUntilItIsLetGoOn) {
    world.make("orders");
    world.make("orders-2");
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    hold();
    world.run_for(3h + 1min);
    EXPECT_EQ(world.phase(), IndexPhase::paused);
    EXPECT_THAT(world.row()->warnings, ElementsAre("anna paused it"));
    EXPECT_EQ(world.row()->recovery->index, IndexName{first}) << "how old it is, is told";
    EXPECT_FALSE(world.row()->recovery->next_run);
    EXPECT_EQ(world.shown(), first);
    EXPECT_EQ(world.shown("orders-2"), "orders-2.20261130t110000z");
    let_go_on();
    EXPECT_TRUE(world.shows_another_than(first));
}

TEST_P(HeldBack, WhateverIsUnderWayEnds) {
    for (const char* call : {"target.begin_restore",
                             "target.read_restore",
                             "target.read_restored",
                             "generations.count_documents",
                             "target.mark_restored"}) {
        SCOPED_TRACE(call);
        RecoveryWorld other;
        other.make("orders");
        other.target.lasts = 1s;
        other.begin_life();
        ASSERT_TRUE(other.recovers());
        other.doors.shut(call);
        ASSERT_TRUE(other.until([&] { return other.doors.waiting(call) == 1; }, 65min));
        other.holds.insert_or_assign(GetParam(), Hold{});
        is_released = false;
        other.tasks.spawn(release_of(&other, GetParam(), &is_released));
        other.run_for(10s);
        EXPECT_FALSE(is_released) << "its answer is awaited yet";
        other.doors.open(call);
        ASSERT_TRUE(other.until([&] { return is_released; }, 1s));
        other.run_for(2h);
        EXPECT_EQ(other.shown(), first);
        EXPECT_THAT(other.target.marked,
                    SizeIs(std::string_view(call) == "target.mark_restored" ? 2 : 1));
        EXPECT_THAT(other.generations.removed, IsEmpty());
        other.holds.clear();
        other.recovery->list_soon();
        ASSERT_TRUE(other.shows_another_than(first));
        other.run_for(1min);
        EXPECT_THAT(other.indices(), SizeIs(1));
        EXPECT_THAT(other.target.restored, IsEmpty());
    }
}

TEST_P(HeldBack, NothingIsRemovedAnyMore) {
    world.make("orders");
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    ASSERT_TRUE(world.shows_another_than(first));
    world.run_for(5s);
    hold();
    world.run_for(1h);
    EXPECT_THAT(world.indices(), ElementsAre(first, second));
}

TEST_P(HeldBack, UnfollowedHasNoRow) {
    world.make("orders");
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    hold(Hold{IndexPhase::paused, "unfollowed", false});
    EXPECT_FALSE(world.row());
    world.run_for(2h);
    EXPECT_EQ(world.shown(), first);
}

TEST_P(HeldBack, ItsSnapshotStaysAsLongAsItMayBeRestoredFrom) {
    world.make("orders");
    world.make("orders-2");
    world.rule.snapshots_to_keep = 1;
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    world.target.lasts = 10h;
    ASSERT_TRUE(world.until([&] { return world.target.restored.size() == 2; }, 65min));
    hold();
    const std::string used = world.snapshots().back();
    world.target.restored.at(IndexName{"orders-2." + second.substr(7)}).begun -= 10h;
    world.target.lasts = 20h;  // the reader of the test looks whether it is deleted meanwhile
    world.run_for(3h);
    EXPECT_THAT(world.snapshots(), Contains(used));
}

// Restores take hours, and nothing of it is under way.
TEST(RecoveredIndexTest, OneThatWaitsForItsTurnIsHeldBackAtOnce) {
    RecoveryWorld world;
    for (int number = 1; number <= 6; ++number) {
        world.make("orders-" + std::to_string(number));
    }
    world.rule.every.when = Duration{24h};
    world.target.lasts = 5min;
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return world.target.restored.size() == 4; }));
    const IndexPlace last{ClusterName{"far"}, IndexName{"orders-6"}};
    world.holds.insert_or_assign(last, Hold{});
    bool is_released = false;
    world.tasks.spawn(release_of(&world, last, &is_released));
    EXPECT_TRUE(world.until([&] { return is_released; }, 100ms));
    world.run_for(15min);
    EXPECT_EQ(world.asked("target.begin_restore"), 5);
    EXPECT_EQ(world.shown("orders-6"), "");
}

INSTANTIATE_TEST_SUITE_P(ByEitherName, HeldBack, testing::Values(by_alias, by_generation));

TEST(RecoveredIndexTest, AStopDoesNotWaitForSearchesUnderWay) {
    RecoveryWorld world;
    world.make("orders");
    world.begin_life();
    ASSERT_TRUE(world.recovers());
    ASSERT_TRUE(world.shows_another_than(first));
    const Instant moved = world.timers.now();
    world.end_life();
    EXPECT_LT(world.timers.now() - moved, 1s);
    EXPECT_THAT(world.indices(), ElementsAre(first, second));
    world.begin_life();
    world.run_for(9s);
    EXPECT_THAT(world.indices(), SizeIs(2));
    world.run_for(30s);
    EXPECT_THAT(world.indices(), ElementsAre(second));
}

TEST(RecoveredIndexTest, TwoClaimsToOneAliasAreRefusedAndWhatIsShownStays) {
    RecoveryWorld world;
    world.rule.follow_index_pattern = "all";
    world.rule.indices = {"orders*"};
    world.make("orders");
    world.begin_life();
    ASSERT_TRUE(world.until([&] { return !world.shown("all").empty(); }));
    world.make("orders-2");
    world.run_for(2h);
    EXPECT_EQ(world.phase(), IndexPhase::refused);
    EXPECT_EQ(world.phase("orders-2"), IndexPhase::refused);
    EXPECT_EQ(world.error("orders-2"), FailureKind::conflict);
    EXPECT_THAT(world.what(), HasSubstr("both claim far/all"));
    EXPECT_EQ(world.shown("all"), "all.20261130t080000z");
    EXPECT_THAT(world.what("orders-2"), Not(IsEmpty()));
}

}  // namespace
}  // namespace followd::engine
