#include "engine/control.hpp"

#include "support/engine_world.hpp"
#include "support/fake_roles.hpp"
#include "support/watched_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
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

class FakeControlStore final : public ControlStore {
public:
    explicit FakeControlStore(test::Doors& doors) : doors_(doors) {}

    std::map<IndexPlace, Intent> intents;

    [[nodiscard]] Task<Result<std::vector<Intent>>> load_intents() override {
        std::vector<Intent> all;
        for (const auto& [place, intent] : intents) {
            all.push_back(intent);
        }
        co_return all;
    }
    [[nodiscard]] Task<Result<void>> save_intent(Intent intent) override {
        Result<void> passed = co_await doors_.pass("save_intent");
        if (passed.ok()) {
            intents.insert_or_assign(intent.place, std::move(intent));
        }
        co_return passed;
    }
    [[nodiscard]] Task<Result<void>> forget_intent(IndexPlace place) override {
        Result<void> passed = co_await doors_.pass("forget_intent");
        if (passed.ok()) {
            intents.erase(place);
        }
        co_return passed;
    }

private:
    test::Doors& doors_;
};

class NoLostWrites final : public LostWritesFolder {
public:
    [[nodiscard]] std::unique_ptr<LostWritesFile> file_for(const IndexName& /*index*/,
                                                           std::string_view /*at*/) override {
        return nullptr;
    }
};

Task<void> keep(Task<ControlReport> command, std::optional<ControlReport>* into) {
    ControlReport report = co_await std::move(command);
    into->emplace(std::move(report));
}

ControlTargets targets(std::vector<std::string> names) {
    return ControlTargets{std::move(names), false};
}
const ControlTargets everything{{}, true};
const Requester me{"me@here", "noon"};

/// near leads, far follows; a Control over both.
class ControlTest : public testing::Test {
protected:
    ~ControlTest() override {
        world.doors.open_all();
        if (supervisor) {
            supervisor->stop();
        }
        EXPECT_TRUE(world.timers.run_until([this] { return tasks.running() == 0; }, 10s));
        control.reset();
        supervisor.reset();
    }

    void start(std::vector<FollowRule> rules = {make_rule("logs", {"logs-*"})}, Holds holds = {}) {
        Settings settings;
        settings.follow = std::move(rules);
        const std::map<ClusterName, ClusterPorts> clusters{
            {ClusterName{"near"}, ClusterPorts{&world.leader, &near_follower, &near}},
            {ClusterName{"far"}, ClusterPorts{&far_leader, &world.follower, &far}}};
        supervisor.emplace(world.context.get_executor(),
                           std::move(settings),
                           clusters,
                           world.shards,
                           world.store,
                           world.timers,
                           1,
                           std::move(holds));
        control.emplace(world.context.get_executor(),
                        ControlPorts{*supervisor,
                                     clusters,
                                     world.shards,
                                     world.store,
                                     intents,
                                     no_lost_writes,
                                     world.timers});
        tasks.spawn(supervisor->run());
    }

    /// A leader index, followed by the follower's role that prepare() would have put there.
    void make(const std::string& index, const std::string& follower = {}) {
        world.leader.make(index, "uuid of " + index, 2);
        for (int number = 0; number < 10; ++number) {
            world.put(index, number);
        }
        const std::string copy = follower.empty() ? index + "-copy" : follower;
        far.make_follower(copy, "role of " + copy, index, 2);
    }
    std::optional<FollowerStatus> row(const std::string& leader_index) const {
        for (const FollowerStatus& one : supervisor->followers()) {
            if (one.leader_index == IndexName{leader_index}) {
                return one;
            }
        }
        return std::nullopt;
    }
    bool follows(const std::string& index) const {
        const std::optional<FollowerStatus> found = row(index);
        return found && found->phase == IndexPhase::following &&
               world.differences(index, index + "-copy").empty();
    }
    bool until(const std::function<bool()>& is_reached, Duration limit = 5s) {
        return world.timers.run_until(is_reached, limit);
    }
    IndexFollower* find(const std::string& copy) {
        return supervisor->find({ClusterName{"far"}, IndexName{copy}});
    }

