#include "engine/control.hpp"
#include "engine/leader_deletion.hpp"
#include "engine/supervisor.hpp"
#include "engine/unwatched_followers.hpp"
#include "support/control_fixture.hpp"
#include "support/recovery_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Rules of mode snapshot beside those of mode history, under one supervisor.

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::me;
using test::targets;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string first = "orders.20261130t080000z";

class SupervisorRecoveryTest : public testing::Test {
protected:
    ~SupervisorRecoveryTest() override {
        world.doors.open_all();
        if (unwatched) {
            unwatched->stop();
        }
        if (deletion) {
            deletion->stop();
        }
        if (supervisor) {
            supervisor->stop();
        }
        EXPECT_TRUE(until([this] { return world.tasks.running() == 0; }, 30s));
    }

    void start(std::vector<FollowRule> rules, Holds holds = {}) {
        Settings settings;
        settings.follow = std::move(rules);
        for (const char* name : {"near", "far"}) {
            settings.clusters.emplace_back().name = ClusterName{name};
        }
        settings.repositories = {world.repository.settings};
        supervisor.emplace(world.context.get_executor(),
                           std::move(settings),
                           clusters(),
                           world.shards,
                           world.store,
                           world.timers,
                           1,
                           std::move(holds),
                           snapshots);
        control.emplace(world.context.get_executor(), ports());
        unwatched.emplace(ports());
        world.tasks.spawn(supervisor->run());
        world.tasks.spawn(unwatched->run());
    }
    std::map<ClusterName, ClusterPorts> clusters() {
        return {{ClusterName{"near"},
                 ClusterPorts{&world.leader,
                              &near_follower,
                              &near,
                              &world.source,
                              nullptr,
                              &world.leader_documents}},
                {ClusterName{"far"},
                 ClusterPorts{&far_leader,
                              &world.follower,
                              &world.roles,
                              nullptr,
                              &world.target,
                              &world.generations}}};
    }
    ControlPorts ports() {
        return ControlPorts{*supervisor,
                            clusters(),
                            world.shards,
                            world.store,
                            intents,
                            no_lost_writes,
                            world.timers,
                            [this] { return world.clock(); }};
    }
    static FollowRule history() { return test::make_rule("metrics", {"metrics*"}); }

    bool until(const std::function<bool()>& is_reached, Duration limit = 2min) {
        return world.until(is_reached, limit);
    }
    std::vector<FollowerStatus> rows_of(const std::string& leader_index) const {
        std::vector<FollowerStatus> rows = supervisor->followers();
        for (FollowerStatus& row : unwatched->rows(rows, supervisor->clusters())) {
            rows.push_back(std::move(row));
        }
        std::erase_if(rows, [&leader_index](const FollowerStatus& row) {
            return row.leader_index != IndexName{leader_index};
        });
        return rows;
    }
    std::optional<IndexPhase> phase(const std::string& leader_index = "orders") const {
        const std::vector<FollowerStatus> rows = rows_of(leader_index);
        return rows.size() == 1 ? std::optional{rows.front().phase} : std::nullopt;
    }
    bool recovers() {
        return until([this] { return !world.shown().empty() && phase() == IndexPhase::following; });
    }
    Task<void> keep(Task<ControlReport> command) {
        ControlReport answer = co_await std::move(command);
        report = std::move(answer);
    }
    ControlReport ask(Task<ControlReport> command) {
        report.reset();
        world.tasks.spawn(keep(std::move(command)));
        EXPECT_TRUE(until([this] { return report.has_value(); }));
        return report.value_or(ControlReport{});
    }

    test::RecoveryWorld world;
    test::FakeLeaderCluster far_leader{world.doors};
    test::FakeFollowerCluster near_follower{world.doors};
    test::FakeRoleCluster near{world.doors, "near"};
    test::FakeControlStore intents{world.doors};
    test::NoLostWrites no_lost_writes;
    SnapshotContext snapshots{"d1", {}, [this] { return world.clock(); }};
    std::optional<Supervisor> supervisor;
    std::optional<Control> control;
    std::optional<UnwatchedFollowers> unwatched;
    std::optional<LeaderDeletion> deletion;
    std::optional<ControlReport> report;
};

TEST_F(SupervisorRecoveryTest, ARuleGoesWhereItsModeSays) {
    world.make("orders");
    world.make("metrics");
    start({history(), world.rule});
    ASSERT_TRUE(recovers());
    ASSERT_TRUE(until([&] { return phase("metrics") == IndexPhase::following; }));
    EXPECT_EQ(world.shown(), first);
    EXPECT_FALSE(rows_of("metrics").front().recovery);
    EXPECT_TRUE(rows_of("orders").front().recovery);
    EXPECT_FALSE(world.follower.indices.contains(IndexName{"orders"}));
    ASSERT_THAT(supervisor->recoveries(), SizeIs(1));
    EXPECT_EQ(supervisor->recoveries().front().rule, world.rule.name);
    EXPECT_EQ(supervisor->find({ClusterName{"far"}, IndexName{"orders"}}), nullptr);
}

