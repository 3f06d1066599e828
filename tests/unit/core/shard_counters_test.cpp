#include "followd/core/shard_counters.hpp"

#include "unit/core/planner_fixture.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace followd::test {
namespace {

using core::ShardCounters;

TEST(ShardCounters, CountsRequestsAndNotWhatIsAskedOfNobody) {
    ShardCounters counters;
    counters.asked(core::ReadIdentity{});
    counters.asked(core::OpenView{});
    counters.asked(core::Sleep{});
    counters.asked(core::SaveCheckpoint{});
    EXPECT_EQ(counters.requests, 2);
}

TEST(ShardCounters, CountsTheBytesOfPagesAndBulks) {
    ShardCounters counters;
    Page page;
    page.batch.bytes = std::make_shared<std::string>("0123456789");
    counters.answered(core::PageRead{page});
    EXPECT_EQ(counters.bytes_read, 10);
    core::SendBulk bulk;
    bulk.bulk.items.push_back(
        WriteItem{WriteKind::index, Version{}, SeqNo{1}, "\"a\"", {}, "{\"n\":1}"});
    counters.asked(bulk);
    counters.asked(bulk);
    EXPECT_EQ(counters.bytes_written, 20);
}

TEST(ShardCounters, CountsAnswersThatFailedByKind) {
    ShardCounters counters;
    counters.answered(core::PageRead{Failure{FailureKind::timeout, "", ""}});
    counters.answered(core::BulkDone{1, Failure{FailureKind::timeout, "", ""}});
    BulkOutcome outcome;
    outcome.failed = {ItemFailure{0, Failure{FailureKind::throttled, "", ""}},
                      ItemFailure{1, Failure{FailureKind::throttled, "", ""}}};
    counters.answered(core::BulkDone{2, outcome});
    counters.answered(core::BulkDone{3, BulkOutcome{}});
    counters.answered(core::Woke{});
    EXPECT_EQ(counters.failures,
              (std::map<FailureKind, std::int64_t>{{FailureKind::timeout, 2},
                                                   {FailureKind::throttled, 1}}));
}

TEST(ShardCounters, AddUp) {
    ShardCounters sum{1, 2, 3, 4, {{FailureKind::timeout, 5}}};
    sum += ShardCounters{10, 20, 30, 40, {{FailureKind::timeout, 50}, {FailureKind::refused, 1}}};
    EXPECT_EQ(sum.requests, 11);
    EXPECT_EQ(sum.retries, 22);
    EXPECT_EQ(sum.bytes_read, 33);
    EXPECT_EQ(sum.bytes_written, 44);
    EXPECT_EQ(sum.failures.at(FailureKind::timeout), 55);
    EXPECT_EQ(sum.failures.at(FailureKind::refused), 1);
}

class CountersOfAPlanner : public LevelPlanner {};

TEST_F(CountersOfAPlanner, ShowACycleThatWasBegunAgain) {
    EXPECT_EQ(begin(), Lines{"identity"});
    EXPECT_EQ(status().counters.requests, 1);
    (void)script_.on(core::IdentityRead{Failure{FailureKind::timeout, "", ""}});
    EXPECT_EQ(status().counters.failures.at(FailureKind::timeout), 1);
    EXPECT_EQ(status().counters.retries, 1);
    EXPECT_EQ(woke_after(std::chrono::minutes{1}), Lines{"identity"});
    EXPECT_EQ(status().counters.requests, 2);
}

TEST_F(CountersOfAPlanner, ShowAPageThatWasAskedForAgain) {
    leader_.global_checkpoint = leader_.max_seq_no = SeqNo{top + 5'000};
    (void)begin();
    (void)identity();
    (void)sampled();
    (void)follower_identity();
    (void)script_.on(core::LeaderRefreshed{Result<void>{}});
    (void)script_.on(core::ViewOpened{ViewId{"v1"}});
    (void)sampled();
    if (identity() == Lines{"mapping 1"}) {
        (void)script_.on(core::MappingSynced{core::MappingState{1, false}});
    }
    const std::int64_t asked = status().counters.requests;
    (void)script_.on(core::PageRead{Failure{FailureKind::throttled, "", ""}});
    EXPECT_EQ(status().counters.retries, 1);
    (void)woke_after(std::chrono::minutes{1});
    EXPECT_EQ(status().counters.requests, asked + 1);
}

}  // namespace
}  // namespace followd::test