    void begin(Task<ControlReport> command, std::optional<ControlReport>& into) {
        tasks.spawn(keep(std::move(command), &into));
    }
    ControlReport ask(Task<ControlReport> command) {
        std::optional<ControlReport> report;
        begin(std::move(command), report);
        EXPECT_TRUE(until([&report] { return report.has_value(); }, 2min));
        return report.value_or(ControlReport{});
    }
    /// What was done, without what more is known of it.
    static std::vector<std::string> told(const ControlReport& report) {
        std::vector<std::string> rows;
        for (const ControlRow& one : report.rows) {
            rows.push_back(one.index.value() + ": " +
                           (one.failure ? std::string(to_string(one.failure->kind))
                                        : one.what.substr(0, one.what.find(';'))));
        }
        return rows;
    }

    test::EngineWorld world;
    test::FakeLeaderCluster far_leader{world.doors};
    test::FakeFollowerCluster near_follower{world.doors};
    test::FakeRoleCluster near{world.doors, "near"};
    test::FakeRoleCluster far{world.doors, "far"};
    FakeControlStore intents{world.doors};
    NoLostWrites no_lost_writes;
    TaskGroup tasks{world.context.get_executor(), [](const char* what) { ADD_FAILURE() << what; }};
    std::optional<Supervisor> supervisor;
    std::optional<Control> control;
};

// --- pause, unfollow, follow, resume -------------------------------------------------------------

TEST_F(ControlTest, PauseEndsTheFollowerAndShowsWhoAskedForIt) {
    make("logs-1");
    start();
    ASSERT_TRUE(until([&] { return follows("logs-1"); }));
    EXPECT_THAT(told(ask(control->pause(targets({"logs-1-copy"}), me))),
                ElementsAre("logs-1-copy: paused"));
    EXPECT_EQ(find("logs-1-copy"), nullptr);
    ASSERT_TRUE(until([&] { return row("logs-1") && row("logs-1")->phase == IndexPhase::paused; }));
    EXPECT_THAT(row("logs-1")->warnings, ElementsAre(HasSubstr("me@here")));
    EXPECT_EQ(intents.intents.size(), 1U);
}

TEST_F(ControlTest, APauseOutlastsListingsAndWritesUntilItIsTakenBack) {
    make("logs-1");
    start();
    ASSERT_TRUE(until([&] { return follows("logs-1"); }));
    (void)ask(control->pause(targets({"logs-1-copy"}), me));
    const int bulks = world.bulks("logs-1-copy");
    world.put("logs-1", 99);
    world.timers.run_for(5min);
    EXPECT_EQ(row("logs-1")->phase, IndexPhase::paused);
    EXPECT_EQ(world.bulks("logs-1-copy"), bulks);
    EXPECT_THAT(told(ask(control->resume(targets({"logs-1-copy"}), false, me))),
                ElementsAre("logs-1-copy: followed again"));
    EXPECT_TRUE(intents.intents.empty());
    EXPECT_TRUE(until([&] { return follows("logs-1"); }));
}

TEST_F(ControlTest, APauseOfAnEarlierRunHoldsFromTheStart) {
    make("logs-1");
    make("logs-2");
    const Intent intent{
        {ClusterName{"far"}, IndexName{"logs-1-copy"}}, IntentKind::paused, "noon", "her"};
    start({make_rule("logs", {"logs-*"})}, holds_of({intent}));
    ASSERT_TRUE(until([&] { return follows("logs-2"); }));
    world.timers.run_for(2min);
    EXPECT_FALSE(world.follower.indices.contains(IndexName{"logs-1-copy"}));
    EXPECT_EQ(row("logs-1")->phase, IndexPhase::paused);
}