TEST_F(SupervisorRecoveryTest, WhatARuleLacksIsSaid) {
    const auto why = [&] {
        const std::vector<FollowerStatus> rows = rows_of("orders*");
        EXPECT_EQ(rows.size(), 1U);
        EXPECT_EQ(rows.front().phase, IndexPhase::refused);
        return rows.front().last_error->failure.what;
    };
    world.make("orders");
    snapshots.clock = nullptr;
    start({world.rule});
    EXPECT_THAT(why(), HasSubstr("no clock"));
    snapshots.clock = [this] { return world.clock(); };
    FollowRule other = world.rule;
    other.repository = RepositoryName{"gone"};
    supervisor->apply_rules({other});
    EXPECT_THAT(why(), HasSubstr("names no repository"));
    EXPECT_THAT(world.source.taken, IsEmpty());
}

TEST_F(SupervisorRecoveryTest, WithoutAnIdNothingIsTaken) {
    world.make("orders");
    snapshots.daemon_id.clear();
    start({world.rule});
    world.run_for(10min);
    EXPECT_THAT(rows_of("orders*").front().last_error->failure.what, HasSubstr("no id"));
    EXPECT_THAT(world.source.taken, IsEmpty());
}

TEST_F(SupervisorRecoveryTest, AliasesAndFollowersAreClaimedTogether) {
    world.make("orders");
    world.make("orders-2");
    FollowRule rival = test::make_rule("rival", {"orders-2"}, "orders");
    rival.repository = {};
    start({rival, world.rule});
    ASSERT_TRUE(until([&] { return phase() == IndexPhase::refused; }));
    EXPECT_THAT(rows_of("orders").front().last_error->failure.what,
                HasSubstr("both claim far/orders"));
    ASSERT_TRUE(until([&] { return !world.shown("orders-2").empty(); }));
    world.run_for(2h);
    EXPECT_TRUE(world.shown().empty()) << "who claimed it first goes on with it";
    EXPECT_TRUE(world.follower.indices.contains(IndexName{"orders"}));
}

// --- a rule comes, goes and changes --------------------------------------------------------------

TEST_F(SupervisorRecoveryTest, RulesComeAndGo) {
    world.make("orders");
    start({});
    world.run_for(1min);
    supervisor->apply_rules({world.rule});
    ASSERT_TRUE(recovers());
    const std::string shown = world.shown();
    supervisor->apply_rules({});
    EXPECT_THAT(supervisor->recoveries(), IsEmpty());
    world.run_for(3h);
    EXPECT_THAT(world.source.taken, SizeIs(1));
    EXPECT_EQ(world.shown(), shown) << "what is there stays";
    world.run_for(1min);
    FollowRule daily = world.rule;
    daily.every.when = Duration{24h};
    supervisor->apply_rules({daily});
    world.run_for(20h);
    EXPECT_EQ(world.shown(), shown);
    world.run_for(2h);
    EXPECT_NE(world.shown(), shown);
}

TEST_F(SupervisorRecoveryTest, ARuleThatIsGoneClaimsNothing) {
    world.make("orders");
    world.rule.follow_index_pattern = "{{leader_index}}-copy";
    start({world.rule});
    ASSERT_TRUE(until([&] { return !world.shown("orders-copy").empty(); }));
    supervisor->apply_rules({test::make_rule("metrics", {"orders"})});
    EXPECT_TRUE(until([&] { return phase() == IndexPhase::following; }));
}

TEST_F(SupervisorRecoveryTest, OneBeginsWhenTheOneBeforeHasEnded) {
    world.make("orders");
    start({world.rule});
    world.doors.shut("target.begin_restore");
    ASSERT_TRUE(until([&] { return world.doors.waiting("target.begin_restore") == 1; }));
    FollowRule changed = world.rule;
    changed.snapshots_to_keep = 2;
    supervisor->apply_rules({changed});
    const int asked = world.asked("list_indices");
    world.run_for(5min);
    EXPECT_EQ(world.asked("list_indices"), asked);
    EXPECT_EQ(world.doors.waiting("target.begin_restore"), 1U);
    world.doors.open("target.begin_restore");
    ASSERT_TRUE(recovers());
    world.run_for(1min);
    EXPECT_THAT(world.target.restored, IsEmpty()) << "what was begun is done away with";
}

TEST_F(SupervisorRecoveryTest, TheIndexOfAnotherModeIsInTheWayByName) {
    world.make("orders");
    world.roles.make_follower("orders", "u", "orders", 3);
    start({world.rule});
    ASSERT_TRUE(until([&] { return phase() == IndexPhase::refused; }));
    EXPECT_EQ(rows_of("orders").front().last_error->failure.kind, FailureKind::conflict);
    world.run_for(2h);
    EXPECT_THAT(world.generations.shown, IsEmpty());
}

