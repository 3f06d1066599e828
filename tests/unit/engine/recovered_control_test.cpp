#include "followd/core/origin_line.hpp"

#include "engine/control.hpp"
#include "engine/unwatched_followers.hpp"
#include "support/control_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Commands about what a rule with mode snapshot restored.

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::everything;
using test::make_rule;
using test::me;
using test::noon;
using test::targets;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr const char* at_eleven = "logs-1-copy.20261130t110000z";
constexpr const char* at_ten = "logs-1-copy.20261130t100000z";

PromoteOptions without_drain() {
    PromoteOptions options;
    options.no_drain = true;
    return options;
}

/// The follower's cluster shows logs-1 as of eleven; it is noon. The leader is not asked.
class RecoveredControlTest : public test::ControlFixture {
protected:
    RecoveredControlTest() {
        far.make_generation("logs-1-copy", noon - 1h, "logs-1");
        superseded().role.alias_names = {"theirs"};
    }
    test::FakeRoleIndex& shown() { return far.at(at_eleven); }
    /// It stays for a moment, for searches under way.
    test::FakeRoleIndex& superseded() {
        if (!far.indices.contains(IndexName{at_ten})) {
            far.make_generation("logs-1-copy", noon - 2h, "logs-1");
        }
        return far.at(at_ten);
    }
    static FollowRule recovered(std::vector<std::string> indices = {"logs-*"}) {
        FollowRule rule = make_rule("logs", std::move(indices));
        rule.mode = FollowMode::snapshot;
        return rule;
    }
    void begin_control(std::vector<FollowRule> rules = {recovered()}) { start(std::move(rules)); }
    Task<void> hold_back(IndexPlace place, Hold hold, bool* done) {
        co_await supervisor->hold(std::move(place), std::move(hold));
        *done = true;
    }
    std::vector<std::string> planned(const std::string& name) {
        return told(ask(control->plan(targets({name}))));
    }
    static void promote(test::FakeRoleIndex& index) {
        index.role.role = MarkRole::promoted;
        index.role.origins = core::promoted(index.role.origins, index.points);
        index.role.promotion = Promotion{index.points, index.points, "ten", "her"};
        index.role.is_write_blocked = false;
        index.role.epoch = 2;
    }
};

// --- who is meant --------------------------------------------------------------------------------

TEST_F(RecoveredControlTest, IsFoundByItsAliasItsLeaderAndItsOwnName) {
    begin_control();
    for (const std::string name : {"logs-1-copy", "logs-1", at_eleven, "logs-*"}) {
        EXPECT_THAT(planned(name), ElementsAre(HasSubstr("logs-1-copy: promote:"))) << name;
    }
}

TEST_F(RecoveredControlTest, OlderGenerationsAreNeverMeant) {
    begin_control();
    EXPECT_THAT(planned("*"), ElementsAre(HasSubstr("logs-1-copy: promote:")));
    EXPECT_THAT(told(ask(control->plan(everything))), ElementsAre(HasSubstr("logs-1-copy: ")));
    EXPECT_TRUE(ask(control->plan(targets({at_ten}))).failure);
    EXPECT_TRUE(ask(control->promote(targets({at_ten}), without_drain(), me)).failure);
    EXPECT_THAT(far.steps, IsEmpty());
}

TEST_F(RecoveredControlTest, WhatWasPromotedIsFoundAlsoBehindNoAlias) {
    promote(superseded());
    superseded().role.alias_names.clear();
    shown().role.alias_names.clear();
    begin_control();
    EXPECT_THAT(told(ask(control->promote(targets({"logs-1-copy"}), {}, me))),
                ElementsAre("logs-1-copy: was promoted already, at ten by her"));
}

// The same clusters may have rules of both modes; a rule's mode decides which marks are its own.
TEST_F(RecoveredControlTest, BelongsToARuleOfItsMode) {
    FollowRule all = make_rule("all", {"*"}, "{{leader_index}}");
    far.make_follower("apps-1", "role of apps-1", "apps-1");
    begin_control({all, recovered()});
    EXPECT_THAT(told(ask(control->plan(everything))),
                UnorderedElementsAre(HasSubstr("apps-1: promote:"), HasSubstr("logs-1-copy: ")));
    EXPECT_TRUE(ask(control->plan(targets({at_ten}))).failure);
}

TEST_F(RecoveredControlTest, IsNoFollowerOfARuleOfModeHistory) {
    begin_control({make_rule("all", {"*"}, "{{leader_index}}")});
    EXPECT_TRUE(ask(control->plan(everything)).failure);
}

