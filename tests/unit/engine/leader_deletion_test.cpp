#include "engine/leader_deletion.hpp"

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
using testing::IsEmpty;

class LeaderDeletionTest : public test::ControlFixture {
protected:
    ~LeaderDeletionTest() override {
        deletion->stop();
        world.timers.run_for(10s);
    }

    /// logs-1 and logs-2 are followed; from here on deletions count.
    void follow(OnLeaderDelete policy) {
        make("logs-1");
        make("logs-2");
        FollowRule rule = make_rule("logs", {"logs-*"});
        rule.on_leader_delete = policy;
        start({rule});
        ASSERT_TRUE(until([&] { return follows("logs-1") && follows("logs-2"); }));
        deletion.emplace(*supervisor, world.timers, [this](const IndexPlace& follower) {
            promoted.push_back(follower.text());
            return control->promote_abandoned(follower, test::me);
        });
        tasks.spawn(deletion->run());
    }
    void remove_leader(const std::string& index) {
        world.leader.indices.erase(IndexName{index});
        ASSERT_TRUE(until([&] { return row(index)->phase == IndexPhase::leader_gone; }));
    }
    bool is_promoted(const std::string& index) {
        return far.at(index + "-copy").role.is(MarkRole::promoted);
    }

    std::optional<LeaderDeletion> deletion;
    std::vector<std::string> promoted;
};

TEST_F(LeaderDeletionTest, AFollowerIsPromotedOnceItsLeaderIndexIsGoneForAMinute) {
    follow(OnLeaderDelete::promote);
    remove_leader("logs-1");
    world.timers.run_for(50s);
    EXPECT_FALSE(is_promoted("logs-1"));
    world.timers.run_for(20s);
    EXPECT_TRUE(is_promoted("logs-1"));
    EXPECT_FALSE(is_promoted("logs-2"));
    world.timers.run_for(10min);
    EXPECT_THAT(promoted, ElementsAre("far/logs-1-copy"));
    ASSERT_TRUE(row("logs-1"));
    EXPECT_EQ(row("logs-1")->phase, IndexPhase::promoted);
    EXPECT_TRUE(follows("logs-2"));
}

TEST_F(LeaderDeletionTest, ItIsKeptWhereTheRuleSaysNothingElse) {
    follow(OnLeaderDelete::keep);
    remove_leader("logs-1");
    world.timers.run_for(10min);
    EXPECT_THAT(promoted, IsEmpty());
    EXPECT_EQ(row("logs-1")->phase, IndexPhase::leader_gone);
}

TEST_F(LeaderDeletionTest, ALeaderThatDoesNotAnswerHasDeletedNothing) {
    follow(OnLeaderDelete::promote);
    remove_leader("logs-1");
    world.timers.run_for(40s);
    world.doors.fail("sample", FailureKind::unreachable);
    world.timers.run_for(10min);
    EXPECT_THAT(promoted, IsEmpty());
    // Back again it must have answered without the index for a minute.
    world.doors.heal("sample");
    ASSERT_TRUE(until([&] { return !supervisor->clusters().at(0).failure; }, 5min));
    world.timers.run_for(40s);
    EXPECT_THAT(promoted, IsEmpty());
    world.timers.run_for(1min);
    EXPECT_THAT(promoted, ElementsAre("far/logs-1-copy"));
}

TEST_F(LeaderDeletionTest, AnIndexThatComesInsteadIsNoDeletion) {
    follow(OnLeaderDelete::promote);
    remove_leader("logs-1");
    world.timers.run_for(30s);
    world.leader.make("logs-1", "another uuid", 2);
    world.timers.run_for(10min);
    EXPECT_THAT(promoted, IsEmpty());
}

TEST_F(LeaderDeletionTest, AnIndexThatLeftItsAliasIsNoDeletion) {
    follow(OnLeaderDelete::promote);
    near.make_follower("logs-1", "uuid of logs-1", "unlisted");
    remove_leader("logs-1");
    world.timers.run_for(5min);
    EXPECT_FALSE(promoted.empty());
    EXPECT_FALSE(is_promoted("logs-1"));
    EXPECT_EQ(row("logs-1")->phase, IndexPhase::leader_gone);
}

TEST_F(LeaderDeletionTest, WhatCannotBePromotedIsTriedAgain) {
    follow(OnLeaderDelete::promote);
    remove_leader("logs-1");
    world.doors.fail("far.block_writes", FailureKind::unreachable, 1);
    world.timers.run_for(90s);
    EXPECT_FALSE(is_promoted("logs-1"));
    world.timers.run_for(10min);
    EXPECT_TRUE(is_promoted("logs-1"));
}

TEST_F(LeaderDeletionTest, OnlyThatFollowerIsPromoted) {
    follow(OnLeaderDelete::promote);
    near.make_follower("logs-1-copy", "of somebody else", "logs-1");
    remove_leader("logs-1");
    world.timers.run_for(5min);
    EXPECT_TRUE(is_promoted("logs-1"));
    EXPECT_TRUE(near.at("logs-1-copy").role.is(MarkRole::follower));
    const ControlReport report =
        ask(control->promote_abandoned({ClusterName{"far"}, IndexName{"logs-9-copy"}}, test::me));
    ASSERT_TRUE(report.failure);
    EXPECT_EQ(report.failure->kind, FailureKind::not_found);
}

}  // namespace
}  // namespace followd::engine
