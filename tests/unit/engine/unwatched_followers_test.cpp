#include "engine/unwatched_followers.hpp"

#include "support/control_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::everything;
using test::me;
using test::targets;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class UnwatchedFollowersTest : public test::ControlFixture {
protected:
    ~UnwatchedFollowersTest() override {
        if (unwatched) {
            unwatched->stop();
        }
        world.timers.run_for(10s);
    }

    void begin_to_look() {
        unwatched.emplace(ports());
        tasks.spawn(unwatched->run());
    }
    void silence_leader() {
        world.doors.fail("list_indices", FailureKind::unreachable);
        world.doors.fail("sample", FailureKind::unreachable);
        world.doors.fail("near.list_marked", FailureKind::unreachable);
    }
    void let_leader_speak() {
        world.doors.heal("list_indices");
        world.doors.heal("sample");
        world.doors.heal("near.list_marked");
    }
    std::vector<FollowerStatus> rows() const {
        return unwatched->rows(supervisor->followers(), supervisor->clusters());
    }
    std::vector<std::string> shown() const {
        std::vector<std::string> told;
        for (const FollowerStatus& row : rows()) {
            told.push_back(row.follower.value() + "/" + row.follower_index->value() + " of " +
                           row.leader.value() + "/" + row.leader_index.value() + ": " +
                           std::string(to_string(row.phase)));
        }
        return told;
    }

    std::optional<UnwatchedFollowers> unwatched;
};

TEST_F(UnwatchedFollowersTest, ThoseThatAreWatchedHaveNoSecondRow) {
    make("logs-1");
    start();
    begin_to_look();
    for (int seconds = 0; seconds < 200; ++seconds) {
        world.timers.run_for(1s);
        EXPECT_THAT(shown(), IsEmpty());
    }
}

TEST_F(UnwatchedFollowersTest, ALeaderThatIsSilentFromTheStartLeavesItsFollowersInSight) {
    make("logs-1");
    make("logs-2");
    far.indices.at(IndexName{"logs-2-copy"}).role.role = MarkRole::promoted;
    silence_leader();
    start();
    begin_to_look();
    world.timers.run_for(10s);
    EXPECT_THAT(shown(),
                ElementsAre("far/logs-1-copy of near/logs-1: discovered",
                            "far/logs-2-copy of near/logs-2: promoted"));
    const FollowerStatus row = rows().front();
    ASSERT_TRUE(row.last_error);
    EXPECT_EQ(row.last_error->failure.kind, FailureKind::unreachable);
    EXPECT_THAT(row.warnings, ElementsAre(HasSubstr("followd plan logs-1-copy")));
    EXPECT_EQ(row.rule, RuleName{"logs"});

    // Promoted meanwhile, by whomever.
    far.indices.at(IndexName{"logs-1-copy"}).role.role = MarkRole::promoted;
    world.timers.run_for(10s);
    EXPECT_THAT(shown(),
                ElementsAre("far/logs-1-copy of near/logs-1: promoted",
                            "far/logs-2-copy of near/logs-2: promoted"));
}

// It lists what it has a moment after it answers: nothing is said to be gone in between.
TEST_F(UnwatchedFollowersTest, OnceTheLeaderAnswersItsListingTells) {
    make("logs-1");
    silence_leader();
    start();
    begin_to_look();
    world.timers.run_for(3min);
    EXPECT_EQ(shown().size(), 1U);
    let_leader_speak();
    ASSERT_TRUE(
        until([&] { return supervisor->clusters().front().failure == std::nullopt; }, 2min));
    for (int tenths = 0; tenths < 1'000; ++tenths) {
        for (const std::string& row : shown()) {
            EXPECT_THAT(row, testing::Not(HasSubstr("leader_gone")));
        }
        world.timers.run_for(100ms);
    }
    EXPECT_THAT(shown(), IsEmpty());
    EXPECT_TRUE(follows("logs-1"));
}

TEST_F(UnwatchedFollowersTest, WhatHasNoLeaderIndexAnyMoreStays) {
    far.make_follower("logs-1-copy", "role of one", "logs-1", 2);
    far.make_follower("logs-2-copy", "role of two", "logs-2", 2);
    far.indices.at(IndexName{"logs-2-copy"}).role.role = MarkRole::promoted;
    start();
    begin_to_look();
    world.timers.run_for(20s);
    EXPECT_THAT(shown(), IsEmpty());
    world.timers.run_for(20s);
    EXPECT_THAT(shown(),
                ElementsAre("far/logs-1-copy of near/logs-1: leader_gone",
                            "far/logs-2-copy of near/logs-2: promoted"));
}

TEST_F(UnwatchedFollowersTest, HeldBackIsShownAsSuchAndUnfollowedNotAtAll) {
    make("logs-1");
    make("logs-2");
    silence_leader();
    start({test::make_rule("logs", {"logs-*"})},
          Holds{{{ClusterName{"far"}, IndexName{"logs-1-copy"}},
                 Hold{IndexPhase::paused, "somebody paused it", true}},
                {{ClusterName{"far"}, IndexName{"logs-2-copy"}},
                 Hold{IndexPhase::paused, "unfollowed", false}}});
    begin_to_look();
    world.timers.run_for(10s);
    EXPECT_THAT(shown(), ElementsAre("far/logs-1-copy of near/logs-1: paused"));
    EXPECT_THAT(rows().front().warnings, ElementsAre("somebody paused it"));
}

}  // namespace
}  // namespace followd::engine
