#include "followd/core/copy_plan.hpp"

#include "support/planner_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace followd::core {
namespace {

using std::chrono::seconds;
using test::describe;
using test::failure_of;
using test::page_of;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class CopyPlanTest : public ::testing::Test {
protected:
    CopyPlan plan(PageOrder order,
                  std::int64_t applied,
                  std::int64_t through,
                  std::unordered_set<SeqNo> sent_before = {}) {
        return CopyPlan{CopyRequest{ViewId{"v"},
                                    {SeqNoRange{SeqNo{applied + 1}, seq_no_end}},
                                    order,
                                    SeqNo{applied},
                                    SeqNo{through},
                                    VersionBase{}},
                        sizer_,
                        queue_,
                        std::move(sent_before)};
    }
    std::vector<std::string> advance(CopyPlan& copy) {
        Actions actions;
        copy.advance(now_, actions);
        std::vector<std::string> lines;
        for (const Action& action : actions) {
            lines.push_back(describe(action));
        }
        return lines;
    }
    void read(CopyPlan& copy, Result<Page> page) { copy.page_read(std::move(page), now_, random_); }
    void acknowledge(CopyPlan& copy, BulkId id) {
        queue_.done(id, BulkOutcome{}, now_, random_);
        copy.bulks_done();
    }

    Instant now_{seconds{1}};
    Random random_{1};
    LimitSettings limits_;
    PageSizer sizer_{limits_};
    BulkQueue queue_{limits_};
};

TEST_F(CopyPlanTest, RisesPageByPageWithTheAcknowledgements) {
    CopyPlan copy = plan(PageOrder::by_seq_no, 4, 20);
    EXPECT_THAT(advance(copy), ElementsAre("page [5,end] of v"));
    read(copy, page_of({{6, "a"}, {8, "b"}}, false));
    EXPECT_THAT(advance(copy),
                ElementsAre("bulk 1: index \"a\"=7, index \"b\"=9", "page [5,end] of v after 8"));
    EXPECT_EQ(copy.applied_through(), SeqNo{4});
    acknowledge(copy, 1);
    EXPECT_EQ(copy.applied_through(), SeqNo{8});
    read(copy, page_of({{15, "c"}}, true));
    EXPECT_THAT(advance(copy), ElementsAre("bulk 2: index \"c\"=16"));
    EXPECT_FALSE(copy.is_done());
    EXPECT_EQ(copy.applied_through(), SeqNo{8});
    acknowledge(copy, 2);
    EXPECT_TRUE(copy.is_done());
    EXPECT_EQ(copy.applied_through(), SeqNo{20});
    EXPECT_EQ(copy.documents(), 3);
}

TEST_F(CopyPlanTest, WaitsForTheOldestPageWhenALaterOneIsAcknowledgedFirst) {
    CopyPlan copy = plan(PageOrder::by_seq_no, -1, 20);
    (void)advance(copy);
    read(copy, page_of({{3, "a"}}, false));
    (void)advance(copy);
    read(copy, page_of({{9, "b"}}, false));
    (void)advance(copy);
    acknowledge(copy, 2);
    EXPECT_EQ(copy.applied_through(), SeqNo::none());
    acknowledge(copy, 1);
    EXPECT_EQ(copy.applied_through(), SeqNo{9});
}

TEST_F(CopyPlanTest, KnowsNothingInDocumentOrderBeforeTheEnd) {
    CopyPlan copy = plan(PageOrder::by_document, -1, 20);
    EXPECT_THAT(advance(copy), ElementsAre("page [0,end] by document of v"));
    read(copy, page_of({{19, "a"}, {3, "b"}}, false));
    (void)advance(copy);
    acknowledge(copy, 1);
    EXPECT_EQ(copy.applied_through(), SeqNo::none());
    read(copy, page_of({{7, "c"}}, true));
    (void)advance(copy);
    EXPECT_EQ(copy.applied_through(), SeqNo::none());
    acknowledge(copy, 2);
    EXPECT_EQ(copy.applied_through(), SeqNo{20});
}

TEST_F(CopyPlanTest, ATrailOfDeletesIsPassedWithoutAnyDocument) {
    CopyPlan copy = plan(PageOrder::by_seq_no, 4, 9);
    (void)advance(copy);
    read(copy, page_of({}, true));
    copy.bulks_done();
    EXPECT_TRUE(copy.is_done());
    EXPECT_EQ(copy.applied_through(), SeqNo{9});
}

TEST_F(CopyPlanTest, NeverRisesAboveTheCyclesCheckpoint) {
    CopyPlan copy = plan(PageOrder::by_seq_no, 4, 9);
    (void)advance(copy);
    read(copy, page_of({{8, "a"}, {14, "b"}}, true));
    (void)advance(copy);
    acknowledge(copy, 1);
    EXPECT_EQ(copy.applied_through(), SeqNo{9});
    EXPECT_THAT(copy.take_sent_above(), UnorderedElementsAre(SeqNo{14}));
}

TEST_F(CopyPlanTest, DoesNotSendAgainWhatTheCycleBeforeSent) {
    CopyPlan copy = plan(PageOrder::by_seq_no, 9, 12, {SeqNo{11}, SeqNo{14}});
    (void)advance(copy);
    read(copy, page_of({{11, "a"}, {12, "b"}, {14, "c"}, {15, "d"}}, true));
    EXPECT_THAT(advance(copy), ElementsAre("bulk 1: index \"b\"=13, index \"d\"=16"));
    acknowledge(copy, 1);
    EXPECT_THAT(copy.take_sent_above(), UnorderedElementsAre(SeqNo{14}, SeqNo{15}));
}

TEST_F(CopyPlanTest, APageHandedInIsTheOnlyOneAndMayBeCut) {
    CopyPlan copy{CopyRequest{{}, {}, PageOrder::by_seq_no, SeqNo{4}, SeqNo{9}, VersionBase{}},
                  sizer_,
                  queue_,
                  {}};
    copy.take(page_of({{5, "a"}, {6, "b"}}, false));
    EXPECT_THAT(advance(copy), ElementsAre("bulk 1: index \"a\"=6, index \"b\"=7"));
    acknowledge(copy, 1);
    EXPECT_TRUE(copy.is_done());
    EXPECT_EQ(copy.applied_through(), SeqNo{6});
}

TEST_F(CopyPlanTest, ReadsAheadOnlyWhileNothingWaitsToBeSent) {
    limits_.max_outstanding_write_requests = 1;
    queue_ = BulkQueue{limits_};
    CopyPlan copy = plan(PageOrder::by_seq_no, -1, 20);
    (void)advance(copy);
    read(copy, page_of({{1, "a"}}, false));
    EXPECT_THAT(advance(copy), ElementsAre("bulk 1: index \"a\"=2", "page [0,end] of v after 1"));
    read(copy, page_of({{2, "b"}}, false));
    EXPECT_THAT(advance(copy), IsEmpty());
    acknowledge(copy, 1);
    EXPECT_THAT(advance(copy), ElementsAre("bulk 2: index \"b\"=3", "page [0,end] of v after 2"));
}

TEST_F(CopyPlanTest, AFailedPageIsReadAgainAfterAWhile) {
    CopyPlan copy = plan(PageOrder::by_seq_no, -1, 20);
    (void)advance(copy);
    for (int failure = 0; failure < 5; ++failure) {
        read(copy, failure_of(FailureKind::timeout));
        ASSERT_FALSE(copy.failure());
        EXPECT_THAT(advance(copy), IsEmpty());
        ASSERT_TRUE(copy.wake_at());
        EXPECT_GT(*copy.wake_at(), now_);
        now_ = *copy.wake_at();
        EXPECT_THAT(advance(copy), ElementsAre("page [0,end] of v"));
    }
    read(copy, failure_of(FailureKind::timeout));
    ASSERT_TRUE(copy.failure());
    EXPECT_EQ(copy.failure()->kind, FailureKind::timeout);
    EXPECT_THAT(advance(copy), IsEmpty());
}

// A wake-up in the past would make the planner spin until the bulk's own back-off ends.
TEST_F(CopyPlanTest, AFailedPageDoesNotWakeWhileABulkWaitsLonger) {
    CopyPlan copy = plan(PageOrder::by_seq_no, -1, 20);
    (void)advance(copy);
    read(copy, page_of({{1, "a"}}, false));
    (void)advance(copy);
    for (int attempt = 0; attempt < 6; ++attempt) {
        queue_.done(
            static_cast<BulkId>(attempt) + 1, failure_of(FailureKind::throttled), now_, random_);
        copy.bulks_done();
        if (attempt < 5) {
            now_ = *copy.wake_at();
            (void)advance(copy);
        }
    }
    read(copy, failure_of(FailureKind::timeout));
    now_ += seconds{1};  // the page could be read again, the bulk (3.2 s) not yet
    EXPECT_THAT(advance(copy), IsEmpty());
    ASSERT_TRUE(copy.wake_at());
    EXPECT_GT(*copy.wake_at(), now_);
}

TEST_F(CopyPlanTest, ALargePageIsAskedForInHalves) {
    CopyPlan copy = plan(PageOrder::by_seq_no, -1, 20);
    (void)advance(copy);
    const std::size_t before = sizer_.operations_max();
    read(copy, failure_of(FailureKind::too_large));
    EXPECT_EQ(sizer_.operations_max(), before / 2);
    EXPECT_THAT(advance(copy), ElementsAre("page [0,end] of v"));
}

TEST_F(CopyPlanTest, ADocumentAboveTheMemoryLimitHaltsWithAdvice) {
    CopyPlan copy = plan(PageOrder::by_seq_no, -1, 20);
    for (int page = 0; !copy.failure(); ++page) {
        ASSERT_LT(page, 20);
        (void)advance(copy);
        read(copy, failure_of(FailureKind::too_large));
    }
    EXPECT_EQ(copy.failure()->kind, FailureKind::refused);
    EXPECT_THAT(copy.failure()->what, ::testing::HasSubstr("limits.memory"));
}

TEST_F(CopyPlanTest, AnExpiredViewAndARefusedDocumentEndIt) {
    CopyPlan expired = plan(PageOrder::by_seq_no, -1, 20);
    (void)advance(expired);
    read(expired, failure_of(FailureKind::not_found));
    EXPECT_EQ(expired.failure()->kind, FailureKind::not_found);

    CopyPlan refused = plan(PageOrder::by_seq_no, -1, 20);
    (void)advance(refused);
    read(refused, page_of({{1, "a"}}, true));
    (void)advance(refused);
    queue_.done(1, failure_of(FailureKind::refused), now_, random_);
    refused.bulks_done();
    (void)advance(refused);
    EXPECT_EQ(refused.failure()->kind, FailureKind::refused);
    EXPECT_EQ(refused.applied_through(), SeqNo::none());
    EXPECT_FALSE(refused.is_done());
}

// A follower that has all of it already must not make us remember every number.
TEST_F(CopyPlanTest, ConflictsAreNotKept) {
    CopyPlan copy = plan(PageOrder::by_seq_no, -1, 20);
    (void)advance(copy);
    read(copy, page_of({{1, "a"}}, true));
    (void)advance(copy);
    queue_.done(1, BulkOutcome{{0}, {}}, now_, random_);
    copy.bulks_done();
    EXPECT_TRUE(copy.is_done());
    EXPECT_THAT(queue_.take_conflicts(), IsEmpty());
}

}  // namespace
}  // namespace followd::core
