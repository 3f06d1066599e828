#include "unit/core/planner_fixture.hpp"

/// A drain makes a shard sweep at once, however seldom sweeps are due, and ends when it has.

namespace followd::test {
namespace {

using namespace std::chrono_literals;

using core::ShardPhase;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PlannerDrain : public LevelPlanner {
protected:
    PlannerDrain() {
        EXPECT_EQ(sweep_is_counted(top + 1, top + 1), Lines{"close view v1"});
        leader_.global_checkpoint = leader_.max_seq_no = SeqNo{top + 1};
    }
    Lines drain(std::int64_t through) { return script_.on(core::DrainRequested{SeqNo{through}}); }

    void saved() { (void)script_.on(core::CheckpointSaved{Result<void>{}}); }

    /// A cycle of a single search that finds nothing new: C rises, D does not.
    void tail_to_the_top() {
        EXPECT_EQ(polled(), Lines{"refresh leader"});
        EXPECT_THAT(script_.on(core::LeaderRefreshed{Result<void>{}}),
                    ElementsAre("page [30000,end]"));
        (void)script_.on(core::PageRead{page_of({}, true)});
        (void)sampled();
        EXPECT_EQ(identity(), Lines{"save C=30000 D=29999"});
        saved();
        EXPECT_EQ(status().swept_through, SeqNo{top});
    }
    /// From the refresh of the leader to the end of the sweep that it begins.
    void sweep(const std::string& view) {
        EXPECT_EQ(script_.on(core::LeaderRefreshed{Result<void>{}}), Lines{"open view"});
        (void)script_.on(core::ViewOpened{ViewId{view}});
        (void)sampled();
        (void)identity();
        EXPECT_EQ(script_.on(core::PageRead{page_of({}, true)}), Lines{"refresh follower"});
        (void)script_.on(core::FollowerRefreshed{Result<void>{}});
        (void)script_.on(core::LeaderCounted{std::vector<Bucket>{{SeqNo{0}, top}}});
        EXPECT_THAT(script_.on(core::FollowerCounted{std::vector<Bucket>{{SeqNo{0}, top}}}),
                    ::testing::Contains("save C=30000 D=30000"));
        saved();
    }
};

TEST_F(PlannerDrain, DoesNothingWhereAllIsSwept) {
    EXPECT_THAT(drain(top), IsEmpty());
    EXPECT_EQ(status().phase, ShardPhase::tail);
}

TEST_F(PlannerDrain, SweepsAtOnceThoughNoneIsDue) {
    tail_to_the_top();
    script_.pass(1s);
    EXPECT_THAT(drain(top + 1), ElementsAre("refresh leader"));
    EXPECT_EQ(status().phase, ShardPhase::drain);
    sweep("v2");
    EXPECT_EQ(status().swept_through, SeqNo{top + 1});
    EXPECT_EQ(status().phase, ShardPhase::tail);
    ASSERT_TRUE(status().proof);
    EXPECT_EQ(status().proof->through, SeqNo{top + 1});
}

TEST_F(PlannerDrain, AskedForWhileACycleRunsSweepsAfterIt) {
    EXPECT_EQ(polled(), Lines{"refresh leader"});
    EXPECT_THAT(script_.on(core::LeaderRefreshed{Result<void>{}}), ElementsAre("page [30000,end]"));
    EXPECT_THAT(drain(top + 1), IsEmpty());
    (void)script_.on(core::PageRead{page_of({}, true)});
    (void)sampled();
    (void)identity();
    saved();
    EXPECT_EQ(status().phase, ShardPhase::drain);
    EXPECT_EQ(polled(), Lines{"refresh leader"});
    sweep("v2");
    EXPECT_EQ(status().swept_through, SeqNo{top + 1});
}

TEST_F(PlannerDrain, AskedForTwiceGoesToTheHigher) {
    tail_to_the_top();
    script_.pass(1s);
    EXPECT_THAT(drain(top + 1), ElementsAre("refresh leader"));
    EXPECT_THAT(drain(top), IsEmpty());
    EXPECT_EQ(status().phase, ShardPhase::drain);
    sweep("v2");
    EXPECT_EQ(status().phase, ShardPhase::tail);
    EXPECT_THAT(drain(top + 1), IsEmpty());
}

// Asked for by a poll that was ahead of this shard's.
TEST_F(PlannerDrain, OfMoreThanTheLeaderShowsYetWaitsForIt) {
    tail_to_the_top();
    script_.pass(1s);
    EXPECT_THAT(drain(top + 2), ElementsAre("refresh leader"));
    sweep("v2");
    EXPECT_EQ(status().swept_through, SeqNo{top + 1});
    EXPECT_EQ(status().phase, ShardPhase::drain) << "it has not come there";
    leader_.global_checkpoint = leader_.max_seq_no = SeqNo{top + 2};
    EXPECT_EQ(woke_after(1s), Lines{"refresh leader"});
}

TEST_F(PlannerDrain, AFailureDoesNotEndIt) {
    tail_to_the_top();
    script_.pass(1s);
    EXPECT_THAT(drain(top + 1), ElementsAre("refresh leader"));
    EXPECT_THAT(script_.on(core::LeaderRefreshed{failure_of(FailureKind::timeout)}),
                ElementsAre("sleep"));
    EXPECT_EQ(status().phase, ShardPhase::drain);
}

}  // namespace
}  // namespace followd::test
