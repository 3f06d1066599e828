#include "es/state_decoder.hpp"

#include "unit/es/answers.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace followd::es {
namespace {

const std::vector<std::string> versions{"9.2.0", "7.17.28", "opensearch-2.19.1"};
const IndexName hard{"hard"};

template <class T>
FailureKind kind(const Result<T>& result) {
    EXPECT_FALSE(result.ok());
    return result.ok() ? FailureKind::cancelled : result.failure().kind;
}

TEST(StateDecoder, ReadsRealIdentities) {
    for (const std::string& version : versions) {
        const auto identity = decode_identity(answer(version + "/identity"), hard, 0, "here");
        ASSERT_TRUE(identity.ok()) << version;
        EXPECT_EQ(identity.value().uuid.value().size(), 22U);
        EXPECT_EQ(identity.value().term, PrimaryTerm{1});
        EXPECT_EQ(identity.value().mapping_version, 1);
    }
}

TEST(StateDecoder, IndexThatIsNotInTheStateIsGone) {
    for (const std::string& version : versions) {
        EXPECT_EQ(kind(decode_identity(answer(version + "/identity_missing"), hard, 0, "")),
                  FailureKind::not_found);
        // An alias of the name, or another index, is not it.
        EXPECT_EQ(kind(decode_identity(answer(version + "/identity"), IndexName{"har"}, 0, "")),
                  FailureKind::not_found);
    }
}

TEST(StateDecoder, NoIndexOfAClusterThatWasJustStartedIsGone) {
    for (const std::string version : {"7.17.28", "9.2.0"}) {
        const auto identity =
            decode_identity(answer(version + "/identity_recovering"), hard, 0, "here");
        EXPECT_EQ(kind(identity), FailureKind::unavailable) << version;
    }
}

TEST(StateDecoder, AnswerThatIsNoClusterStateSaysNothingOfTheIndex) {
    for (const char* const body : {"{}", "", "[]", "<html>", R"({"cluster_uuid":""})"}) {
        EXPECT_EQ(kind(decode_identity(body, hard, 0, "")), FailureKind::malformed) << body;
    }
    const std::string whole = answer("9.2.0/identity");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_EQ(kind(decode_identity(whole.substr(0, length), hard, 0, "")),
                  FailureKind::malformed)
            << length;
    }
    EXPECT_EQ(kind(decode_identity(whole, hard, 1, "")), FailureKind::malformed);
    EXPECT_EQ(kind(decode_identity(with(whole, R"("mapping_version":1,)", ""), hard, 0, "")),
              FailureKind::malformed);
}

TEST(StateDecoder, ClosedIndexIsUnavailable) {
    EXPECT_EQ(kind(decode_identity(
                  with(answer("9.2.0/identity"), R"("open")", R"("close")"), hard, 0, "")),
              FailureKind::unavailable);
}

TEST(StateDecoder, ReadsRealSamples) {
    for (const std::string& version : versions) {
        const auto sample = decode_sample(answer(version + "/stats"), hard, 0, "here");
        ASSERT_TRUE(sample.ok()) << version;
        EXPECT_EQ(sample.value().uuid.value().size(), 22U);
        EXPECT_EQ(sample.value().history.value().size(), 22U);
        EXPECT_EQ(sample.value().node.value().size(), 22U);
        EXPECT_EQ(sample.value().global_checkpoint, SeqNo{4});
        EXPECT_EQ(sample.value().max_seq_no, SeqNo{4});
        EXPECT_EQ(sample.value().delete_total, 0);
    }
}

TEST(StateDecoder, ReadsRealSamplesOfManyIndices) {
    for (const std::string& version : versions) {
        const auto samples = decode_samples(answer(version + "/stats_many"), "here");
        ASSERT_TRUE(samples.ok());
        ASSERT_EQ(samples.value().size(), 2U);
        for (const engine::IndexSample& sample : samples.value()) {
            ASSERT_EQ(sample.shards.size(), 1U);
            ASSERT_TRUE(sample.shards[0].has_value());
            const bool is_nest = sample.name == IndexName{"nest"};
            EXPECT_EQ(sample.shards[0]->delete_total, is_nest ? 7 : 0);
            EXPECT_EQ(sample.shards[0]->max_seq_no, is_nest ? SeqNo{26} : SeqNo{7});
        }
    }
}

std::string stats_of(const std::string& copies) {
    return R"({"_shards":{"total":2,"successful":2,"failed":0},"indices":{"hard":{"uuid":"u","shards":{)" +
           copies + "}}}}";
}

std::string copy_of(const std::string& routing, int max_seq_no) {
    return R"({"routing":)" + routing +
           R"(,"docs":{"count":1},"store":{"size_in_bytes":9},"indexing":{"delete_total":4},)"
           R"("commit":{"user_data":{"history_uuid":"h"}},"seq_no":{"max_seq_no":)" +
           std::to_string(max_seq_no) + R"(,"global_checkpoint":-1}})";
}