TEST_F(ControlTest, NothingIsHeldBackThatCouldNotBeStored) {
    make("logs-1");
    start();
    ASSERT_TRUE(until([&] { return follows("logs-1"); }));
    world.doors.fail("save_intent", FailureKind::storage);
    EXPECT_THAT(told(ask(control->pause(targets({"logs-1-copy"}), me))),
                ElementsAre("logs-1-copy: storage"));
    EXPECT_NE(find("logs-1-copy"), nullptr);
}

TEST_F(ControlTest, UnfollowedShowsNoRowAndFollowByTheRulesNameBringsItBack) {
    make("logs-1");
    start();
    ASSERT_TRUE(until([&] { return follows("logs-1"); }));
    EXPECT_THAT(told(ask(control->unfollow(targets({"logs-1-copy"}), me))),
                ElementsAre("logs-1-copy: unfollowed"));
    world.timers.run_for(2min);
    EXPECT_FALSE(row("logs-1"));
    EXPECT_THAT(told(ask(control->follow(targets({"logs"}), me))),
                ElementsAre("logs-1-copy: followed again"));
    EXPECT_TRUE(until([&] { return follows("logs-1"); }));
}

TEST_F(ControlTest, ResumeDoesNotTakeAnUnfollowBack) {
    make("logs-1");
    start();
    ASSERT_TRUE(until([&] { return follows("logs-1"); }));
    (void)ask(control->unfollow(targets({"logs-1-copy"}), me));
    far.indices.clear();
    EXPECT_TRUE(ask(control->resume(everything, false, me)).rows.empty());
    EXPECT_EQ(intents.intents.size(), 1U);
}

// The follower of one index may be called as another leader index is.
TEST_F(ControlTest, ANameMeansFollowersAndOnlyWhereThereIsNoneLeaders) {
    make("logs-1");
    make("logs-1-copy");
    make("logs-2");
    start();
    ASSERT_TRUE(until([&] { return follows("logs-1") && follows("logs-1-copy"); }));
    EXPECT_THAT(told(ask(control->pause(targets({"logs-1-copy"}), me))),
                ElementsAre("logs-1-copy: paused"));
    EXPECT_THAT(told(ask(control->pause(targets({"logs-2"}), me))),
                ElementsAre("logs-2-copy: paused"));
}

TEST_F(ControlTest, SaysWhichNamesNothingMatched) {
    make("logs-1");
    start();
    ASSERT_TRUE(until([&] { return follows("logs-1"); }));
    const std::vector<ControlReport> reports{
        ask(control->pause(targets({"typo-*", "other"}), me)),
        ask(control->unfollow(targets({"typo-*", "other"}), me)),
        ask(control->follow(targets({"typo-*", "other"}), me)),
        ask(control->resume(targets({"typo-*", "other"}), false, me)),
        ask(control->promote(targets({"typo-*", "other"}), {}, me)),
        ask(control->failback(targets({"typo-*", "other"}), me)),
        ask(control->switch_back(targets({"typo-*", "other"}), 1s, me)),
        ask(control->plan(targets({"typo-*", "other"})))};
    for (const ControlReport& report : reports) {
        ASSERT_TRUE(report.failure);
        EXPECT_EQ(report.failure->kind, FailureKind::not_found);
        EXPECT_THAT(report.failure->what, HasSubstr("typo-*, other"));
        EXPECT_TRUE(report.rows.empty());
    }
}

// --- promote -------------------------------------------------------------------------------------

TEST_F(ControlTest, PromotesWhatIsLevelAndTellsHowFarItIs) {
    make("logs-1");
    start();
    ASSERT_TRUE(until([&] { return follows("logs-1"); }));
    EXPECT_THAT(told(ask(control->promote(targets({"logs-1-copy"}), {}, me))),
                ElementsAre("logs-1-copy: promoted"));
    const engine::RoleIndex& role = far.at("logs-1-copy").role;
    EXPECT_TRUE(role.is(MarkRole::promoted));
    EXPECT_EQ(role.promotion->applied_through, (std::vector{SeqNo{4}, SeqNo{4}}));
}