TEST_F(RecoveredControlTest, ANameAloneMakesNoGeneration) {
    far.indices.clear();
    far.make_follower(at_eleven, "role", "logs-1").role.alias_names = {"logs-1-copy"};
    begin_control();
    EXPECT_TRUE(ask(control->plan(everything)).failure);
}

// What near recovers from far, by whatever other rule, is none of a rule's for the other way.
TEST_F(RecoveredControlTest, IsOnTheSideOfItsRulesFollowers) {
    far.indices.clear();
    near.make_generation("apps", noon, "apps").role.leader_cluster = ClusterName{"far"};
    begin_control({recovered({"*"})});
    EXPECT_TRUE(ask(control->plan(everything)).failure);
}

// The alias is no name of the leader's, whatever the rule excludes.
TEST_F(RecoveredControlTest, ARuleMayExcludeWhatItsAliasesAreCalled) {
    begin_control({recovered({"logs-*", "-*-copy"})});
    EXPECT_THAT(planned("logs-1-copy"), ElementsAre(HasSubstr("logs-1-copy: promote:")));
}

TEST_F(RecoveredControlTest, IsFoundByAnAliasOfItsLeaderThatTheRuleNames) {
    shown().role.alias_names = {"logs-1-copy", "live"};
    begin_control({recovered({"live"})});
    EXPECT_THAT(planned("logs-1-copy"), ElementsAre(HasSubstr("logs-1-copy: promote:")));
}

// --- promote -------------------------------------------------------------------------------------

TEST_F(RecoveredControlTest, WithoutADrainItIsNotPromoted) {
    begin_control();
    const ControlReport report = ask(control->promote(targets({"logs-1-copy"}), {}, me));
    ASSERT_EQ(told(report), std::vector<std::string>{"logs-1-copy: refused"});
    EXPECT_THAT(report.rows[0].failure->what,
                AllOf(HasSubstr("as of 2026-11-30T11:00:00Z, 60 min before now"),
                      HasSubstr("followd promote --no-drain logs-1-copy")));
    EXPECT_THAT(far.steps, IsEmpty());
    EXPECT_TRUE(supervisor->holds().empty());
}

TEST_F(RecoveredControlTest, WithNoDrainOrForceItIsAnIndexOfItsOwn) {
    for (const bool is_forced : {false, true}) {
        far.indices.clear();
        far.make_generation("logs-1-copy", noon - 1h, "logs-1");
        if (!control) {
            begin_control();
        }
        const PromoteOptions options{30s, !is_forced, is_forced};
        const ControlReport report = ask(control->promote(targets({"logs-1-copy"}), options, me));
        ASSERT_EQ(report.rows.size(), 1U);
        ASSERT_FALSE(report.rows[0].failure) << report.rows[0].failure->what;
        EXPECT_EQ(report.rows[0].what,
                  "promoted as of 2026-11-30T11:00:00Z, 60 min before; the index is "
                  "logs-1-copy.20261130t110000z");
        EXPECT_EQ(report.rows[0].index, IndexName{"logs-1-copy"});
        EXPECT_FALSE(report.rows[0].missing_operations);
        const test::FakeRoleIndex& promoted = shown();
        EXPECT_TRUE(promoted.role.is(MarkRole::promoted));
        EXPECT_FALSE(promoted.role.is_write_blocked);
        EXPECT_FALSE(promoted.is_held_back);
        EXPECT_TRUE(promoted.has_write_alias);
        EXPECT_FALSE(promoted.change);
        EXPECT_THAT(promoted.role.alias_names, ElementsAre("logs-1-copy"));
        EXPECT_EQ(promoted.role.promotion->points, promoted.points);
    }
}

// Whoever runs the schedule looks for the alias.
TEST_F(RecoveredControlTest, TheAliasIsHeldBackFromThePromotionOn) {
    const IndexPlace alias{ClusterName{"far"}, IndexName{"logs-1-copy"}};
    begin_control();
    std::optional<IndexPhase> at_the_mark;
    far.on_step = [&](const std::string& step) {
        if (step == "mark_promoted") {
            at_the_mark = supervisor->holds().at(alias).phase;
        }
    };
    (void)ask(control->promote(targets({at_eleven}), without_drain(), me));
    EXPECT_EQ(at_the_mark, IndexPhase::promoting);
    ASSERT_EQ(supervisor->holds().size(), 1U);
    EXPECT_EQ(supervisor->holds().at(alias).phase, IndexPhase::promoted);
}

