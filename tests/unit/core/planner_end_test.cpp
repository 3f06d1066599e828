#include "unit/core/planner_fixture.hpp"

/// What ends a planner, and what it does with what is under way then.

namespace followd::test {
namespace {

using core::PlannerEnd;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using PlannerEnding = LevelPlanner;

TEST_F(PlannerEnding, AViewThatOpensAfterTheStopIsClosed) {
    (void)begin();
    (void)identity();
    (void)sampled();
    (void)follower_identity();
    EXPECT_THAT(script_.on(core::LeaderRefreshed{Result<void>{}}), ElementsAre("open view"));
    EXPECT_THAT(script_.on(core::StopRequested{}), IsEmpty());
    EXPECT_EQ(planner().ended(), std::nullopt);
    EXPECT_THAT(script_.on(core::ViewOpened{ViewId{"late"}}), ElementsAre("close view late"));
    EXPECT_EQ(planner().ended(), PlannerEnd::stopped);
}

TEST_F(PlannerEnding, TheFirstReasonCounts) {
    (void)begin();
    EXPECT_THAT(script_.on(core::StopRequested{}), IsEmpty());
    EXPECT_THAT(script_.on(core::StopRequested{}), IsEmpty());
    leader_.history = HistoryUuid{"another"};
    EXPECT_THAT(polled(), IsEmpty());
    EXPECT_THAT(identity(), IsEmpty());
    EXPECT_EQ(planner().ended(), PlannerEnd::stopped);
}

TEST_F(PlannerEnding, APollThatSeesAnotherIndexEndsIt) {
    EXPECT_THAT(sweep_is_counted(top, top), ElementsAre("close view v1"));
    leader_.uuid = IndexUuid{"another"};
    EXPECT_THAT(polled(), IsEmpty());
    EXPECT_EQ(planner().ended(), PlannerEnd::leader_replaced);
}

// Between the two requests the index was deleted and made again.
TEST_F(PlannerEnding, ASampleOfAnotherIndexThanTheIdentitysEndsIt) {
    (void)begin();
    EXPECT_THAT(identity(), ElementsAre("sample"));
    leader_.uuid = IndexUuid{"another"};
    EXPECT_THAT(sampled(), IsEmpty());
    EXPECT_EQ(planner().ended(), PlannerEnd::leader_replaced);
}

// A request that its old primary still has may be executed by now, or never: only a sweep tells.
TEST_F(PlannerEnding, ANewPrimaryOfTheFollowerBringsASweep) {
    EXPECT_THAT(sweep_is_counted(top, top), ElementsAre("close view v1"));
    // Within a cycle the follower is asked only after a failure.
    leader_.global_checkpoint = leader_.max_seq_no = SeqNo{top + 1};
    EXPECT_THAT(polled(), ElementsAre("refresh leader"));
    EXPECT_THAT(script_.on(core::LeaderRefreshed{failure_of(FailureKind::timeout)}),
                ElementsAre("sleep"));
    EXPECT_THAT(woke_after(std::chrono::seconds{1}), ElementsAre("identity"));
    (void)identity();
    (void)sampled();
    follower_.term = PrimaryTerm{2};
    EXPECT_THAT(follower_identity(), ElementsAre("refresh leader"));
    EXPECT_THAT(script_.on(core::LeaderRefreshed{Result<void>{}}), ElementsAre("open view"))
        << "for a sweep; a single search would do for one operation";
}

}  // namespace
}  // namespace followd::test
