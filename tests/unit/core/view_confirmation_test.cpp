#include "followd/core/view_confirmation.hpp"

#include <gtest/gtest.h>

namespace followd::core {
namespace {

using Step = ViewConfirmation::Step;

constexpr std::int64_t term = 3;

LeaderIdentity identity(std::int64_t of_term = term, const char* uuid = "leader") {
    return LeaderIdentity{IndexUuid{uuid}, PrimaryTerm{of_term}, 1};
}

ShardSample sample(std::int64_t global_checkpoint, std::int64_t max_seq_no) {
    ShardSample made;
    made.uuid = IndexUuid{"leader"};
    made.history = HistoryUuid{"h1"};
    made.global_checkpoint = SeqNo{global_checkpoint};
    made.max_seq_no = SeqNo{max_seq_no};
    return made;
}

ViewConfirmation opened() {
    return ViewConfirmation{identity(), HistoryUuid{"h1"}};
}

TEST(ViewConfirmation, NeedsTheCheckpointAndThenTheTerm) {
    ViewConfirmation confirmation = opened();
    EXPECT_EQ(confirmation.sampled(sample(7, 7)), Step::read_identity);
    EXPECT_EQ(confirmation.identified(identity()), Step::confirmed);
}

TEST(ViewConfirmation, HoldsForAShardWithoutOperations) {
    ViewConfirmation confirmation = opened();
    EXPECT_EQ(confirmation.sampled(sample(-1, -1)), Step::read_identity);
    EXPECT_EQ(confirmation.identified(identity()), Step::confirmed);
}

TEST(ViewConfirmation, WaitsForTheFirstMaximumNotForLaterOnes) {
    ViewConfirmation confirmation = opened();
    (void)confirmation.sampled(sample(6, 9));
    EXPECT_EQ(confirmation.identified(identity()), Step::read_sample);
    (void)confirmation.sampled(sample(8, 30));
    EXPECT_EQ(confirmation.identified(identity()), Step::read_sample);
    (void)confirmation.sampled(sample(9, 40));
    EXPECT_EQ(confirmation.identified(identity()), Step::confirmed);
}

// What stood above the checkpoint is gone with the old primary: M* will never be reached.
TEST(ViewConfirmation, EndsTheWaitWhenTheTermChanged) {
    ViewConfirmation confirmation = opened();
    EXPECT_EQ(confirmation.sampled(sample(6, 9)), Step::read_identity);
    EXPECT_EQ(confirmation.identified(identity(term + 1)), Step::broken);
}

TEST(ViewConfirmation, IsBrokenByAnotherTermAlsoWhenCovered) {
    ViewConfirmation confirmation = opened();
    (void)confirmation.sampled(sample(9, 9));
    EXPECT_EQ(confirmation.identified(identity(term + 1)), Step::broken);
}

TEST(ViewConfirmation, IsBrokenByAnotherIndexOrHistory) {
    ShardSample other_history = sample(9, 9);
    other_history.history = HistoryUuid{"h2"};
    ShardSample other_index = sample(9, 9);
    other_index.uuid = IndexUuid{"other"};
    EXPECT_EQ(opened().sampled(other_history), Step::broken);
    EXPECT_EQ(opened().sampled(other_index), Step::broken);

    ViewConfirmation confirmation = opened();
    (void)confirmation.sampled(sample(9, 9));
    EXPECT_EQ(confirmation.identified(identity(term, "other")), Step::broken);
}

}  // namespace
}  // namespace followd::core