// --- commands ------------------------------------------------------------------------------------

TEST_F(SupervisorRecoveryTest, APauseHoldsTheScheduleBack) {
    world.make("orders");
    start({world.rule});
    ASSERT_TRUE(recovers());
    ASSERT_EQ(ask(control->pause(targets({"orders"}), me)).rows.size(), 1U);
    world.run_for(3h);
    EXPECT_EQ(phase(), IndexPhase::paused);
    EXPECT_EQ(world.shown(), first);
    ASSERT_EQ(ask(control->resume(targets({"orders"}), false, me)).rows.size(), 1U);
    EXPECT_TRUE(world.shows_another_than(first, 2min));
}

TEST_F(SupervisorRecoveryTest, APromotionEndsTheScheduleAndItsEndLetsItGoOn) {
    world.make("orders");
    near.make("orders", "uuid of orders", 3);
    start({world.rule});
    ASSERT_TRUE(recovers());
    PromoteOptions options;
    options.no_drain = true;
    // In the middle of a run, as disasters come.
    world.target.lasts = 10min;
    ASSERT_TRUE(until([&] { return !world.target.restored.empty(); }, 65min));
    const ControlReport promoted = ask(control->promote(targets({"orders"}), options, me));
    ASSERT_EQ(promoted.rows.size(), 1U);
    EXPECT_FALSE(promoted.rows.front().failure);
    world.run_for(5h);
    EXPECT_EQ(phase(), IndexPhase::promoted);
    EXPECT_EQ(world.shown(), first);
    EXPECT_THAT(world.generations.shown, ElementsAre(first));
    EXPECT_EQ(rows_of("orders").front().recovery->index, IndexName{first});

    world.target.lasts = 1s;
    world.roles.at(first).role.role = MarkRole::follower;
    supervisor->release({ClusterName{"far"}, IndexName{"orders"}});
    EXPECT_TRUE(world.shows_another_than(first, 2min));
    world.run_for(1min);
    EXPECT_THAT(world.indices(), SizeIs(1));
}

TEST_F(SupervisorRecoveryTest, AnIndexThatIsDeletedIsNobodysReasonToPromote) {
    world.make("orders");
    world.rule.on_leader_delete = OnLeaderDelete::promote;
    start({world.rule});
    int promotions = 0;
    deletion.emplace(*supervisor, world.timers, [&promotions](IndexPlace) -> Task<ControlReport> {
        ++promotions;
        return [](ControlReport none) -> Task<ControlReport> { co_return none; }({});
    });
    world.tasks.spawn(deletion->run());
    ASSERT_TRUE(recovers());
    world.leader.indices.clear();
    world.run_for(10min);
    EXPECT_EQ(phase(), IndexPhase::leader_gone);
    EXPECT_EQ(promotions, 0);
}

// --- what is told --------------------------------------------------------------------------------

TEST_F(SupervisorRecoveryTest, AnIndexHasOneRowWhateverItsMarksTell) {
    world.make("orders");
    start({world.rule});
    ASSERT_TRUE(recovers());
    for (int minutes = 0; minutes < 130; ++minutes) {
        world.run_for(1min);
        EXPECT_THAT(rows_of("orders"), SizeIs(1));
    }
    EXPECT_THAT(supervisor->clusters().front().failure, testing::Eq(std::nullopt));
    world.doors.fail("list_indices", FailureKind::unreachable);
    for (int minutes = 0; minutes < 10; ++minutes) {
        world.run_for(1min);
        EXPECT_THAT(rows_of("orders"), SizeIs(1));
    }
    ASSERT_TRUE(supervisor->clusters().front().failure);
    EXPECT_EQ(supervisor->clusters().front().failure->kind, FailureKind::unreachable);
    world.doors.heal("list_indices");
}

TEST_F(SupervisorRecoveryTest, AlsoWhereTheLeaderIsSilentFromTheStart) {
    world.roles.make_generation("orders", test::eight - 1h, "orders");
    for (const char* call : {"list_indices", "sample", "near.list_marked"}) {
        world.doors.fail(call, FailureKind::unreachable);
    }
    start({history(), world.rule});
    world.run_for(5min);
    ASSERT_THAT(rows_of("orders"), SizeIs(1));
    const FollowerStatus row = rows_of("orders").front();
    EXPECT_EQ(row.phase, IndexPhase::following);
    EXPECT_EQ(row.recovery->index, IndexName{"orders.20261130t070000z"});
    EXPECT_EQ(row.recovery->age, Duration{world.clock() - (test::eight - 1h)});
    for (const char* call : {"list_indices", "sample", "near.list_marked"}) {
        world.doors.heal(call);
    }
}

}  // namespace
}  // namespace followd::engine