TEST_F(ControlTest, WritesThatCameBeforeThePromotionAreDrained) {
    make("logs-1");
    start();
    ASSERT_TRUE(until([&] { return follows("logs-1"); }));
    world.put("logs-1", 100);
    world.remove("logs-1", 3);
    bool was_equal = false;
    far.on_step = [&](const std::string& step) {
        if (step == "remove_fences") {
            was_equal = world.differences("logs-1", "logs-1-copy").empty();
        }
    };
    (void)ask(control->promote(targets({"logs-1-copy"}), {}, me));
    EXPECT_TRUE(was_equal);
}

TEST_F(ControlTest, ADrainThatTakesTooLongChangesNothing) {
    make("logs-1");
    start();
    ASSERT_TRUE(until([&] { return follows("logs-1"); }));
    world.doors.shut("follower.apply");
    world.put("logs-1", 100);
    const Instant began = world.timers.now();
    const ControlReport report =
        ask(control->promote(targets({"logs-1-copy"}), PromoteOptions{7s, false, false}, me));
    ASSERT_EQ(told(report), std::vector<std::string>{"logs-1-copy: timeout"});
    EXPECT_GE(world.timers.now() - began, 7s);
    EXPECT_LT(world.timers.now() - began, 8s);
    EXPECT_THAT(report.rows[0].failure->what, HasSubstr("1 operations"));
    EXPECT_THAT(far.steps, IsEmpty());
    world.doors.open("follower.apply");
    EXPECT_TRUE(until([&] { return follows("logs-1"); }));
}

TEST_F(ControlTest, ForcedItGoesOnAndTellsWhatIsMissing) {
    make("logs-1");
    start();
    ASSERT_TRUE(until([&] { return follows("logs-1"); }));
    world.doors.fail("follower.apply", FailureKind::unreachable);
    world.put("logs-1", 100);
    const ControlReport report =
        ask(control->promote(targets({"logs-1-copy"}), PromoteOptions{7s, false, true}, me));
    EXPECT_THAT(told(report), ElementsAre("logs-1-copy: promoted"));
    EXPECT_EQ(report.rows[0].missing_operations, 1);
    EXPECT_TRUE(far.at("logs-1-copy").role.is(MarkRole::promoted));
}

TEST_F(ControlTest, OnlyOneCommandAtATimeWorksOnAnIndex) {
    make("logs-1");
    make("logs-2");
    start();
    ASSERT_TRUE(until([&] { return follows("logs-1") && follows("logs-2"); }));
    world.doors.shut("far.block_writes");
    std::optional<ControlReport> first;
    begin(control->promote(targets({"logs-1-copy"}), {}, me), first);
    ASSERT_TRUE(until([&] { return world.doors.waiting("far.block_writes") == 1; }));
    EXPECT_THAT(told(ask(control->promote(targets({"logs-1-copy"}), {}, me))),
                ElementsAre("logs-1-copy: throttled"));
    EXPECT_THAT(told(ask(control->failback(targets({"logs-1-copy"}), me))),
                ElementsAre("logs-1-copy: throttled"));
    EXPECT_THAT(told(ask(control->pause(targets({"logs-2-copy"}), me))),
                ElementsAre("logs-2-copy: paused"));
    world.doors.open("far.block_writes");
    ASSERT_TRUE(until([&] { return first.has_value(); }));
    EXPECT_THAT(told(*first), ElementsAre("logs-1-copy: promoted"));
}

