#include "followd/core/bulk_queue.hpp"

#include "support/planner_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace followd::core {
namespace {

using std::chrono::seconds;
using test::failure_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// Writes of documents "0", "1", ... with sources of `source_bytes`; their bytes outlive the queue.
Bulk writes(std::size_t count, std::size_t source_bytes = 2, int first = 0) {
    Bulk bulk;
    for (std::size_t at = 0; at < count; ++at) {
        const int seq = first + static_cast<int>(at);
        auto bytes = std::make_shared<const std::string>("\"" + std::to_string(seq) + "\"" +
                                                         std::string(source_bytes, 'x'));
        const std::string_view all = *bytes;
        const std::size_t id_bytes = all.size() - source_bytes;
        bulk.owners.push_back(bytes);
        bulk.items.push_back(WriteItem{WriteKind::index,
                                       Version{seq + 1},
                                       SeqNo{seq},
                                       all.substr(0, id_bytes),
                                       {},
                                       all.substr(id_bytes)});
    }
    return bulk;
}

class BulkQueueTest : public ::testing::Test {
protected:
    std::vector<SendBulk> send(BulkQueue& queue) {
        Actions actions;
        queue.send(now_, actions);
        std::vector<SendBulk> sent;
        for (const Action& action : actions) {
            sent.push_back(std::get<SendBulk>(action));
        }
        return sent;
    }
    void answer(BulkQueue& queue, BulkId id, Result<BulkOutcome> result) {
        queue.done(id, std::move(result), now_, random_);
    }

    static std::vector<std::int64_t> seqs(const SendBulk& sent) {
        std::vector<std::int64_t> found;
        for (const WriteItem& item : sent.bulk.items) {
            found.push_back(item.seq_no.value());
        }
        return found;
    }

