#include "cli/verify_report.hpp"

#include "cli/exit_code.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace followd::cli {
namespace {

using core::VerifyVerdict;
using Json = nlohmann::json;

engine::ShardVerdict shard(int number, VerifyVerdict verdict) {
    engine::ShardVerdict shard;
    shard.shard = number;
    shard.verdict = verdict;
    shard.through = SeqNo{99};
    shard.leader_documents = 1000;
    shard.follower_documents = 1000;
    return shard;
}

IndexVerdict index(std::vector<engine::ShardVerdict> shards) {
    IndexVerdict index;
    index.claim.rule = RuleName{"logs"};
    index.claim.leader = ClusterName{"beijing"};
    index.claim.leader_index = IndexName{"logs-a"};
    index.claim.follower = ClusterName{"shanghai"};
    index.claim.follower_index = IndexName{"copy-a"};
    index.shards = std::move(shards);
    return index;
}

IndexVerdict differing_index() {
    engine::ShardVerdict differing = shard(1, VerifyVerdict::differs);
    differing.missing = 2;
    differing.surplus = 1;
    differing.examples = {
        {engine::DiscrepancyKind::missing, "\"a\\nb\"", SeqNo{17}},
        {engine::DiscrepancyKind::extra, "\"c\"", SeqNo{18}},
    };
    return index({shard(0, VerifyVerdict::equal), differing});
}

IndexVerdict failed_index(FailureKind kind) {
    IndexVerdict failed = index({});
    failed.failure = Failure{kind, "why", "where"};
    return failed;
}

TEST(VerifyReport, TakesTheWorstShard) {
    const auto equal = shard(0, VerifyVerdict::equal);
    const auto moving = shard(1, VerifyVerdict::moving);
    const auto differs = shard(2, VerifyVerdict::differs);
    EXPECT_EQ(exit_code_of(index({equal})), exit_done);
    EXPECT_EQ(exit_code_of(index({equal, moving})), exit_unknown);
    EXPECT_EQ(exit_code_of(index({differs, moving, equal})), exit_no);
    auto forbidden = moving;
    forbidden.failure = Failure{FailureKind::unauthorised, "", ""};
    EXPECT_EQ(exit_code_of(index({equal, forbidden})), exit_privileges);
}

TEST(VerifyReport, TakesAnAbsentFollowerForDifferent) {
    EXPECT_EQ(exit_code_of(failed_index(FailureKind::not_found)), exit_no);
    EXPECT_EQ(exit_code_of(failed_index(FailureKind::conflict)), exit_no);
    EXPECT_EQ(exit_code_of(failed_index(FailureKind::unreachable)), exit_unknown);
    EXPECT_EQ(exit_code_of(failed_index(FailureKind::refused)), exit_unknown);
    EXPECT_EQ(exit_code_of(failed_index(FailureKind::throttled)), exit_unknown);
    EXPECT_EQ(exit_code_of(failed_index(FailureKind::unauthorised)), exit_privileges);
}

TEST(VerifyReport, TakesTheWorstIndex) {
    const std::vector<IndexVerdict> indices{index({shard(0, VerifyVerdict::equal)}),
                                            failed_index(FailureKind::timeout),
                                            differing_index()};
    EXPECT_EQ(exit_code_of(indices), exit_no);
}

TEST(VerifyReport, SaysEqualInOneLine) {
    IndexVerdict equal = index({shard(0, VerifyVerdict::equal), shard(1, VerifyVerdict::equal)});
    EXPECT_EQ(verify_text({equal}, Terminal{}),
              "beijing/logs-a -> shanghai/copy-a: equal (2,000 documents)\n");
    equal.deep = true;
    equal.shards[0].contents_compared = 990;
    EXPECT_EQ(verify_text({equal}, Terminal{}),
              "beijing/logs-a -> shanghai/copy-a: equal (2,000 documents, 990 compared byte for "
              "byte)\n");
}

TEST(VerifyReport, NamesWhatDiffers) {
    EXPECT_EQ(verify_text({differing_index()}, Terminal{}),
              "beijing/logs-a -> shanghai/copy-a: DIFFERS: 2 on the leader only, 1 on the follower "
              "only\n"
              "    shard 1  \"a\\nb\"  missing on the follower (operation 17)\n"
              "    shard 1  \"c\"  extra on the follower (operation 18)\n");
}

TEST(VerifyReport, SaysHowFarAMovingFollowerIsBehind) {
    engine::ShardVerdict moving = shard(0, VerifyVerdict::moving);
    moving.missing = 1234;
    const std::string text = verify_text({index({moving})}, Terminal{});
    EXPECT_NE(text.find("could not tell\n"), std::string::npos);
    EXPECT_NE(text.find("the follower is 1,234 operations behind and still moving"),
              std::string::npos)
        << text;
}

TEST(VerifyReport, NamesAtMostTwentyDocuments) {
    engine::ShardVerdict many = shard(0, VerifyVerdict::differs);
    for (int number = 0; number < 15; ++number) {
        many.examples.push_back({engine::DiscrepancyKind::extra, "\"x\"", SeqNo{number}});
    }
    const Json document = Json::parse(verify_document({index({many, many})}, exit_no));
    EXPECT_EQ(document.at("indices").at(0).at("differences").size(), 20U);
}

TEST(VerifyReport, DoesNotCallNothingEqual) {
    EXPECT_EQ(Json::parse(verify_document({}, exit_unknown)).at("result"), "unknown");
    EXPECT_EQ(Json::parse(verify_document({}, exit_privileges)).at("result"), "unknown");
}

TEST(VerifyReport, TellsProgramsTheSame) {
    const Json document = Json::parse(verify_document({differing_index()}, exit_no));
    EXPECT_EQ(document.at("result"), "differs");
    const Json& row = document.at("indices").at(0);
    EXPECT_EQ(row.at("leader_index"), "logs-a");
    EXPECT_EQ(row.at("result"), "differs");
    EXPECT_EQ(row.at("shards").at(0).at("result"), "equal");
    EXPECT_EQ(row.at("shards").at(1).at("only_on_leader"), 2);
    EXPECT_EQ(row.at("differences").at(0),
              Json({{"shard", 1},
                    {"id", "a\nb"},
                    {"what", "missing"},
                    {"seq_no", 17},
                    {"space", nullptr},
                    {"version", nullptr}}));
}

TEST(VerifyReport, SaysWhichOperationAPersonCanFind) {
    engine::ShardVerdict differing = shard(0, VerifyVerdict::differs);
    differing.examples = {
        {engine::DiscrepancyKind::missing, "\"a\"", SeqNo{5}, IndexUuid{"f"}, std::nullopt},
        {engine::DiscrepancyKind::missing, "\"b\"", SeqNo{6}, IndexUuid{"other"}, std::nullopt},
        {engine::DiscrepancyKind::extra, "\"c\"", SeqNo::none(), {}, Version{9}},
    };
    IndexVerdict verdict = index({differing});
    verdict.follower_uuid = IndexUuid{"f"};
    const std::string text = verify_text({verdict}, Terminal{});
    EXPECT_NE(text.find("(operation 5 of the follower's own, from when it led)"), text.npos);
    EXPECT_NE(text.find("(operation 6 of the index with UUID other)"), text.npos);
    EXPECT_NE(text.find("(version 9, which no operation of the leader's has)"), text.npos);
    const Json differences =
        Json::parse(verify_document({verdict}, exit_no))["indices"][0]["differences"];
    EXPECT_EQ(differences[0]["space"], "f");
    EXPECT_EQ(differences[0]["seq_no"], 5);
    EXPECT_EQ(differences[2]["seq_no"], nullptr);
    EXPECT_EQ(differences[2]["version"], 9);
}

TEST(VerifyReport, SaysWhatWasRepairedAndWhatNot) {
    IndexVerdict verdict = index({shard(0, VerifyVerdict::equal)});
    verdict.repair.emplace();
    verdict.repair->what = "repaired: 1 on the leader only";
    EXPECT_NE(verify_text({verdict}, Terminal{}).find("    repaired: 1 on the leader only\n"),
              std::string::npos);
    verdict.repair->failure = Failure{FailureKind::conflict, "it is paused", ""};
    EXPECT_NE(verify_text({verdict}, Terminal{}).find("not repaired: "), std::string::npos);
    const Json repair = Json::parse(verify_document({verdict}, exit_no))["indices"][0]["repair"];
    EXPECT_EQ(repair["failure"]["what"], "it is paused");
}

}  // namespace
}  // namespace followd::cli