TEST_F(RecoveredControlTest, APauseEndsWithThePromotion) {
    const Intent intent{
        {ClusterName{"far"}, IndexName{"logs-1-copy"}}, IntentKind::paused, "ten", "her"};
    intents.intents.emplace(intent.place, intent);
    start({recovered()}, holds_of({intent}));
    (void)ask(control->promote(targets({"logs-1-copy"}), without_drain(), me));
    EXPECT_TRUE(shown().role.is(MarkRole::promoted));
    EXPECT_TRUE(intents.intents.empty());
}

TEST_F(RecoveredControlTest, APauseOutlastsAPromotionThatDidNotBegin) {
    const Intent intent{
        {ClusterName{"far"}, IndexName{"logs-1-copy"}}, IntentKind::paused, "ten", "her"};
    start({recovered()}, holds_of({intent}));
    world.doors.fail("far.read_role", FailureKind::unreachable);
    (void)ask(control->promote(targets({"logs-1-copy"}), without_drain(), me));
    ASSERT_TRUE(supervisor->holds().contains(intent.place));
    EXPECT_EQ(supervisor->holds().at(intent.place).phase, IndexPhase::paused);
}

TEST_F(RecoveredControlTest, ItIsNotPromotedOnceANewerOneIsShown) {
    begin_control();
    for (const bool is_gone : {false, true}) {
        world.doors.shut("far.read_changes");
        std::optional<ControlReport> report;
        begin(control->promote(targets({"logs-1-copy"}), without_drain(), me), report);
        ASSERT_TRUE(until([&] { return world.doors.waiting("far.read_changes") == 1; }));
        shown().role.alias_names = {"theirs"};
        if (is_gone) {
            world.doors.fail("far.read_role", FailureKind::not_found, 1);
        }
        world.doors.open("far.read_changes");
        ASSERT_TRUE(until([&] { return report.has_value(); }));
        ASSERT_EQ(told(*report), std::vector<std::string>{"logs-1-copy: throttled"});
        EXPECT_THAT(report->rows[0].failure->what, HasSubstr("newer"));
        EXPECT_THAT(far.steps, IsEmpty());
        EXPECT_TRUE(supervisor->holds().empty());
        shown().role.alias_names = {"logs-1-copy"};
    }
}

TEST_F(RecoveredControlTest, WhatCannotBeLookedAtAgainIsNotPromoted) {
    begin_control();
    world.doors.fail("far.read_role", FailureKind::unreachable);
    EXPECT_THAT(told(ask(control->promote(targets({"logs-1-copy"}), without_drain(), me))),
                ElementsAre("logs-1-copy: unreachable"));
    EXPECT_THAT(far.steps, IsEmpty());
    EXPECT_TRUE(supervisor->holds().empty());
}

TEST_F(RecoveredControlTest, AStoppedPromotionGivenAgainGoesOnWithoutADrain) {
    begin_control();
    world.doors.fail("far.mark_promoted", FailureKind::unreachable, 1);
    EXPECT_THAT(told(ask(control->promote(targets({"logs-1-copy"}), without_drain(), me))),
                ElementsAre("logs-1-copy: unreachable"));
    EXPECT_EQ(supervisor->holds().begin()->second.phase, IndexPhase::promoting);
    EXPECT_THAT(told(ask(control->promote(targets({"logs-1-copy"}), {}, me))),
                ElementsAre(HasSubstr("logs-1-copy: promoted as of 2026-11-30T11:00:00Z")));
}

TEST_F(RecoveredControlTest, OnlyOneCommandAtATimeWorksOnAnAlias) {
    begin_control();
    world.doors.shut("far.block_writes");
    std::optional<ControlReport> first;
    begin(control->promote(targets({"logs-1-copy"}), without_drain(), me), first);
    ASSERT_TRUE(until([&] { return world.doors.waiting("far.block_writes") == 1; }));
    EXPECT_THAT(told(ask(control->promote(targets({at_eleven}), without_drain(), me))),
                ElementsAre("logs-1-copy: throttled"));
    world.doors.open("far.block_writes");
    ASSERT_TRUE(until([&] { return first.has_value(); }));
}

// --- plan ----------------------------------------------------------------------------------------