    Instant now_{seconds{1}};
    Random random_{1};
    LimitSettings limits_;
};

TEST_F(BulkQueueTest, AnEmptyBatchIsFinishedAtOnce) {
    BulkQueue queue{limits_};
    queue.add(7, Bulk{});
    EXPECT_THAT(send(queue), IsEmpty());
    EXPECT_THAT(queue.take_finished(), ElementsAre(7U));
    EXPECT_THAT(queue.take_finished(), IsEmpty());
    EXPECT_TRUE(queue.is_idle());
    EXPECT_FALSE(queue.take_sent());
}

TEST_F(BulkQueueTest, CutsByBytesAndKeepsALargeItemAlone) {
    limits_.max_write_request_bytes = 1000;
    BulkQueue queue{limits_};
    Bulk bulk = writes(4, 300);
    const Bulk large = writes(1, 5000, 4);
    bulk.items.push_back(large.items.front());
    bulk.owners.push_back(large.owners.front());
    queue.add(1, bulk);
    const std::vector<SendBulk> sent = send(queue);
    ASSERT_THAT(sent, SizeIs(3));
    EXPECT_THAT(seqs(sent[0]), ElementsAre(0, 1));
    EXPECT_THAT(seqs(sent[1]), ElementsAre(2, 3));
    EXPECT_THAT(seqs(sent[2]), ElementsAre(4));
}

TEST_F(BulkQueueTest, KeepsABoundedNumberUnderWay) {
    limits_.max_write_request_bytes = 1;
    limits_.max_outstanding_write_requests = 2;
    BulkQueue queue{limits_};
    queue.add(1, writes(5));
    std::vector<SendBulk> sent = send(queue);
    ASSERT_THAT(sent, SizeIs(2));
    EXPECT_EQ(queue.waiting(), 3U);
    EXPECT_THAT(send(queue), IsEmpty());
    EXPECT_EQ(queue.wake_at(), std::nullopt);
    answer(queue, sent[1].id, BulkOutcome{});
    EXPECT_THAT(send(queue), SizeIs(1));
}

TEST_F(BulkQueueTest, ABatchIsFinishedWithItsLastPart) {
    limits_.max_write_request_bytes = 1;
    BulkQueue queue{limits_};
    queue.add(1, writes(2));
    queue.add(2, writes(1));
    const std::vector<SendBulk> sent = send(queue);
    ASSERT_THAT(sent, SizeIs(3));
    answer(queue, sent[2].id, BulkOutcome{});
    answer(queue, sent[1].id, BulkOutcome{});
    EXPECT_THAT(queue.take_finished(), ElementsAre(2U));
    answer(queue, sent[0].id, BulkOutcome{});
    EXPECT_THAT(queue.take_finished(), ElementsAre(1U));
    EXPECT_TRUE(queue.is_idle());
    EXPECT_EQ(queue.indexed(), 3);
}

TEST_F(BulkQueueTest, AConflictIsDoneAndTold) {
    BulkQueue queue{limits_};
    queue.add(1, writes(3));
    const std::vector<SendBulk> sent = send(queue);
    answer(queue, sent[0].id, BulkOutcome{{0, 2}, {}});
    EXPECT_THAT(queue.take_finished(), ElementsAre(1U));
    EXPECT_THAT(queue.take_conflicts(), ElementsAre(SeqNo{0}, SeqNo{2}));
    EXPECT_THAT(queue.take_conflicts(), IsEmpty());
    EXPECT_EQ(queue.indexed(), 1);
}

TEST_F(BulkQueueTest, SendsAgainOnlyTheItemsThatWereThrottled) {
    BulkQueue queue{limits_};
    queue.add(1, writes(4));
    std::vector<SendBulk> sent = send(queue);
    answer(queue,
           sent[0].id,
           BulkOutcome{
               {0},
               {{1, failure_of(FailureKind::throttled)}, {3, failure_of(FailureKind::throttled)}}});
    EXPECT_THAT(queue.take_finished(), IsEmpty());
    EXPECT_THAT(send(queue), IsEmpty()) << "before its back-off";
    ASSERT_TRUE(queue.wake_at());
    EXPECT_GT(*queue.wake_at(), now_);
    now_ = *queue.wake_at();
    sent = send(queue);
    ASSERT_THAT(sent, SizeIs(1));
    EXPECT_THAT(seqs(sent[0]), ElementsAre(1, 3));
    answer(queue, sent[0].id, BulkOutcome{});
    EXPECT_THAT(queue.take_finished(), ElementsAre(1U));
    EXPECT_EQ(queue.indexed(), 3);
    EXPECT_FALSE(queue.take_unknown_outcome());
}

TEST_F(BulkQueueTest, GivesUpAfterManyAttemptsWithoutProgress) {
    BulkQueue queue{limits_};
    queue.add(1, writes(1));
    int attempts = 0;
    while (!queue.failure()) {
        for (const SendBulk& sent : send(queue)) {
            ASSERT_LT(++attempts, 20);
            answer(queue, sent.id, failure_of(FailureKind::unavailable));
        }
        now_ = queue.wake_at().value_or(now_);
    }
    EXPECT_EQ(attempts, 11);
    EXPECT_EQ(queue.failure()->kind, FailureKind::unavailable);
    EXPECT_THAT(send(queue), IsEmpty());
    EXPECT_EQ(queue.wake_at(), std::nullopt);
}

TEST_F(BulkQueueTest, ProgressByOneItemAtATimeIsPatientlyAwaited) {
    BulkQueue queue{limits_};
    queue.add(1, writes(40));
    while (queue.take_finished().empty()) {
        now_ = queue.wake_at().value_or(now_);
        for (const SendBulk& sent : send(queue)) {
            BulkOutcome outcome;
            for (std::size_t at = 1; at < sent.bulk.items.size(); ++at) {
                outcome.failed.push_back({at, failure_of(FailureKind::throttled)});
            }
            answer(queue, sent.id, std::move(outcome));
        }
        ASSERT_FALSE(queue.failure());
    }
    EXPECT_EQ(queue.indexed(), 40);
}

TEST_F(BulkQueueTest, HalvesWhatIsTooLargeDownToTheDocumentItNames) {
    BulkQueue queue{limits_};
    queue.add(1, writes(4));
    // Document 2 alone is too large.
    while (!queue.failure()) {
        for (const SendBulk& sent : send(queue)) {
            const std::vector<std::int64_t> in = seqs(sent);
            if (std::ranges::find(in, 2) != in.end()) {
                answer(queue, sent.id, failure_of(FailureKind::too_large));
            } else {
                answer(queue, sent.id, BulkOutcome{});
            }
        }
    }
    EXPECT_EQ(queue.failure()->kind, FailureKind::refused);
    EXPECT_THAT(queue.failure()->what, HasSubstr("document \"2\""));
    EXPECT_THAT(queue.failure()->what, HasSubstr("http.max_content_length"));
    EXPECT_GE(queue.indexed(), 2);
}

TEST_F(BulkQueueTest, ASplitBatchIsFinishedWithAllItsHalves) {
    BulkQueue queue{limits_};
    queue.add(1, writes(3));
    answer(queue, send(queue)[0].id, failure_of(FailureKind::too_large));
    const std::vector<SendBulk> halves = send(queue);
    ASSERT_THAT(halves, SizeIs(2));
    EXPECT_THAT(seqs(halves[0]), ElementsAre(0));
    EXPECT_THAT(seqs(halves[1]), ElementsAre(1, 2));
    answer(queue, halves[1].id, BulkOutcome{});
    EXPECT_THAT(queue.take_finished(), IsEmpty());
    answer(queue, halves[0].id, BulkOutcome{});
    EXPECT_THAT(queue.take_finished(), ElementsAre(1U));
}

TEST_F(BulkQueueTest, ARefusedItemEndsItAndIsNamedWithoutItsSource) {
    BulkQueue queue{limits_};
    queue.add(1, writes(2, 50));
    answer(queue, send(queue)[0].id, BulkOutcome{{}, {{1, failure_of(FailureKind::refused)}}});
    ASSERT_TRUE(queue.failure());
    EXPECT_EQ(queue.failure()->kind, FailureKind::refused);
    EXPECT_THAT(queue.failure()->what, HasSubstr("document \"1\""));
    EXPECT_THAT(queue.failure()->what, Not(HasSubstr("xxx")));
    EXPECT_THAT(queue.take_finished(), IsEmpty());
}

TEST_F(BulkQueueTest, EveryKindOfFailureEitherRepeatsOrEnds) {
    for (int kind = 0; kind <= static_cast<int>(FailureKind::cancelled); ++kind) {
        const auto failure = failure_of(static_cast<FailureKind>(kind));
        for (const bool whole : {true, false}) {
            BulkQueue queue{limits_};
            queue.add(1, writes(2));
            const BulkId id = send(queue)[0].id;
            if (whole) {
                answer(queue, id, failure);
            } else {
                answer(queue, id, BulkOutcome{{}, {{0, failure}}});
            }
            EXPECT_THAT(queue.take_finished(), IsEmpty()) << to_string(failure.kind);
            EXPECT_NE(queue.failure().has_value(), queue.waiting() > 0) << to_string(failure.kind);
        }
    }
}

TEST_F(BulkQueueTest, AnAnswerThatSaysNothingOfTheItemsIsAnUnknownOutcome) {
    for (const auto& [kind, unknown] : {std::pair{FailureKind::timeout, true},
                                        std::pair{FailureKind::unreachable, true},
                                        std::pair{FailureKind::malformed, true},
                                        std::pair{FailureKind::unavailable, true},
                                        std::pair{FailureKind::throttled, false}}) {
        BulkQueue queue{limits_};
        queue.add(1, writes(1));
        answer(queue, send(queue)[0].id, failure_of(kind));
        EXPECT_EQ(queue.take_unknown_outcome(), unknown) << to_string(kind);
        EXPECT_FALSE(queue.take_unknown_outcome());
    }
}

TEST_F(BulkQueueTest, AResetForgetsAllButTheUnknownOutcome) {
    BulkQueue queue{limits_};
    queue.add(1, writes(1));
    answer(queue, send(queue)[0].id, failure_of(FailureKind::timeout));
    queue.reset();
    EXPECT_TRUE(queue.is_idle());
    EXPECT_EQ(queue.wake_at(), std::nullopt);
    EXPECT_TRUE(queue.take_unknown_outcome());
    queue.add(1, writes(1));
    EXPECT_THAT(send(queue), SizeIs(1));
}

}  // namespace
}  // namespace followd::core
