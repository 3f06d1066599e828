#include "unit/core/planner_fixture.hpp"

#include <utility>

/// A follower that was the leader once: what it holds of its own is compared in older spaces.

namespace followd::test {
namespace {

using ::testing::ElementsAre;

/// Stored as followed to the top, and swept through `swept_through`.
class PlannerOlder : public LevelPlanner {
protected:
    /// An empty `space`: no operation that counts made what lies there.
    explicit PlannerOlder(SeqNo swept_through = SeqNo::none(),
                          IndexUuid space = IndexUuid{"follower"})
        : LevelPlanner(options(swept_through, std::move(space))) {}

    /// The first sweep, to equal counts in the older space.
    Lines sweep() {
        EXPECT_THAT(sweep_is_counted(top + 1, top + 1),
                    ElementsAre("count leader [-9000,-8001] by 512",
                                "count follower [-9000,-8001] by 512"));
        const std::vector<Bucket> counts{{SeqNo{-9'024}, 2}};
        (void)script_.on(core::LeaderCounted{counts});
        return script_.on(core::FollowerCounted{counts});
    }

private:
    static core::PlannerOptions options(SeqNo swept_through, IndexUuid space) {
        core::PlannerOptions options = level();
        options.stored->swept_through = swept_through;
        options.older = {OlderSpace{
            SeqNoRange{SeqNo{-9'000}, SeqNo{-8'001}}, VersionBase{9'500}, std::move(space)}};
        return options;
    }
};

class PlannerOlderSwept : public PlannerOlder {
protected:
    PlannerOlderSwept() : PlannerOlder(SeqNo{top}) {}
};

/// As of a follower that begins from a snapshot.
class PlannerPast : public PlannerOlder {
protected:
    PlannerPast() : PlannerOlder(SeqNo::none(), IndexUuid{}) {}
};

// The old leader's last write, which nobody copied, replaced a document that the new one has from
// before: it lacks one operation and holds another, and both lie in one bucket. Found by the
// simulator: followd-sim --roles --seed 174.
TEST_F(PlannerOlder, EqualCountsProveNothingBeforeTheFirstSweep) {
    // What the leader had as a copy and took back, nobody copied either (seed 562).
    EXPECT_THAT(sweep(), ElementsAre("list leader [0,511]", "list follower [0,511]"));
    (void)script_.on(core::LeaderListed{std::vector<SeqNo>{}});
    EXPECT_THAT(script_.on(core::FollowerListed{std::vector<FollowerDocument>{}}),
                ElementsAre("list leader [-9000,-8513]", "list follower [-9000,-8513]"));
}

// From then on the leader only loses what it had of them.
TEST_F(PlannerOlderSwept, EqualCountsAreProof) {
    EXPECT_THAT(sweep(), ElementsAre("close view v1"));
}

// The leader never has any of it, and what lies at or above zero was all copied.
TEST_F(PlannerPast, EqualCountsAreProofBeforeTheFirstSweep) {
    EXPECT_THAT(sweep(), ElementsAre("close view v1", "save C=29999 D=29999"));
}

}  // namespace
}  // namespace followd::test
