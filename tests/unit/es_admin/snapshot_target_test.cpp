#include "es/snapshot_target.hpp"

#include "es/restore_plan.hpp"
#include "support/fake_http_client.hpp"
#include "support/run.hpp"
#include "unit/es_admin/generation_index.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace followd::es {
namespace {

using http::Method;
using test::half_restored_json;
using testing::ElementsAre;

constexpr const char* name = "orders.20261130t090000z";

class SnapshotTargetTest : public testing::Test {
protected:
    static engine::FollowerRequest request() {
        engine::FollowerRequest request;
        request.rule.leader = ClusterName{"berlin"};
        request.follower_index = IndexName{name};
        request.leader.index.name = IndexName{"orders"};
        request.leader.index.uuid = IndexUuid{"u-1"};
        request.leader.index.shards = 1;
        request.leader.settings = R"({"index.number_of_replicas":"2"})";
        request.leader.aliases = R"({"live":{"is_write_index":true},"all":{}})";
        return request;
    }
    static core::Turn turn() {
        const OriginRow row{IndexUuid{"u-1"}, 1};
        return {{OriginSegment{{}, {row}, true}, OriginSegment{{SeqNo{5}}, {row}}}, 1};
    }
    void there_is(Json json) {
        json["mappings"]["_meta"]["team"] = "a";
        client.answer(Method::get, path + "?flat_settings=true", 200, Json{{name, json}}.dump());
    }
    Result<void> mark(const engine::FollowerRequest& of) {
        return test::run(context, target.mark_restored(of, turn(), {HistoryUuid{"h-0"}}));
    }
    /// Of the request to write the mark.
    [[nodiscard]] FollowMark written() const {
        for (const http::Request& sent : client.requests()) {
            if (sent.target.starts_with(path + "/_mapping")) {
                const Json body = Json::parse(sent.body);
                EXPECT_EQ(body["_meta"]["team"], "a");
                return **read_mark(body);
            }
        }
        ADD_FAILURE() << "no mark was written";
        return {};
    }

    const std::string path = "/" + std::string(name);
    const std::string acknowledged = R"({"acknowledged":true})";
    boost::asio::io_context context;
    test::FakeHttpClient client;
    RestSnapshotTarget target{client, ClusterName{"paris"}};
};

// --- the mark ------------------------------------------------------------------------------------

// Its restore is ended when it is adopted, which lets writes in, too.
TEST_F(SnapshotTargetTest, AFollowerIsMarkedBehindItsFence) {
    there_is(half_restored_json("s-1", "f-1"));
    client.answer_always(Method::post, "/_aliases", 200, acknowledged);
    client.answer_always(Method::put, path, 200, acknowledged);
    ASSERT_TRUE(mark(request()).ok());
    EXPECT_THAT(client.calls(),
                ElementsAre("GET " + path, "POST /_aliases", "PUT " + path + "/_mapping"));
    EXPECT_EQ(written().histories, std::vector<HistoryUuid>{HistoryUuid{"h-0"}});
    EXPECT_EQ(written().origins, turn().origins);
    EXPECT_FALSE(written().recovery);
}

TEST_F(SnapshotTargetTest, AGenerationIsMarkedAndThenNoLongerBeingMadeButStaysBlocked) {
    engine::FollowerRequest of = request();
    of.recovery = RecoveryPoint{"s-1", test::moment_of(1), std::chrono::seconds{2}};
    there_is(half_restored_json("s-1", "f-1"));
    client.answer_always(Method::put, path, 200, acknowledged);
    ASSERT_TRUE(mark(of).ok());
    EXPECT_THAT(
        client.calls(),
        ElementsAre("GET " + path, "PUT " + path + "/_mapping", "PUT " + path + "/_settings"));
    EXPECT_EQ(Json::parse(client.requests().back().body),
              (Json{{std::string(restore_tag), nullptr}}));
    EXPECT_EQ(written().recovery, of.recovery);
    EXPECT_THAT(written().aliases, ElementsAre("all", "live"));
    EXPECT_THAT(written().held_back.write_aliases, ElementsAre("live"));
}

// Without its mark nobody would find what no longer says that it is being made.
TEST_F(SnapshotTargetTest, WhatIsNotMarkedSaysOnThatItIsBeingMade) {
    engine::FollowerRequest of = request();
    of.recovery = RecoveryPoint{"s-1", test::moment_of(1), {}};
    there_is(half_restored_json("s-1", "f-1"));
    client.lose(Method::put, path + "/_mapping");
    EXPECT_EQ(mark(of).failure().kind, FailureKind::timeout);
    EXPECT_EQ(client.requests().size(), 2U);
}

TEST_F(SnapshotTargetTest, ALeadersMarkThatCameWithTheSnapshotIsReplaced) {
    FollowMark leaders = test::generation_mark(0);
    leaders.leader_uuid = IndexUuid{"of the leader's leader"};
    leaders.origins.clear();
    engine::FollowerRequest of = request();
    of.recovery = RecoveryPoint{"s-1", test::moment_of(1), {}};
    there_is(half_restored_json("s-1", "f-1", &leaders));
    client.answer_always(Method::put, path, 200, acknowledged);
    ASSERT_TRUE(mark(of).ok());
    EXPECT_EQ(written().leader_uuid, IndexUuid{"u-1"});
}

// --- what was restored ---------------------------------------------------------------------------

class RestoredTest : public SnapshotTargetTest {
protected:
    Result<engine::RestoredIndex> read(const std::string& version) {
        client.answer(
            Method::get, path + "/_stats", 200, R"({"_shards":{"total":1,"successful":1,"failed":0},
            "indices":{")" + std::string(name) + R"(":{"uuid":"f-1","shards":{"0":[{
            "routing":{"state":"STARTED","primary":true,"node":"n"},
            "commit":{"user_data":{"history_uuid":"h"}},
            "seq_no":{"max_seq_no":7,"global_checkpoint":7},
            "indexing":{"delete_total":0},"docs":{"count":8},"store":{"size_in_bytes":1}}]}}}})");
        client.answer(Method::get, "/_nodes", 404, R"({})");
        client.answer(Method::get,
                      "/_cluster/state/metadata",
                      200,
                      R"({"metadata":{"indices":{")" + std::string(name) +
                          R"(":{"primary_terms":{"0":3}}}}})");
        client.answer(Method::get, "/", 200, R"({"cluster_uuid":"c","version":{)" + version + "}}");
        client.answer(Method::post,
                      path + "/_search",
                      200,
                      R"({"timed_out":false,"_shards":{"failed":0},
                          "aggregations":{"highest":{"value":9.0}}})");
        return test::run(context, target.read_restored(IndexName{name}));
    }
};

