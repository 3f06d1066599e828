#include "unit/core/planner_fixture.hpp"

/// A base that was raised: nothing is copied anew, everything is listed, and the checkpoint is of
/// the new base only when that is done.

namespace followd::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const VersionBase raised_base = base_of_generation(1);

class RaisedPlanner : public LevelPlanner {
protected:
    RaisedPlanner() : LevelPlanner(raised_base, {VersionBase{}}) {}

    Lines list_both(const std::vector<std::int64_t>& leader,
                    const std::vector<std::pair<std::int64_t, std::string>>& follower) {
        std::vector<SeqNo> there;
        for (const std::int64_t seq_no : leader) {
            there.emplace_back(seq_no);
        }
        std::vector<FollowerDocument> here;
        for (const auto& [origin, id] : follower) {
            here.push_back(FollowerDocument{
                SeqNo{origin}, '"' + id + '"', {}, VersionBase{}.of_write(SeqNo{origin})});
        }
        (void)script_.on(core::LeaderListed{there});
        return script_.on(core::FollowerListed{here});
    }
};

TEST_F(RaisedPlanner, ListsEverythingThoughAllCountsAgree) {
    EXPECT_EQ(status().checkpoint, SeqNo{top});
    EXPECT_EQ(status().swept_through, SeqNo::none());
    const Lines asked = sweep_is_counted(1, 1);
    EXPECT_THAT(asked, ElementsAre(HasSubstr("list leader [0,"), HasSubstr("list follower [0,")));
    EXPECT_THAT(list_both({5}, {{5, "x"}}), Contains("save C=29999 D=29999 base=2^40"));
}

TEST_F(RaisedPlanner, WritesWhatIsMissingWithTheNewBaseAndLooksAgain) {
    (void)sweep_is_counted(1, 1);
    EXPECT_THAT(list_both({5}, {}), ElementsAre("page [5,5] of v1"));
    EXPECT_THAT(script_.on(core::PageRead{page_of({{5, "x"}}, true)}),
                ElementsAre("bulk 1: index \"x\"=" + std::to_string(raised_base.value() + 6)));
    EXPECT_THAT(script_.on(core::BulkDone{1, BulkOutcome{}}),
                ElementsAre("close view v1", "sleep"));
    // Not done yet: what stood in the place of another is found by a second look.
    EXPECT_EQ(status().swept_through, SeqNo::none());
    EXPECT_THAT(woke_after(std::chrono::seconds{60}), ElementsAre("refresh leader"));
}

}  // namespace
}  // namespace followd::test
