#include "engine/verifier.hpp"

#include "support/fake_follower_shard.hpp"
#include "support/fake_ports.hpp"
#include "support/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace followd::engine {
namespace {

using core::VerifyVerdict;

std::string id(int number) {
    return "\"doc-" + std::to_string(number) + "\"";
}

class VerifierTest : public ::testing::Test {
protected:
    void fill(int documents) {
        for (int number = 0; number < documents; ++number) {
            leader.put(id(number), R"({"n":)" + std::to_string(number) + "}");
        }
        follower.copy(base, leader);
    }

    ShardVerdict verify(bool deep = false, Duration wait = std::chrono::seconds{10}) {
        VerifyOptions options;
        options.base = base;
        options.history = leader.sample.history;
        options.deep = deep;
        options.limits.max_read_request_operation_count = 7;
        std::vector<std::unique_ptr<ShardVerifier>> shards;
        shards.push_back(std::make_unique<ShardVerifier>(VerifyPorts{leader, follower, timers},
                                                         std::move(options)));
        Verifier verifier(std::move(shards), timers);
        const std::vector<ShardVerdict> verdicts = test::run(context, verifier.run(wait, 20));
        EXPECT_EQ(leader.views_open, 0);
        return verdicts.front();
    }

    boost::asio::io_context context;
    VersionBase base;
    test::FakeLeaderShard leader;
    test::FakeFollowerShard follower;
    test::FakeTimers timers;
};

TEST_F(VerifierTest, CallsEqualWhatIsEqual) {
    fill(50);
    const Instant began = timers.now();
    const ShardVerdict verdict = verify();
    EXPECT_EQ(verdict.verdict, VerifyVerdict::equal);
    EXPECT_EQ(verdict.leader_documents, 50);
    EXPECT_EQ(verdict.through, SeqNo{49});
    EXPECT_EQ(timers.now(), began) << "an equal follower needs no waiting";
}

TEST_F(VerifierTest, CallsTwoEmptyShardsEqual) {
    EXPECT_EQ(verify(true).verdict, VerifyVerdict::equal);
}

TEST_F(VerifierTest, FindsALostDeletion) {
    fill(50);
    leader.remove(id(7));
    const ShardVerdict verdict = verify();
    EXPECT_EQ(verdict.verdict, VerifyVerdict::differs);
    EXPECT_EQ(verdict.surplus, 1);
    ASSERT_EQ(verdict.examples.size(), 1U);
    EXPECT_EQ(verdict.examples[0].kind, DiscrepancyKind::extra);
    EXPECT_EQ(verdict.examples[0].id, id(7));
}

TEST_F(VerifierTest, FindsALostDocument) {
    fill(50);
    follower.remove(id(9));
    const ShardVerdict verdict = verify();
    EXPECT_EQ(verdict.verdict, VerifyVerdict::differs);
    ASSERT_EQ(verdict.examples.size(), 1U);
    EXPECT_EQ(verdict.examples[0].kind, DiscrepancyKind::missing);
    EXPECT_EQ(verdict.examples[0].id, id(9));
}

TEST_F(VerifierTest, FindsALostUpdateAndTellsItOnce) {
    fill(50);
    leader.put(id(3), R"({"n":"new"})");
    const ShardVerdict verdict = verify();
    EXPECT_EQ(verdict.verdict, VerifyVerdict::differs);
    ASSERT_EQ(verdict.examples.size(), 1U);
    EXPECT_EQ(verdict.examples[0].kind, DiscrepancyKind::other_version);
    EXPECT_EQ(verdict.examples[0].id, id(3));
}

TEST_F(VerifierTest, FindsALostDocumentBesideAForeignOneOfItsBucket) {
    fill(50);
    follower.remove(id(9));
    follower.documents.emplace(6, test::FakeDocument{"\"foreign\"", "", "{}"});
    const ShardVerdict verdict = verify();
    EXPECT_EQ(verdict.verdict, VerifyVerdict::differs);
    EXPECT_EQ(verdict.missing, 1);
    EXPECT_EQ(verdict.surplus, 1);
}

TEST_F(VerifierTest, DoesNotAccuseTheDocumentThatAForeignOneStandsBeside) {
    fill(5);
    follower.documents.emplace(3, test::FakeDocument{"\"foreign\"", "", "{}"});
    const ShardVerdict verdict = verify();
    EXPECT_EQ(verdict.verdict, VerifyVerdict::differs);
    EXPECT_EQ(verdict.surplus, 1);
    ASSERT_EQ(verdict.examples.size(), 1U);
    EXPECT_EQ(verdict.examples[0].id, "\"foreign\"");
}

TEST_F(VerifierTest, FindsAForeignDocumentAboveEverythingOfTheLeader) {
    fill(5);
    follower.documents.emplace(1'000'000, test::FakeDocument{"\"foreign\"", "", "{}"});
    const ShardVerdict verdict = verify();
    EXPECT_EQ(verdict.verdict, VerifyVerdict::differs);
    ASSERT_EQ(verdict.examples.size(), 1U);
    EXPECT_EQ(verdict.examples[0].id, "\"foreign\"");
}

TEST_F(VerifierTest, FindsADocumentOfAnOlderHistory) {
    base = VersionBase{std::int64_t{1} << 40U};
    fill(5);
    follower.documents.emplace(3, test::FakeDocument{"\"old\"", "", "{}"});
    const ShardVerdict verdict = verify();
    EXPECT_EQ(verdict.verdict, VerifyVerdict::differs);
    ASSERT_EQ(verdict.examples.size(), 1U);
    EXPECT_EQ(verdict.examples[0].id, "\"old\"");
}

TEST_F(VerifierTest, LooksIntoDocumentsOnlyWhenTold) {
    fill(50);
    const auto planted = std::ranges::find_if(
        follower.documents, [](const auto& entry) { return entry.second.id == id(31); });
    planted->second.source = R"({"n":30})";
    EXPECT_EQ(verify(false).verdict, VerifyVerdict::equal);
    const ShardVerdict verdict = verify(true);
    EXPECT_EQ(verdict.verdict, VerifyVerdict::differs);
    EXPECT_EQ(verdict.contents_compared, 50);
    EXPECT_EQ(verdict.contents_different, 1);
    ASSERT_EQ(verdict.examples.size(), 1U);
    EXPECT_EQ(verdict.examples[0].kind, DiscrepancyKind::other_source);
    EXPECT_EQ(verdict.examples[0].id, id(31));
}

TEST_F(VerifierTest, ComparesContentsOfEqualDocuments) {
    fill(50);
    leader.put(id(50), "{\n  \"n\": 50\n}");
    follower.put(base, 50, test::FakeDocument{id(50), "", R"({"n":50})"});
    const ShardVerdict verdict = verify(true);
    EXPECT_EQ(verdict.verdict, VerifyVerdict::equal);
    EXPECT_EQ(verdict.contents_compared, 51);
}

TEST_F(VerifierTest, WaitsForAFollowerThatIsBehind) {
    fill(50);
    leader.put(id(50));
    timers.on_sleep = [this] { follower.copy(base, leader); };
    EXPECT_EQ(verify().verdict, VerifyVerdict::equal);
}

TEST_F(VerifierTest, CannotTellWhileTheFollowerCatchesUp) {
    for (int number = 0; number < 1000; ++number) {
        leader.put(id(number));
    }
    int copied = 0;
    timers.on_sleep = [&] {
        follower.put(base, copied, leader.documents.at(copied));
        ++copied;
    };
    const ShardVerdict verdict = verify();
    EXPECT_EQ(verdict.verdict, VerifyVerdict::moving);
    EXPECT_EQ(verdict.missing, 1000 - copied);
    EXPECT_TRUE(verdict.examples.empty());
}

// The leader writes during each comparison, after its view was opened, and the follower has it
// before we look there.
TEST_F(VerifierTest, DoesNotCallMissingWhatTheFollowerHasNewer) {
    fill(50);
    int number = 0;
    follower.on_refresh = [&] {
        leader.put(id(number++ % 50), "{}");
        follower.copy(base, leader);
    };
    const ShardVerdict verdict = verify();
    EXPECT_EQ(verdict.verdict, VerifyVerdict::equal);
}

// What is indexed at the same time may show in the view in part only: above G0 a document that the
// follower alone shows proves nothing.
TEST_F(VerifierTest, DoesNotCallSurplusWhatTheViewMayNotShowYet) {
    fill(5);
    leader.put(id(5));
    leader.put(id(6));
    follower.copy(base, leader);
    leader.documents.erase(5);
    leader.sample.global_checkpoint = SeqNo{4};
    int slept = 0;
    timers.on_sleep = [&] { leader.sample.global_checkpoint = SeqNo{++slept == 1 ? 6 : 4}; };
    const ShardVerdict verdict = verify();
    EXPECT_EQ(verdict.verdict, VerifyVerdict::equal);
    EXPECT_EQ(verdict.surplus, 0);
    EXPECT_EQ(verdict.through, SeqNo{4});
}

TEST_F(VerifierTest, ComparesTwiceWhatDiffersAlsoWithoutWaiting) {
    fill(5);
    follower.remove(id(3));
    EXPECT_EQ(verify(false, Duration{0}).verdict, VerifyVerdict::differs);
    EXPECT_EQ(verify(true, Duration{0}).verdict, VerifyVerdict::differs);
}

// What was missing is deleted before we look.
TEST_F(VerifierTest, DoesNotCallMissingWhatIsDeletedMeanwhile) {
    fill(50);
    int number = 0;
    follower.on_refresh = [&] {
        leader.remove(id(number++));
        follower.copy(base, leader);
    };
    EXPECT_EQ(verify().verdict, VerifyVerdict::equal);
}

// A document that is written all the time, so that no two comparisons miss the same operation.
TEST_F(VerifierTest, NeverCallsEqualWhatNobodyFollows) {
    fill(5);
    leader.on_refresh = [&] { leader.put("\"hot\""); };
    timers.on_sleep = leader.on_refresh;
    EXPECT_NE(verify().verdict, VerifyVerdict::equal);
}

TEST_F(VerifierTest, FindsTheLostDocumentOfABusyIndex) {
    fill(50);
    follower.remove(id(44));
    int number = 0;
    timers.on_sleep = [&] {
        leader.put(id(number++ % 5), "{}");
        follower.copy(base, leader);
        follower.remove(id(44));
        leader.put(id(number++ % 5), "{}");
    };
    const ShardVerdict verdict = verify();
    EXPECT_EQ(verdict.verdict, VerifyVerdict::differs);
    ASSERT_EQ(verdict.examples.size(), 1U);
    EXPECT_EQ(verdict.examples[0].id, id(44));
}

TEST_F(VerifierTest, SaysWhyItCouldNotTell) {
    fill(5);
    leader.failure = Failure{FailureKind::unreachable, "nobody answers", "fake"};
    const ShardVerdict verdict = verify();
    EXPECT_EQ(verdict.verdict, VerifyVerdict::moving);
    ASSERT_TRUE(verdict.failure);
    EXPECT_EQ(verdict.failure->kind, FailureKind::unreachable);
}

TEST_F(VerifierTest, GivesUpAtOnceWhereTimeWillNotHelp) {
    fill(5);
    leader.failure = Failure{FailureKind::unauthorised, "read is missing", "fake"};
    const Instant began = timers.now();
    const ShardVerdict verdict = verify();
    EXPECT_EQ(verdict.verdict, VerifyVerdict::moving);
    EXPECT_EQ(timers.now(), began);
}

TEST_F(VerifierTest, RefusesAnotherHistory) {
    fill(5);
    VerifyOptions options;
    options.history = HistoryUuid{"the one before"};
    ShardVerifier verifier{VerifyPorts{leader, follower, timers}, std::move(options)};
    const Result<void> compared = test::run(context, verifier.compare());
    ASSERT_FALSE(compared.ok());
    EXPECT_EQ(compared.failure().kind, FailureKind::history_lost);
}

TEST_F(VerifierTest, DropsAViewOfAnotherTerm) {
    fill(5);
    bool failed_over = false;
    leader.on_refresh = [&] {
        leader.identity.term = PrimaryTerm{failed_over ? 2 : 1};
        failed_over = true;
    };
    VerifyOptions options;
    options.history = leader.sample.history;
    ShardVerifier verifier{VerifyPorts{leader, follower, timers}, std::move(options)};
    EXPECT_TRUE(test::run(context, verifier.compare()).ok());
    const Result<void> compared = test::run(context, verifier.compare());
    ASSERT_FALSE(compared.ok());
    EXPECT_EQ(compared.failure().kind, FailureKind::unavailable);
    EXPECT_EQ(leader.views_open, 0);
}

TEST_F(VerifierTest, WaitsUntilTheViewIsSafe) {
    fill(5);
    leader.sample.global_checkpoint = SeqNo{3};
    int slept = 0;
    timers.on_sleep = [&] {
        if (++slept == 3) {
            leader.sample.global_checkpoint = SeqNo{4};
        }
    };
    const ShardVerdict verdict = verify();
    EXPECT_EQ(verdict.verdict, VerifyVerdict::equal);
    EXPECT_EQ(verdict.through, SeqNo{3});
    EXPECT_GE(slept, 3);
}

}  // namespace
}  // namespace followd::engine