TEST_F(RestoredTest, IsToldWithItsHighestVersion) {
    const auto restored = read(R"("number":"9.2.0")");
    ASSERT_TRUE(restored.ok()) << restored.failure().what;
    EXPECT_EQ(restored->version_highest, 9);
    EXPECT_THAT(restored->points, ElementsAre(SeqNo{7}));
    ASSERT_EQ(restored->shards.size(), 1U);
    EXPECT_EQ(restored->shards[0].uuid, IndexUuid{"f-1"});
    EXPECT_EQ(client.unused(), 0U);
}

TEST_F(RestoredTest, IsToldWithoutWhereItsClusterCannotAggregateVersions) {
    const auto restored = read(R"("number":"2.19.1","distribution":"opensearch")");
    ASSERT_TRUE(restored.ok()) << restored.failure().what;
    EXPECT_EQ(restored->version_highest, std::nullopt);
    EXPECT_THAT(restored->points, ElementsAre(SeqNo{7}));
    EXPECT_EQ(client.unused(), 1U);  // the search
}

// --- what is thrown away -------------------------------------------------------------------------

TEST_F(SnapshotTargetTest, DiscardsOnlyWhatIsHalfRestoredFromThatSnapshot) {
    const FollowMark own = test::generation_mark(1);
    struct Case {
        Json json;
        bool is_deleted;
    };
    const Case cases[] = {{half_restored_json("s-1", "f-1"), true},
                          {half_restored_json("s-2", "f-1"), false},
                          {half_restored_json("s-1", "f-1", &own), false},
                          {test::generation_json(&own, "f-1"), false}};
    for (const Case& one : cases) {
        const std::size_t before = client.requests().size();
        there_is(one.json);
        client.answer(Method::del, path, 200, acknowledged);
        ASSERT_TRUE(test::run(context, target.discard(IndexName{name}, "s-1")).ok());
        EXPECT_EQ(client.requests().size() - before, one.is_deleted ? 2U : 1U) << one.json;
    }
}

}  // namespace
}  // namespace followd::es