TEST_F(RecoveredControlTest, APlanSaysAsOfWhenAndChangesNothing) {
    begin_control();
    const ControlReport report = ask(control->plan(targets({"logs-1"})));
    ASSERT_EQ(report.rows.size(), 1U);
    EXPECT_EQ(report.rows[0].what,
              "promote: it would become an index of its own, as of 2026-11-30T11:00:00Z, 60 min "
              "before now");
    EXPECT_FALSE(report.rows[0].missing_operations);
    EXPECT_THAT(far.steps, IsEmpty());
    EXPECT_TRUE(supervisor->holds().empty());
}

// --- resume --------------------------------------------------------------------------------------

class RecoveredResumeTest : public RecoveredControlTest {
protected:
    RecoveredResumeTest() {
        near.make("logs-1", "uuid of logs-1");
        world.leader.make("logs-1", "uuid of logs-1", 1);
        far_leader.make(at_eleven, "role of " + std::string(at_eleven), 1);
        promote(shown());
    }
};

TEST_F(RecoveredResumeTest, APromotionThatNobodyWroteToIsTakenBackAndStaysBlocked) {
    begin_control();
    const ControlReport report = ask(control->resume(targets({"logs-1-copy"}), false, me));
    ASSERT_EQ(
        told(report),
        std::vector<std::string>{"logs-1-copy: is recovered by schedule again, from near/logs-1"});
    EXPECT_TRUE(shown().role.is(MarkRole::follower));
    EXPECT_TRUE(shown().role.is_write_blocked);
    EXPECT_TRUE(shown().is_held_back);
    EXPECT_TRUE(shown().role.recovery);
    EXPECT_FALSE(shown().change);
    EXPECT_TRUE(supervisor->holds().empty());
    EXPECT_THAT(told(ask(control->resume(targets({"logs-1-copy"}), false, me))),
                ElementsAre("logs-1-copy: is recovered by schedule already, from near/logs-1"));
}

TEST_F(RecoveredResumeTest, WhatWasWrittenToItIsNeverTakenAway) {
    begin_control();
    shown().points[0] = shown().points[0].next();
    for (const bool discard_local : {false, true}) {
        const ControlReport report =
            ask(control->resume(targets({"logs-1-copy"}), discard_local, me));
        ASSERT_EQ(told(report), std::vector<std::string>{"logs-1-copy: refused"});
        EXPECT_THAT(report.rows[0].failure->what,
                    AllOf(HasSubstr("it took 1 operations"), HasSubstr("delete it")));
        EXPECT_TRUE(shown().role.is(MarkRole::promoted));
        EXPECT_FALSE(shown().role.is_write_blocked);
        EXPECT_FALSE(shown().change);
    }
}

TEST_F(RecoveredResumeTest, APromotionThatWasCutShortIsUndoneAndStaysBlocked) {
    test::FakeRoleIndex& index = shown();
    index.role.role = MarkRole::follower;
    index.role.promotion.reset();
    index.role.is_write_blocked = true;
    index.change = RoleChange{RoleChangeKind::promote, "ten", "her", {}};
    index.entry = 1;
    begin_control();
    EXPECT_THAT(told(ask(control->resume(targets({"logs-1-copy"}), false, me))),
                ElementsAre(HasSubstr("logs-1-copy: is recovered by schedule")));
    EXPECT_TRUE(shown().role.is(MarkRole::follower));
    EXPECT_TRUE(shown().role.is_write_blocked);
    EXPECT_FALSE(shown().change);
}

TEST_F(RecoveredControlTest, APauseOfTheAliasIsTakenBackByEachOfItsNames) {
    const IndexPlace alias{ClusterName{"far"}, IndexName{"logs-1-copy"}};
    begin_control();
    for (const std::string name : {"logs-1-copy", "logs-1", at_eleven}) {
        const Intent intent{alias, IntentKind::paused, "ten", "her"};
        intents.intents.insert_or_assign(alias, intent);
        Hold hold = holds_of({intent}).at(alias);
        bool is_held = false;
        tasks.spawn(hold_back(alias, std::move(hold), &is_held));
        ASSERT_TRUE(until([&] { return is_held; }));
        EXPECT_THAT(told(ask(control->resume(targets({name}), false, me))),
                    ElementsAre("logs-1-copy: followed again"))
            << name;
        EXPECT_TRUE(supervisor->holds().empty());
        EXPECT_TRUE(intents.intents.empty());
    }
}

TEST_F(RecoveredControlTest, AnUnfollowIsTakenBackByTheRulesName) {
    const Intent intent{
        {ClusterName{"far"}, IndexName{"logs-1-copy"}}, IntentKind::unfollowed, "ten", "her"};
    start({recovered()}, holds_of({intent}));
    EXPECT_THAT(told(ask(control->follow(targets({"logs"}), me))),
                ElementsAre("logs-1-copy: followed again"));
}