TEST_F(ControlTest, AStoppedPromotionIsHeldAndGivenAgainGoesOn) {
    make("logs-1");
    start();
    ASSERT_TRUE(until([&] { return follows("logs-1"); }));
    world.doors.fail("far.mark_promoted", FailureKind::unreachable, 1);
    EXPECT_THAT(told(ask(control->promote(targets({"logs-1-copy"}), {}, me))),
                ElementsAre("logs-1-copy: unreachable"));
    world.timers.run_for(2min);
    ASSERT_TRUE(row("logs-1"));
    EXPECT_EQ(row("logs-1")->phase, IndexPhase::promoting);
    EXPECT_THAT(row("logs-1")->warnings, ElementsAre(HasSubstr("its promotion stopped")));
    EXPECT_THAT(
        told(ask(control->promote(targets({"logs-1-copy"}), PromoteOptions{1s, true, false}, me))),
        ElementsAre("logs-1-copy: promoted"));
}

TEST_F(ControlTest, AClusterThatCannotBeAskedIsNamed) {
    make("logs-1");
    start();
    ASSERT_TRUE(until([&] { return follows("logs-1"); }));
    world.doors.fail("near.list_marked", FailureKind::unreachable);
    const ControlReport report = ask(control->promote(targets({"logs-1-copy"}), {}, me));
    EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("near")));
    EXPECT_THAT(told(report), ElementsAre("logs-1-copy: promoted"));
}

// A rule may name an alias of the leader's, and the leader may be dead: the mark and the follower's
// own aliases must do.
TEST_F(ControlTest, FindsFollowersOfARuleThatNamesAnAlias) {
    far.make_follower("app-1-copy", "role of app-1-copy", "app-1", 2).role.alias_names = {
        "current"};
    far.make_follower("other-copy", "role of other-copy", "other", 2).role.alias_names = {"else"};
    start({make_rule("apps", {"current"})});
    EXPECT_THAT(told(ask(control->promote(everything, PromoteOptions{1s, true, false}, me))),
                ElementsAre("app-1-copy: promoted"));
}

// --- failback ------------------------------------------------------------------------------------

// far/logs-1-copy was promoted, near/logs-1 follows it.
class TurnedTest : public ControlTest {
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

// --- rules ---------------------------------------------------------------------------------------

TEST_F(ControlTest, NewRulesLeaveTheFollowersOfOthersAlone) {
    make("logs-1");
    make("apps-1");
    const FollowRule logs = make_rule("logs", {"logs-*"});
    start({logs, make_rule("apps", {"apps-*"})});
    ASSERT_TRUE(until([&] { return follows("logs-1") && follows("apps-1"); }));
    const IndexFollower* kept = find("logs-1-copy");
    FollowRule changed = make_rule("apps", {"apps-*", "-apps-1"});
    supervisor->apply_rules({logs, changed});
    world.timers.run_for(2min);
    EXPECT_EQ(find("logs-1-copy"), kept);
    EXPECT_EQ(find("apps-1-copy"), nullptr);
    world.put("logs-1", 77);
    EXPECT_TRUE(until([&] { return follows("logs-1"); }));
}

TEST_F(ControlTest, ARuleThatComesIsFollowedAtOnceAlsoFromAClusterThatNoneLedBefore) {
    make("logs-1");
    start();
    ASSERT_TRUE(until([&] { return follows("logs-1"); }));
    far_leader.make("back-1", "b-1", 1);
    FollowRule back = make_rule("back", {"back-*"});
    std::swap(back.leader, back.follower);
    supervisor->apply_rules({make_rule("logs", {"logs-*"}), back});
    EXPECT_TRUE(until([&] { return row("back-1").has_value(); }));
}

TEST_F(ControlTest, APauseOutlastsAChangeOfItsRule) {
    make("logs-1");
    start();
    ASSERT_TRUE(until([&] { return follows("logs-1"); }));
    (void)ask(control->pause(targets({"logs-1-copy"}), me));
    FollowRule changed = make_rule("logs", {"logs-*"});
    changed.allow_close = true;
    supervisor->apply_rules({changed});
    world.timers.run_for(2min);
    EXPECT_EQ(row("logs-1")->phase, IndexPhase::paused);
    EXPECT_EQ(find("logs-1-copy"), nullptr);
}

}  // namespace
}  // namespace followd::engine
