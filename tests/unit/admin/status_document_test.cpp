#include "admin/status_document.hpp"

#include "admin/status_view.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace followd::admin {
namespace {

using Json = nlohmann::json;

// 2024-05-01T03:00:00Z
const std::chrono::system_clock::time_point wall{std::chrono::seconds{1'714'532'400}};
const Instant now{std::chrono::seconds{500}};

core::ShardStatus tailing_shard() {
    core::ShardStatus shard;
    shard.phase = core::ShardPhase::tail;
    shard.leader_checkpoint = SeqNo{120};
    shard.checkpoint = SeqNo{100};
    shard.lag = std::chrono::milliseconds{1250};
    shard.operations_written = 101;
    shard.deletes_written = 3;
    shard.docs_total = 90;
    shard.docs_copied = 90;
    return shard;
}

engine::FollowerStatus follower_with(std::vector<core::ShardStatus> shards) {
    engine::FollowerStatus follower;
    follower.rule = RuleName{"logs"};
    follower.leader = ClusterName{"beijing"};
    follower.follower = ClusterName{"shanghai"};
    follower.leader_index = IndexName{"logs-a"};
    follower.follower_index = IndexName{"copy-a"};
    follower.phase = engine::IndexPhase::following;
    follower.shards = std::move(shards);
    return follower;
}

Json document_of(engine::FollowerStatus follower) {
    StatusReport report;
    report.now = now;
    report.followers.push_back(std::move(follower));
    return Json::parse(status_document(report, wall));
}

TEST(StatusDocument, HasTheFieldsOfTheContract) {
    const Json document = document_of(follower_with({tailing_shard(), tailing_shard()}));
    EXPECT_EQ(document.at("schema"), 1);
    EXPECT_EQ(document.at("version"), FOLLOWD_VERSION);
    EXPECT_EQ(document.at("clusters"), Json::array());
    const Json shard = Json::parse(R"({"shard":0,"phase":"tail","leader_checkpoint":120,
        "checkpoint":100,"swept_through":-1,"proof":null,"lag_ops":20,"lag_seconds":1.25,"last_error":null})");
    Json other = shard;
    other["shard"] = 1;
    EXPECT_EQ(document.at("followers").at(0),
              Json({{"rule", "logs"},
                    {"leader", "beijing"},
                    {"follower", "shanghai"},
                    {"leader_index", "logs-a"},
                    {"follower_index", "copy-a"},
                    {"phase", "following"},
                    {"shards", {shard, other}},
                    {"operations_written", 202},
                    {"deletes_written", 6},
                    {"docs_total", 180},
                    {"docs_copied", 180},
                    {"bootstrap", nullptr},
                    {"recovery", nullptr},
                    {"metadata",
                     {{"mapping_version", nullptr},
                      {"settings_version", nullptr},
                      {"aliases_version", nullptr},
                      {"last_change", nullptr}}},
                    {"warnings", Json::array()},
                    {"last_error", nullptr}}));
}

TEST(StatusDocument, SaysNullForUnknownAndMinusOneForNoneYet) {
    const Json document = document_of(follower_with({core::ShardStatus{}}));
    const Json& shard = document.at("followers").at(0).at("shards").at(0);
    EXPECT_EQ(shard.at("phase"), "bootstrap");
    EXPECT_TRUE(shard.at("leader_checkpoint").is_null());
    EXPECT_EQ(shard.at("checkpoint"), -1);
    EXPECT_TRUE(shard.at("lag_ops").is_null());
    EXPECT_TRUE(shard.at("lag_seconds").is_null());
    EXPECT_TRUE(document.at("followers").at(0).at("docs_total").is_null());
}

TEST(StatusDocument, TellsHowFarASnapshotIs) {
    engine::FollowerStatus follower = follower_with({});
    follower.bootstrap = engine::BootstrapStatus{engine::BootstrapStep::restore, {10, 40, 1, 4}};
    EXPECT_EQ(document_of(follower).at("followers").at(0).at("bootstrap"),
              Json({{"step", "restore"},
                    {"bytes", 10},
                    {"bytes_total", 40},
                    {"files", 1},
                    {"files_total", 4}}));
}

TEST(StatusDocument, TellsWhatCanBeRecoveredAndHowOldThatIs) {
    engine::FollowerStatus follower = follower_with({});
    const WallTime three{std::chrono::seconds{1'714'532'400}};
    follower.recovery.emplace();
    EXPECT_EQ(document_of(follower).at("followers").at(0).at("recovery"),
              Json({{"index", nullptr},
                    {"as_of", nullptr},
                    {"age_seconds", nullptr},
                    {"restore_seconds", nullptr},
                    {"next_run", nullptr}}));
    follower.recovery =
        engine::RecoveryStatus{IndexName{"copy-a.20240501t030000z"},
                               RecoveryPoint{"s", three, std::chrono::milliseconds{42'500}},
                               std::chrono::seconds{725},
                               three + std::chrono::hours{1}};
    EXPECT_EQ(document_of(follower).at("followers").at(0).at("recovery"),
              Json({{"index", "copy-a.20240501t030000z"},
                    {"as_of", "2024-05-01T03:00:00Z"},
                    {"age_seconds", 725.0},
                    {"restore_seconds", 42.5},
                    {"next_run", "2024-05-01T04:00:00Z"}}));
    // And read back.
    StatusReport report;
    report.followers = {follower, follower_with({})};
    const Result<StatusView> view = read_status(status_document(report, wall));
    ASSERT_TRUE(view.ok());
    const RecoveryView& recovery = view->followers.at(0).recovery.value();
    EXPECT_EQ(recovery.index, "copy-a.20240501t030000z");
    EXPECT_EQ(recovery.as_of, "2024-05-01T03:00:00Z");
    EXPECT_EQ(recovery.age_seconds, 725.0);
    EXPECT_EQ(recovery.restore_seconds, 42.5);
    EXPECT_EQ(recovery.next_run, "2024-05-01T04:00:00Z");
    EXPECT_FALSE(view->followers.at(1).recovery);
}

TEST(StatusDocument, KnowsNoTotalUntilEveryShardHasCounted) {
    const Json document = document_of(follower_with({tailing_shard(), core::ShardStatus{}}));
    EXPECT_TRUE(document.at("followers").at(0).at("docs_total").is_null());
    EXPECT_EQ(document.at("followers").at(0).at("docs_copied"), 90);
}

TEST(StatusDocument, TellsARefusedIndexWithoutAFollower) {
    engine::FollowerStatus refused = follower_with({});
    refused.follower_index.reset();
    refused.phase = engine::IndexPhase::refused;
    refused.last_error = core::ShardError{Failure{FailureKind::conflict, "not ours", "logs-a"},
                                          now - std::chrono::milliseconds{90'500}};
    const Json row = document_of(std::move(refused)).at("followers").at(0);
    EXPECT_TRUE(row.at("follower_index").is_null());
    EXPECT_EQ(row.at("shards"), Json::array());
    EXPECT_EQ(row.at("last_error"),
              Json({{"kind", "conflict"},
                    {"what", "not ours"},
                    {"where", "logs-a"},
                    {"since", "2024-05-01T02:58:29.500Z"}}));
}

TEST(StatusDocument, TellsWhatWasCopiedOfTheDefinition) {
    engine::FollowerStatus follower = follower_with({});
    follower.metadata.copied = {4, 3, std::nullopt};
    follower.metadata.last_change = engine::MetadataStatus::Change{
        now - std::chrono::seconds{5}, "setting index.max_ngram_diff = 7"};
    EXPECT_EQ(document_of(std::move(follower)).at("followers").at(0).at("metadata"),
              Json({{"mapping_version", 4},
                    {"settings_version", 3},
                    {"aliases_version", nullptr},
                    {"last_change",
                     {{"at", "2024-05-01T02:59:55.000Z"},
                      {"what", "setting index.max_ngram_diff = 7"}}}}));
}

TEST(StatusDocument, SurvivesBrokenText) {
    engine::FollowerStatus follower = follower_with({});
    follower.warnings = {"broken \xff text"};
    StatusReport report;
    report.followers.push_back(std::move(follower));
    EXPECT_TRUE(Json::accept(status_document(report, wall)));
}

TEST(StatusDocument, TellsWhyAClusterCannotBeRead) {
    StatusReport report;
    report.clusters.push_back(engine::ClusterStatus{
        ClusterName{"beijing"}, Failure{FailureKind::unreachable, "refused", "https://x"}});
    const Json document = Json::parse(status_document(report, wall));
    EXPECT_EQ(document.at("clusters").at(0).at("name"), "beijing");
    EXPECT_EQ(document.at("clusters").at(0).at("last_error").at("kind"), "unreachable");
}

TEST(StatusView, ReadsWhatTheDaemonWrites) {
    core::ShardStatus halted = tailing_shard();
    halted.phase = core::ShardPhase::halted;
    halted.last_error = core::ShardError{Failure{FailureKind::refused, "why", "where"}, now};
    StatusReport report;
    report.now = now;
    report.clusters.push_back(engine::ClusterStatus{ClusterName{"beijing"}, std::nullopt});
    report.followers.push_back(follower_with({core::ShardStatus{}, halted}));
    const Result<StatusView> view = read_status(status_document(report, wall));
    ASSERT_TRUE(view.ok());
    ASSERT_EQ(view->followers.size(), 1U);
    const FollowerView& follower = view->followers[0];
    EXPECT_EQ(follower.follower_index, "copy-a");
    ASSERT_EQ(follower.shards.size(), 2U);
    EXPECT_FALSE(follower.shards[0].lag_ops);
    EXPECT_EQ(follower.shards[1].lag_ops, 20);
    ASSERT_TRUE(follower.shards[1].last_error);
    EXPECT_EQ(follower.shards[1].last_error->since, "2024-05-01T03:00:00.000Z");
}

TEST(StatusView, RefusesWhatItDoesNotKnow) {
    EXPECT_EQ(read_status("{").failure().kind, FailureKind::malformed);
    EXPECT_EQ(read_status("[]").failure().kind, FailureKind::malformed);
    EXPECT_EQ(read_status(R"({"schema":1})").failure().kind, FailureKind::malformed);
    EXPECT_EQ(read_status(R"({"schema":"x"})").failure().kind, FailureKind::malformed);
    EXPECT_EQ(
        read_status(R"({"schema":2,"version":"9","clusters":[],"followers":[]})").failure().kind,
        FailureKind::refused);
}

}  // namespace
}  // namespace followd::admin