TEST(StateDecoder, TheCopyThatTakesWritesCounts) {
    const std::string replica = copy_of(R"({"state":"STARTED","primary":false,"node":"r"})", 1);
    const std::string moving = copy_of(R"({"state":"RELOCATING","primary":true,"node":"p"})", 2);
    const std::string target = copy_of(R"({"state":"INITIALIZING","primary":true,"node":"t"})", 3);
    const auto sample = decode_sample(
        stats_of(R"("2":[)" + replica + "," + moving + "," + target + "]"), hard, 2, "here");
    ASSERT_TRUE(sample.ok());
    EXPECT_EQ(sample.value().node, NodeId{"p"});
    EXPECT_EQ(sample.value().max_seq_no, SeqNo{2});
    EXPECT_EQ(sample.value().global_checkpoint, SeqNo::none());

    const auto samples = decode_samples(stats_of(R"("2":[)" + moving + "]"), "here");
    ASSERT_TRUE(samples.ok());
    EXPECT_EQ(samples.value().at(0).shards.size(), 3U);
    EXPECT_FALSE(samples.value()[0].shards[0].has_value());
}

TEST(StateDecoder, ShardWithoutPrimaryInServiceIsUnavailable) {
    const std::string target = copy_of(R"({"state":"INITIALIZING","primary":true,"node":"t"})", 3);
    const std::string recovering = copy_of(R"({"state":"STARTED","primary":true,"node":"p"})", -2);
    const std::string bare = R"({"routing":{"state":"STARTED","primary":true,"node":"p"}})";
    for (const std::string& copy : {target, recovering, bare}) {
        EXPECT_EQ(kind(decode_sample(stats_of(R"("0":[)" + copy + "]"), hard, 0, "")),
                  FailureKind::unavailable);
    }
    for (const std::string& version : versions) {
        EXPECT_EQ(kind(decode_sample(answer(version + "/stats"), hard, 1, "")),
                  FailureKind::unavailable);
        EXPECT_EQ(kind(decode_sample(answer(version + "/stats"), IndexName{"other"}, 0, "")),
                  FailureKind::unavailable);
    }
}

TEST(StateDecoder, NoIndexIsAnEmptyAnswerAndNothingElseIs) {
    const auto none =
        decode_samples(R"({"_shards":{"total":0,"successful":0,"failed":0}})", "here");
    ASSERT_TRUE(none.ok());
    EXPECT_TRUE(none.value().empty());
    EXPECT_EQ(kind(decode_samples("{}", "")), FailureKind::malformed);
    EXPECT_EQ(kind(decode_samples(stats_of(R"("x":[])"), "")), FailureKind::malformed);
    EXPECT_EQ(kind(decode_samples(stats_of(R"("99999999":[])"), "")), FailureKind::malformed);
    EXPECT_EQ(kind(decode_samples(stats_of(R"("0":{})"), "")), FailureKind::malformed);
    EXPECT_EQ(kind(decode_samples(stats_of(R"("0":[1])"), "")), FailureKind::malformed);
    const std::string whole = answer("9.2.0/stats_many");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_EQ(kind(decode_samples(whole.substr(0, length), "")), FailureKind::malformed);
    }
}

TEST(StateDecoder, ReadsWhatABroadcastReached) {
    for (const std::string& version : versions) {
        // One shard, one replica that no node has.
        const auto reached = decode_reached_copies(answer(version + "/refresh"), "refresh", "here");
        ASSERT_TRUE(reached.ok());
        EXPECT_EQ(reached.value().total, 2);
        EXPECT_EQ(reached.value().successful, 1);
        EXPECT_EQ(reached.value().failed, 0);
    }
    EXPECT_EQ(kind(decode_reached_copies("{}", "refresh", "")), FailureKind::malformed);
    EXPECT_EQ(kind(decode_reached_copies(R"({"_shards":{"total":1}})", "refresh", "")),
              FailureKind::malformed);
}

TEST(StateDecoder, ReadsTheIdOfARealView) {
    for (const std::string& version : versions) {
        const auto view = decode_view(answer(version + "/view"), "here");
        ASSERT_TRUE(view.ok());
        EXPECT_GT(view.value().value().size(), 100U);
    }
    EXPECT_EQ(
        kind(decode_view(R"({"id":"x","_shards":{"total":0,"successful":0,"failed":0}})", "")),
        FailureKind::unavailable);
    EXPECT_EQ(
        kind(decode_view(R"({"id":"x","_shards":{"total":2,"successful":1,"failed":0}})", "")),
        FailureKind::unavailable);
    EXPECT_EQ(kind(decode_view(R"({"id":1})", "")), FailureKind::malformed);
    EXPECT_EQ(kind(decode_view("{}", "")), FailureKind::malformed);
}

}  // namespace
}  // namespace followd::es
