#include "engine/control.hpp"
#include "support/control_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::make_rule;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using test::everything;
using test::me;

// far/logs-1-copy was promoted, near/logs-1 follows it.
class TurnedTest : public test::ControlFixture {
protected:
    TurnedTest() {
        make_pair();
        start();
    }
    void make_pair() {
        test::FakeRoleIndex& copy = far.make_follower("logs-1-copy", "f-1", "logs-1");
        copy.role.leader_uuid = IndexUuid{"n-1"};
        copy.role.role = MarkRole::promoted;
        test::FakeRoleIndex& logs = near.make_follower("logs-1", "n-1", "logs-1-copy");
        logs.role.leader_cluster = ClusterName{"far"};
        logs.role.leader_uuid = IndexUuid{"f-1"};
        world.leader.make("logs-1", "n-1", 1).listed.follows =
            Following{ClusterName{"far"}, IndexName{"logs-1-copy"}, IndexUuid{"f-1"}};
        list_promoted("logs-1-copy", "f-1");
        list_promoted("logs-2-copy", "f-2");
    }
    // As a listing shows what was promoted.
    void list_promoted(const std::string& name, const std::string& uuid) {
        far_leader.make(name, uuid, 1).listed.is_promoted = true;
    }
};

TEST_F(TurnedTest, GivenAgainAFailbackThatHasEndedFailsNowhere) {
    const ControlReport report = ask(control->failback(everything, me));
    for (const ControlRow& one : report.rows) {
        EXPECT_FALSE(one.failure) << one.failure->what;
        EXPECT_THAT(one.what, HasSubstr("already"));
    }
    EXPECT_FALSE(report.rows.empty());
    EXPECT_THAT(near.steps, IsEmpty());
}

// The mark of a turn is put before its journal is closed; nothing follows in between.
TEST_F(TurnedTest, GivenAgainAFailbackThatWasCutShortIsFinished) {
    test::FakeRoleIndex& following = near.at("logs-1");
    following.change = RoleChange{RoleChangeKind::follow, "ten", "him", {}};
    following.entry = 3;
    const ControlReport report = ask(control->failback(everything, me));
    EXPECT_THAT(told(report), ElementsAre("logs-1: follows far/logs-1-copy"));
    EXPECT_FALSE(near.at("logs-1").change);
}

// Its promotion stopped between its mark and the end of its block.
TEST_F(TurnedTest, NothingIsSaidToLeadThatDoesNotYetTakeWrites) {
    const auto stop_promotion = [](test::FakeRoleIndex& leading) {
        leading.role.is_write_blocked = true;
        leading.change = RoleChange{RoleChangeKind::promote, "ten", "him", {SeqNo{9}}};
        leading.entry = 3;
    };
    test::FakeRoleIndex& away = far.at("logs-1-copy");
    stop_promotion(away);
    EXPECT_THAT(told(ask(control->failback(everything, me))),
                ElementsAre("logs-1: follows far/logs-1-copy already"));
    EXPECT_FALSE(away.role.is_write_blocked);
    EXPECT_FALSE(away.change);

    near.at("logs-1").role.role = MarkRole::promoted;
    near.at("logs-1").role.epoch = away.role.epoch + 1;
    away.role.role = MarkRole::follower;
    stop_promotion(near.at("logs-1"));
    EXPECT_THAT(told(ask(control->switch_back(everything, 1s, me))),
                ElementsAre("logs-1: leads already, far/logs-1-copy follows it"));
    EXPECT_FALSE(near.at("logs-1").role.is_write_blocked);
    EXPECT_FALSE(near.at("logs-1").change);
}

TEST_F(TurnedTest, ASwitchBackThatStoppedInItsPromotionEndsThatFirst) {
    test::FakeRoleIndex& home = near.at("logs-1");
    home.role.role = MarkRole::promoted;
    home.role.epoch = far.at("logs-1-copy").role.epoch + 1;
    home.role.is_write_blocked = true;
    home.change = RoleChange{RoleChangeKind::promote, "ten", "him", {SeqNo{9}}};
    home.entry = 3;
    // What comes of the rest is not asked here.
    (void)ask(control->switch_back(everything, 1s, me));
    EXPECT_FALSE(home.role.is_write_blocked);
    EXPECT_FALSE(home.change);
}

TEST_F(TurnedTest, GivenAgainASwitchBackThatWasCutShortIsFinished) {
    near.at("logs-1").role.role = MarkRole::promoted;
    test::FakeRoleIndex& following = far.at("logs-1-copy");
    following.role.role = MarkRole::follower;
    following.change = RoleChange{RoleChangeKind::follow, "ten", "him", {}};
    following.entry = 3;
    const ControlReport report = ask(control->switch_back(everything, 1s, me));
    EXPECT_THAT(told(report), ElementsAre("logs-1: leads again, far/logs-1-copy follows it"));
    EXPECT_FALSE(far.at("logs-1-copy").change);
}

