#include "es/snapshot_answers.hpp"

#include <gtest/gtest.h>

/// Answers as real servers gave them, cut to what is read.

namespace followd::es {
namespace {

using engine::SnapshotState;
using engine::TransferProgress;

TEST(SnapshotAnswers, TheStateOfOneSnapshot) {
    const auto state = [](const char* name) {
        const Json answer{{"snapshots", {{{"snapshot", "s"}, {"state", name}}}}};
        const auto progress = read_snapshot_state(answer);
        return progress ? std::optional{progress->state} : std::nullopt;
    };
    EXPECT_EQ(state("IN_PROGRESS"), SnapshotState::in_progress);
    EXPECT_EQ(state("SUCCESS"), SnapshotState::success);
    EXPECT_EQ(state("PARTIAL"), SnapshotState::partial);
    EXPECT_EQ(state("FAILED"), SnapshotState::failed);
    EXPECT_EQ(state("LATER_VERSION"), std::nullopt);
    EXPECT_FALSE(read_snapshot_state(Json::parse(R"({"snapshots":[]})")));
    EXPECT_FALSE(read_snapshot_state(Json::parse(R"({"snapshots":{}})")));
}

TEST(SnapshotAnswers, SomeVersionsAnswerForSeveralRepositories) {
    const Json answer = Json::parse(
        R"({"responses":[{"repository":"r","snapshots":[{"snapshot":"s","state":"SUCCESS"}]}]})");
    ASSERT_TRUE(read_snapshot_state(answer));
    EXPECT_EQ(read_snapshot_names(answer), std::vector<std::string>{"s"});
}

TEST(SnapshotAnswers, WhyAPartialOneIsPartial) {
    const Json answer = Json::parse(R"({"snapshots":[{"snapshot":"s","state":"PARTIAL","failures":[
        {"index":"logs","shard_id":1,"reason":"node shutdown"},{"index":"x","reason":"y"}]}]})");
    EXPECT_EQ(read_snapshot_state(answer)->reason, "index logs: node shutdown (and 1 more)");
}

TEST(SnapshotAnswers, BytesOfASnapshotUnderWay) {
    const Json answer = Json::parse(R"({"snapshots":[{"state":"STARTED","stats":{
        "incremental":{"file_count":14,"size_in_bytes":69065},
        "processed":{"file_count":3,"size_in_bytes":1000},
        "total":{"file_count":20,"size_in_bytes":90000}}}]})");
    EXPECT_EQ(read_snapshot_transfer(answer), (TransferProgress{1000, 69065, 3, 14}));
    EXPECT_EQ(read_snapshot_transfer(Json::parse(R"({"snapshots":[]})")), TransferProgress{});
}

TEST(SnapshotAnswers, BytesOfARestoreAreThePrimaries) {
    const Json answer = Json::parse(R"({"logs":{"shards":[
        {"id":0,"type":"SNAPSHOT","stage":"DONE","primary":true,"index":{
            "size":{"total_in_bytes":36712,"recovered_in_bytes":36712},
            "files":{"total":7,"recovered":7}}},
        {"id":1,"type":"SNAPSHOT","stage":"INDEX","primary":true,"index":{
            "size":{"total_in_bytes":33134,"recovered_in_bytes":10},
            "files":{"total":7,"recovered":1}}},
        {"id":0,"type":"PEER","stage":"INDEX","primary":false,"index":{
            "size":{"total_in_bytes":5,"recovered_in_bytes":5},
            "files":{"total":1,"recovered":1}}}]}})");
    EXPECT_EQ(read_restore_transfer(answer), (TransferProgress{36722, 69846, 8, 14}));
    EXPECT_EQ(read_restore_transfer(Json::object()), TransferProgress{});
}

TEST(SnapshotAnswers, AnObstacleIsOnlyWhatWaitingDoesNotCure) {
    Json answer = Json::parse(R"({"can_allocate":"throttled","node_allocation_decisions":[
        {"deciders":[{"decider":"throttling","decision":"THROTTLE","explanation":"busy"},
                     {"decider":"disk_threshold","decision":"NO",
                      "explanation":"the node is above the low watermark"}]}]})");
    EXPECT_EQ(read_obstacle(answer), "");
    answer["can_allocate"] = "no";
    EXPECT_EQ(read_obstacle(answer), "the node is above the low watermark");
    EXPECT_FALSE(has_restore_failed(answer));
    answer["node_allocation_decisions"] = Json::array();
    answer["allocate_explanation"] = "no node";
    EXPECT_EQ(read_obstacle(answer), "no node");
}

TEST(SnapshotAnswers, ThatARestoreFailedIsSaidOnlyWhereNothingElseIs) {
    Json answer = Json::parse(R"({"can_allocate":"no","node_allocation_decisions":[
        {"deciders":[{"decider":"restore_in_progress","decision":"NO",
                      "explanation":"Restore from snapshot failed because of constraints"},
                     {"decider":"disk_threshold","decision":"NO",
                      "explanation":"the node is above the low watermark"}]}]})");
    EXPECT_EQ(read_obstacle(answer), "the node is above the low watermark");
    EXPECT_TRUE(has_restore_failed(answer));
    answer["node_allocation_decisions"][0]["deciders"].erase(1);
    EXPECT_EQ(read_obstacle(answer), "Restore from snapshot failed because of constraints");
}

}  // namespace
}  // namespace followd::es