// --- what is refused -----------------------------------------------------------------------------

TEST_F(RecoveredControlTest, AFailbackIsRefusedWithTheWayOut) {
    begin_control();
    promote(shown());
    for (const ControlReport& report : {ask(control->failback(targets({"logs-1-copy"}), me)),
                                        ask(control->plan(targets({"logs-1-copy"})))}) {
        ASSERT_EQ(told(report), std::vector<std::string>{"logs-1-copy: refused"});
        EXPECT_THAT(report.rows[0].failure->what,
                    AllOf(HasSubstr("mode: snapshot"),
                          HasSubstr("mode: history, leader: far, follower: near, indices: "
                                    "[logs-1-copy.20261130t110000z]")));
    }
    EXPECT_THAT(far.steps, IsEmpty());
    const ControlReport switched = ask(control->switch_back(targets({"logs-1-copy"}), 1s, me));
    EXPECT_TRUE(switched.rows.empty());
    EXPECT_TRUE(switched.failure);
}

TEST_F(RecoveredControlTest, ARepairIsRefused) {
    begin_control();
    ControlReport report = ask(control->repair(targets({"logs-1-copy"}), 1s));
    ASSERT_EQ(told(report), std::vector<std::string>{"logs-1-copy: refused"});
    EXPECT_THAT(report.rows[0].failure->what, HasSubstr("recovered by schedule"));
    promote(shown());
    report = ask(control->repair(targets({"logs-1-copy"}), 1s));
    ASSERT_EQ(told(report), std::vector<std::string>{"logs-1-copy: refused"});
    EXPECT_THAT(report.rows[0].failure->what, HasSubstr("promoted"));
    EXPECT_THAT(far.steps, IsEmpty());
}

// --- status without a leader ---------------------------------------------------------------------

class RecoveredUnwatchedTest : public RecoveredControlTest {
protected:
    ~RecoveredUnwatchedTest() override {
        if (unwatched) {
            unwatched->stop();
        }
        world.timers.run_for(10s);
    }
    std::vector<FollowerStatus> rows(Holds holds = {}) {
        for (const char* call : {"list_indices", "sample", "near.list_marked"}) {
            world.doors.fail(call, FailureKind::unreachable);
        }
        // Nobody carries out the rule here; that the leader is silent another one tells.
        start({recovered(), make_rule("metrics", {"metrics-*"})}, std::move(holds));
        unwatched.emplace(ports());
        tasks.spawn(unwatched->run());
        world.timers.run_for(10s);
        return unwatched->rows(supervisor->followers(), supervisor->clusters());
    }

    std::optional<UnwatchedFollowers> unwatched;
};

TEST_F(RecoveredUnwatchedTest, AsOfWhenItIsIsToldFromItsMark) {
    const std::vector<FollowerStatus> told = rows();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].follower_index, IndexName{"logs-1-copy"});
    EXPECT_EQ(told[0].leader_index, IndexName{"logs-1"});
    EXPECT_THAT(told[0].warnings, ElementsAre(HasSubstr("followd plan logs-1-copy")));
    ASSERT_TRUE(told[0].recovery);
    EXPECT_EQ(told[0].recovery->index, IndexName{at_eleven});
    EXPECT_EQ(told[0].recovery->point, shown().role.recovery);
    EXPECT_EQ(told[0].recovery->age, Duration{1h});
    EXPECT_FALSE(told[0].recovery->next_run);
}

TEST_F(RecoveredUnwatchedTest, APauseOfTheAliasIsTold) {
    const Intent intent{
        {ClusterName{"far"}, IndexName{"logs-1-copy"}}, IntentKind::paused, "ten", "her"};
    const std::vector<FollowerStatus> told = rows(holds_of({intent}));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].phase, IndexPhase::paused);
    EXPECT_TRUE(told[0].recovery);
}

TEST_F(RecoveredUnwatchedTest, ARowOfTheAliasIsEnough) {
    (void)rows();
    FollowerStatus watched;
    watched.leader = ClusterName{"near"};
    watched.leader_index = IndexName{"logs-1"};
    watched.follower = ClusterName{"far"};
    watched.follower_index = IndexName{"logs-1-copy"};
    EXPECT_THAT(unwatched->rows({watched}, supervisor->clusters()), IsEmpty());
}

}  // namespace
}  // namespace followd::engine