TEST_F(TurnedTest, ASwitchBackWaitsForTheEndOfAPromotionOfTheLeader) {
    test::FakeRoleIndex& leading = far.at("logs-1-copy");
    leading.change = RoleChange{RoleChangeKind::promote, "ten", "him", {SeqNo{9}}};
    leading.entry = 3;
    const ControlReport report = ask(control->switch_back(everything, 1s, me));
    EXPECT_THAT(told(report), ElementsAre("logs-1: conflict"));
    EXPECT_THAT(far.steps, IsEmpty());
    EXPECT_EQ(leading.change->points, std::vector{SeqNo{9}});
}

TEST_F(TurnedTest, ASwitchBackThatGivesUpLetsWritesInAgain) {
    world.doors.fail("sample", FailureKind::unreachable);
    const ControlReport report = ask(control->switch_back(everything, 1s, me));
    ASSERT_EQ(report.rows.size(), 1U);
    ASSERT_TRUE(report.rows[0].failure);
    EXPECT_THAT(report.rows[0].failure->what, HasSubstr("writes are taken as before"));
    EXPECT_FALSE(far.at("logs-1-copy").role.is_write_blocked);
    EXPECT_FALSE(far.at("logs-1-copy").change);
    EXPECT_TRUE(near.at("logs-1").role.is(MarkRole::follower));
}

TEST_F(TurnedTest, ASwitchBackThatGivesUpLeavesABlockThatSomebodyElsePutThere) {
    far.at("logs-1-copy").role.is_write_blocked = true;
    world.doors.fail("sample", FailureKind::unreachable);
    ASSERT_TRUE(ask(control->switch_back(everything, 1s, me)).rows.at(0).failure);
    EXPECT_TRUE(far.at("logs-1-copy").role.is_write_blocked);
    EXPECT_FALSE(far.at("logs-1-copy").change);
}

// A promotion goes on where it cannot be forgotten. Found by the simulator: followd-sim --roles
// --seed 857.
TEST_F(TurnedTest, AResumeForgetsAPauseThatWasOnlyStored) {
    const IndexPlace place{ClusterName{"near"}, IndexName{"logs-1"}};
    intents.intents.emplace(place, Intent{place, IntentKind::paused, "ten", "him"});
    (void)ask(control->resume(everything, false, me));
    EXPECT_THAT(intents.intents, IsEmpty());
}

// Found by the simulator: followd-sim --roles --seed 724.
TEST_F(TurnedTest, AFailbackGivenAgainEndsTheOneThatWasCutShort) {
    test::FakeRoleIndex& logs = near.at("logs-1");
    far_leader.make("logs-1-copy", "f-1", 1);
    for (const bool is_switch : {false, true}) {
        logs.change = RoleChange{RoleChangeKind::follow, "ten", "him", {}};
        logs.entry = 1;
        logs.role.is_write_blocked = true;
        (void)ask(is_switch ? control->switch_back(everything, 1s, me)
                            : control->failback(everything, me));
        EXPECT_FALSE(logs.change);
        EXPECT_FALSE(logs.role.is_write_blocked);
    }
}

TEST_F(TurnedTest, ABlockThatCouldNotBeLiftedKeepsItsJournal) {
    world.doors.fail("sample", FailureKind::unreachable);
    world.doors.fail("far.unblock_writes", FailureKind::unavailable);
    ASSERT_TRUE(ask(control->switch_back(everything, 1s, me)).rows.at(0).failure);
    EXPECT_TRUE(far.at("logs-1-copy").role.is_write_blocked);
    EXPECT_TRUE(far.at("logs-1-copy").change);
}

// Nobody could write to it, and promote() would find what follows it then.
TEST_F(TurnedTest, ASwitchBackGivenAgainEndsThePromotionThatItBegan) {
    test::FakeRoleIndex& logs = near.at("logs-1");
    logs.role.role = MarkRole::promoted;
    logs.role.epoch = 9;
    logs.role.is_write_blocked = true;
    logs.change = RoleChange{RoleChangeKind::promote, "ten", "him", {SeqNo{9}}};
    logs.entry = 1;
    (void)ask(control->switch_back(everything, 1s, me));
    EXPECT_FALSE(logs.change);
    EXPECT_FALSE(logs.role.is_write_blocked);
    EXPECT_TRUE(logs.has_write_alias);
}

TEST_F(TurnedTest, TheRuleTurnedRoundIsWatchedWhereTheOldLeadersMarkTellsOfIt) {
    ASSERT_TRUE(until([&] { return row("logs-1-copy").has_value(); }));
    EXPECT_EQ(row("logs-1-copy")->leader, ClusterName{"far"});
    EXPECT_EQ(row("logs-1-copy")->follower, ClusterName{"near"});
    EXPECT_EQ(row("logs-1-copy")->follower_index, IndexName{"logs-1"});
}

TEST_F(TurnedTest, APromotedIndexIsNotFollowedByATurnedRuleUnlessItWasTurnedItself) {
    world.timers.run_for(3min);
    EXPECT_FALSE(row("logs-2-copy"));
}

TEST_F(TurnedTest, ATurnedRuleGoesWithTheRuleThatItCameFrom) {
    ASSERT_TRUE(until([&] { return row("logs-1-copy").has_value(); }));
    supervisor->apply_rules({});
    world.timers.run_for(1min);
    EXPECT_TRUE(supervisor->followers().empty());
}

}  // namespace
}  // namespace followd::engine
