#include "unit/core/planner_fixture.hpp"

/// The delete guard, from the first alarm to the deletion or to the halt.

namespace followd::test {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PlannerGuard : public LevelPlanner {
protected:
    // 20,000 of 29,999 documents are to go: that much is looked at twice.
    static constexpr std::int64_t many = 20'000;

    void second_view_shows_the_same() {
        EXPECT_THAT(sweep_is_counted(top - many, top), ElementsAre("close view v1", "sleep"));
        EXPECT_THAT(woke_after(minutes{1}), ElementsAre("identity"));
        EXPECT_THAT(next_sweep_is_counted("v2", top - many, top), ElementsAre("count documents"));
    }
};

TEST_F(PlannerGuard, ALargeDeletionWaitsForASecondView) {
    EXPECT_THAT(sweep_is_counted(top - many, top), ElementsAre("close view v1", "sleep"));
    ASSERT_TRUE(status().last_error);
    EXPECT_EQ(status().last_error->failure.kind, FailureKind::unavailable);
    EXPECT_THAT(status().last_error->failure.what, HasSubstr("20000 deletions a second time"));
    EXPECT_EQ(status().deletes_written, 0);
}

TEST_F(PlannerGuard, WhatTheSecondViewNoLongerShowsIsNotDeleted) {
    EXPECT_THAT(sweep_is_counted(top - many, top), ElementsAre("close view v1", "sleep"));
    EXPECT_THAT(woke_after(minutes{1}), ElementsAre("identity"));
    EXPECT_THAT(next_sweep_is_counted("v2", top, top), ElementsAre("close view v2"));
    EXPECT_EQ(status().deletes_written, 0);
    EXPECT_FALSE(status().last_error);
}

TEST_F(PlannerGuard, ASecondViewThatShowsTheSameIsBelievedWhereNothingIsHidden) {
    second_view_shows_the_same();
    EXPECT_THAT(script_.on(core::DocumentsCounted{leader_.docs_count}),
                ElementsAre("list leader [0,511]", "list follower [0,511]"));
}

// Document-level security hides documents from a search, not from the shard's own count.
TEST_F(PlannerGuard, DocumentsThatASearchHidesAreNoDeletions) {
    second_view_shows_the_same();
    EXPECT_THAT(script_.on(core::DocumentsCounted{leader_.docs_count - 1}),
                ElementsAre("close view v2", "sleep"));
    EXPECT_EQ(status().phase, core::ShardPhase::halted);
    ASSERT_TRUE(status().last_error);
    EXPECT_EQ(status().last_error->failure.kind, FailureKind::refused);
    EXPECT_THAT(status().last_error->failure.what, HasSubstr("document-level security"));
    EXPECT_EQ(status().deletes_written, 0);
}

TEST_F(PlannerGuard, ACountThatFailsLetsNothingPass) {
    second_view_shows_the_same();
    EXPECT_THAT(script_.on(core::DocumentsCounted{failure_of(FailureKind::timeout)}),
                ElementsAre("close view v2", "sleep"));
    EXPECT_EQ(status().phase, core::ShardPhase::tail);
    EXPECT_EQ(status().deletes_written, 0);
}

}  // namespace
}  // namespace followd::test
