#include "follower_fixture.hpp"

#include <gmock/gmock.h>

namespace followd::es {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Prepare = FollowerFixture;
using SyncMapping = FollowerFixture;
using FinishLoading = FollowerFixture;

TEST_F(Prepare, CreatesBehindATemplateGuard) {
    no_stale_guards();
    no_index();
    guard_works();
    client.answer(http::Method::put, "/copy?", 200, acknowledged);
    index(index_answer(mark()));
    ready();
    const auto made = test::run(context, cluster.prepare(request()));
    ASSERT_TRUE(made.ok()) << to_string(made.failure());
    EXPECT_TRUE(made->created);
    EXPECT_EQ(made->uuid, IndexUuid{"f-1"});
    EXPECT_EQ(made->fence_alias, ".followd-E1-copy");
    EXPECT_EQ(made->max_result_window, 10000);
    EXPECT_EQ(made->generation, 0);
    EXPECT_THAT(made->histories, IsEmpty());
    EXPECT_THAT(made->warnings, IsEmpty());
    EXPECT_THAT(client.calls(),
                ElementsAre("GET /_index_template/followd-guard-*",
                            "GET /copy",
                            "PUT /_index_template/followd-guard-copy",
                            "PUT /copy",
                            "DELETE /_index_template/followd-guard-copy",
                            "GET /copy",
                            "GET /_cluster/state/metadata/copy",
                            "GET /_cluster/health/copy"));
    const Json body = body_of(http::Method::put, "/copy?");
    EXPECT_EQ(body["aliases"][".followd-E1-copy"]["is_hidden"], true);
    EXPECT_EQ(body["mappings"]["_meta"]["followd"]["leader_uuid"], "u-1");
    const Json guard = body_of(http::Method::put, "/_index_template/");
    EXPECT_EQ(guard["index_patterns"], Json::array({"copy"}));
    EXPECT_EQ(guard["priority"], 2147483647);
}

TEST_F(Prepare, RemovesTheGuardWhenTheCreationIsRefused) {
    no_stale_guards();
    no_index();
    guard_works();
    client.answer(
        http::Method::put,
        "/copy?",
        400,
        R"({"error":{"type":"illegal_argument_exception","reason":"unknown setting [index.x]"}})");
    const auto made = test::run(context, cluster.prepare(request()));
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.failure().kind, FailureKind::refused);
    EXPECT_THAT(made.failure().what, HasSubstr("index.x"));
    EXPECT_THAT(made.failure().where, HasSubstr("index copy"));
    EXPECT_EQ(count("DELETE /_index_template/followd-guard-copy"), 1U);
}

TEST_F(Prepare, RemovesTheGuardWhenAnAnswerIsLost) {
    no_stale_guards();
    no_index();
    guard_works();
    client.lose(http::Method::put, "/copy?");
    EXPECT_FALSE(test::run(context, cluster.prepare(request())).ok());
    EXPECT_EQ(count("DELETE /_index_template/followd-guard-copy"), 1U);
}

TEST_F(Prepare, RemovesAGuardWhoseOwnAnswerWasLost) {
    no_stale_guards();
    no_index();
    client.lose(http::Method::put, "/_index_template/followd-guard-copy");
    client.answer(http::Method::del, "/_index_template/followd-guard-copy", 404, "{}");
    const auto made = test::run(context, cluster.prepare(request()));
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.failure().kind, FailureKind::timeout);
    EXPECT_EQ(count("DELETE /_index_template/followd-guard-copy"), 1U);
    EXPECT_EQ(count("PUT /copy"), 0U);
}

TEST_F(Prepare, RemovesStaleGuardsThatBearOurMark) {
    client.answer(http::Method::get,
                  "/_index_template/followd-guard-*",
                  200,
                  R"({"index_templates":[
                    {"name":"followd-guard-old","index_template":{"_meta":{"followd":{"guard":true}}}},
                    {"name":"followd-guard-theirs","index_template":{"index_patterns":["x"]}}]})");
    client.answer(http::Method::del, "/_index_template/followd-guard-old", 200, acknowledged);
    index(index_answer(mark()));
    ready();
    ASSERT_TRUE(test::run(context, cluster.prepare(request())).ok());
    EXPECT_EQ(count("DELETE /_index_template/followd-guard-old"), 1U);
    EXPECT_EQ(count("DELETE /_index_template/followd-guard-theirs"), 0U);
    // Once: the next index costs no such request.
    index(index_answer(mark()));
    ASSERT_TRUE(test::run(context, cluster.prepare(request())).ok());
    EXPECT_EQ(count("GET /_index_template/followd-guard-*"), 1U);
}

TEST_F(Prepare, LooksForStaleGuardsAgainAfterARemovalFailed) {
    no_stale_guards();
    no_index();
    client.answer(http::Method::put, "/_index_template/followd-guard-copy", 200, acknowledged);
    client.lose(http::Method::del, "/_index_template/followd-guard-copy");
    client.answer(http::Method::put, "/copy?", 200, acknowledged);
    index(index_answer(mark()));
    ready();
    const auto made = test::run(context, cluster.prepare(request()));
    ASSERT_TRUE(made.ok());
    EXPECT_THAT(made->warnings, ElementsAre(HasSubstr("followd-guard-copy")));
    no_stale_guards();
    index(index_answer(mark()));
    ASSERT_TRUE(test::run(context, cluster.prepare(request())).ok());
    EXPECT_EQ(count("GET /_index_template/followd-guard-*"), 2U);
}

TEST_F(Prepare, GoesOnWithNullsWhereTheGuardIsNotPermitted) {
    no_stale_guards();
    no_index();
    client.answer(http::Method::put,
                  "/_index_template/followd-guard-copy",
                  403,
                  R"({"error":{"type":"security_exception","reason":"unauthorized"}})");
    client.answer(http::Method::put, "/copy?", 200, acknowledged);
    index(index_answer(mark()));
    ready();
    const auto made = test::run(context, cluster.prepare(request()));
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(made->warnings.size(), 1U);
    EXPECT_TRUE(body_of(http::Method::put, "/copy?")["settings"]["index.final_pipeline"].is_null());
    EXPECT_TRUE(body_of(http::Method::put, "/copy?")["settings"].contains("index.final_pipeline"));
    EXPECT_EQ(count("DELETE /_index_template/followd-guard-copy"), 0U);
}

TEST_F(Prepare, TakesANewIndexAwayThatATemplateBent) {
    no_stale_guards();
    no_index();
    guard_works();
    client.answer(http::Method::put, "/copy?", 200, acknowledged);
    index(index_answer(mark(), true, "intruder"));
    client.answer(http::Method::del, "/copy", 200, acknowledged);
    const auto made = test::run(context, cluster.prepare(request()));
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.failure().kind, FailureKind::conflict);
    EXPECT_THAT(made.failure().what, HasSubstr("field intruder"));
    EXPECT_EQ(client.unused(), 0U);
}

TEST_F(Prepare, AdoptsWhatAnotherCreatedFirst) {
    no_stale_guards();
    no_index();
    guard_works();
    client.answer(http::Method::put,
                  "/copy?",
                  400,
                  R"({"error":{"type":"resource_already_exists_exception","reason":"there"}})");
    index(index_answer(mark()));
    ready();
    const auto made = test::run(context, cluster.prepare(request()));
    ASSERT_TRUE(made.ok());
    EXPECT_FALSE(made->created);
    EXPECT_EQ(count("DELETE /copy"), 0U);
}

TEST_F(Prepare, AdoptsOursWithItsGeneration) {
    no_stale_guards();
    FollowMark ours = mark();
    ours.leader_cluster = ClusterName{"renamed since"};
    ours.generation = 4;
    ours.epoch = 3;
    ours.histories = {HistoryUuid{"a"}, HistoryUuid{"b"}};
    Json there = Json::parse(index_answer(ours));
    there["copy"]["settings"]["index.max_result_window"] = "500";
    index(there.dump());
    ready();
    const auto made = test::run(context, cluster.prepare(request()));
    ASSERT_TRUE(made.ok());
    EXPECT_FALSE(made->created);
    EXPECT_EQ(made->max_result_window, 500);
    EXPECT_EQ(made->generation, 4);
    EXPECT_EQ(made->histories, ours.histories);
    EXPECT_EQ(made->fence_alias, ".followd-E3-copy");
    EXPECT_THAT(made->warnings, IsEmpty());
}

TEST_F(Prepare, AFollowerWhoseBootstrapNeverEndedIsStillLoading) {
    no_stale_guards();
    Json there = Json::parse(index_answer(mark()));
    there["copy"]["settings"]["index.refresh_interval"] = "-1";
    index(there.dump());
    ready();
    const auto made = test::run(context, cluster.prepare(request()));
    ASSERT_TRUE(made.ok());
    EXPECT_TRUE(made->is_loading);
}

TEST_F(FinishLoading, GivesTheIndexItsOwnRefreshesBack) {
    client.answer(http::Method::put, "/copy/_settings", 200, acknowledged);
    EXPECT_TRUE(test::run(context, cluster.finish_loading(IndexName{"copy"})).ok());
    EXPECT_EQ(body_of(http::Method::put, "/copy/_settings"),
              Json::parse(R"({"index.refresh_interval":null})"));
    client.answer(http::Method::put,
                  "/copy/_settings",
                  403,
                  R"({"error":{"type":"security_exception","reason":"no"}})");
    const auto refused = test::run(context, cluster.finish_loading(IndexName{"copy"}));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.failure().where, "cluster paris, index copy");
}

TEST_F(Prepare, PutsAMissingFenceBack) {
    no_stale_guards();
    index(index_answer(mark(), false));
    ready();
    no_change();
    client.answer(http::Method::post, "/_aliases", 200, acknowledged);
    no_change();
    const auto made = test::run(context, cluster.prepare(request()));
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(made->warnings.size(), 1U);
    EXPECT_EQ(body_of(http::Method::post, "/_aliases")["actions"][0]["add"]["alias"],
              ".followd-E1-copy");
}

// A promotion takes the fence away once its journal is open: whoever finds it missing looks there.
TEST_F(Prepare, PutsNoFenceBackWhileTheRoleChanges) {
    no_stale_guards();
    index(index_answer(mark(), false));
    ready();
    change_under_way();
    const auto made = test::run(context, cluster.prepare(request()));
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.failure().kind, FailureKind::conflict);
    EXPECT_THAT(made.failure().what, HasSubstr("promote"));
    EXPECT_EQ(client.unused(), 0U);
}

TEST_F(Prepare, TakesTheFenceAwayAgainWhereAPromotionBeganMeanwhile) {
    no_stale_guards();
    index(index_answer(mark(), false));
    ready();
    no_change();
    client.answer(http::Method::post, "/_aliases", 200, acknowledged);
    change_under_way();
    client.answer(http::Method::post, "/_aliases", 200, acknowledged);
    const auto made = test::run(context, cluster.prepare(request()));
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.failure().kind, FailureKind::conflict);
    const Json last = Json::parse(client.requests().back().body);
    EXPECT_EQ(last["actions"][0]["remove"]["alias"], ".followd-E1-copy");
}

TEST_F(Prepare, TellsAPromotedFollowerAsThat) {
    FollowMark promoted = mark();
    promoted.role = MarkRole::promoted;
    promoted.promotion = Promotion{{SeqNo{4}, SeqNo{7}}, {SeqNo{4}, SeqNo::none()}, "noon", "me"};
    promoted.origins = {OriginSegment{{}, {OriginRow{IndexUuid{"u-1"}, 0}}},
                        OriginSegment{{SeqNo{5}, SeqNo{8}}, {}}};
    no_stale_guards();
    index(index_answer(promoted, false));
    const auto made = test::run(context, cluster.prepare(request()));
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(made->promotion, promoted.promotion);
    EXPECT_EQ(made->origins, promoted.origins);
    for (const http::Request& sent : client.requests()) {
        EXPECT_EQ(sent.method, http::Method::get);
    }
}

TEST_F(Prepare, LeavesWhatIsNotOursUntouched) {
    FollowMark leading = mark();
    leading.role = MarkRole::leader;
    FollowMark other = mark();
    other.leader_uuid = IndexUuid{"u-2"};
    Json unmarked = Json::parse(index_answer(mark()));
    unmarked["copy"]["mappings"].erase("_meta");
    Json newer = Json::parse(index_answer(mark()));
    newer["copy"]["mappings"]["_meta"]["followd"]["schema"] = 2;
    const std::pair<std::string, const char*> cases[] = {
        {index_answer(leading, false), "is now leader"},
        {index_answer(other), "u-2"},
        {unmarked.dump(), "not made by followd"},
        {newer.dump(), "schema 2"},
        {R"({"real-000001":{"mappings":{}}})", "an alias (of real-000001)"},
        {R"({".ds-copy-000001":{"mappings":{}}})", "a data stream"},
    };
    no_stale_guards();
    for (const auto& [answer, words] : cases) {
        index(answer);
        const auto made = test::run(context, cluster.prepare(request()));
        ASSERT_FALSE(made.ok()) << words;
        EXPECT_EQ(made.failure().kind, FailureKind::conflict) << words;
        EXPECT_THAT(made.failure().what, HasSubstr(words));
    }
    for (const http::Request& sent : client.requests()) {
        EXPECT_EQ(sent.method, http::Method::get);
    }
}

TEST_F(Prepare, AnAnswerOfNoIndexDoesNotTakeItsName) {
    no_stale_guards();
    for (const char* text : {"{}", R"({"status":"ok"})", R"({"_shards":{"failed":1}})"}) {
        index(text);
        const auto made = test::run(context, cluster.prepare(request()));
        ASSERT_FALSE(made.ok()) << text;
        EXPECT_EQ(made.failure().kind, FailureKind::malformed) << text;
    }
}

TEST_F(Prepare, RefusesAnotherShardLayout) {
    no_stale_guards();
    index(index_answer(mark()));
    ready("2", "30");
    const auto made = test::run(context, cluster.prepare(request()));
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.failure().kind, FailureKind::conflict);
    EXPECT_THAT(made.failure().what, HasSubstr("routing shards"));
}

TEST_F(Prepare, WaitsForPrimaries) {
    no_stale_guards();
    index(index_answer(mark()));
    client.answer(
        http::Method::get, "/_cluster/health/copy", 408, R"({"status":"red","timed_out":true})");
    ready();
    const auto made = test::run(context, cluster.prepare(request()));
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.failure().kind, FailureKind::unavailable);
}

TEST_F(SyncMapping, PutsTheLeadersMappingAndKeepsOurMark) {
    FollowMark ours = mark();
    ours.generation = 2;
    ours.histories = {HistoryUuid{"a"}, HistoryUuid{"b"}};
    index(index_answer(ours));
    client.answer(http::Method::put, "/copy/_mapping", 200, acknowledged);
    client.answer(http::Method::get, "/.followd/_doc/f-1", 404, R"({"found":false})");
    engine::IndexDefinition leader = request().leader;
    leader.mappings =
        R"({"_meta":{"team":"b"},"properties":{"t":{"type":"text"},"n":{"type":"long"}}})";
    ASSERT_TRUE(test::run(context, cluster.sync_mapping(IndexName{"copy"}, leader)).ok());
    const Json put = body_of(http::Method::put, "/copy/_mapping");
    EXPECT_EQ(put["_meta"]["team"], "b");
    EXPECT_EQ(put["_meta"]["followd"]["generation"], 2);
    EXPECT_EQ(put["properties"]["n"]["type"], "long");
}

TEST_F(SyncMapping, CostsNothingWhereNothingChanged) {
    index(index_answer(mark()));
    const auto synced =
        test::run(context, cluster.sync_mapping(IndexName{"copy"}, request().leader));
    ASSERT_TRUE(synced.ok());
    EXPECT_THAT(client.calls(), ElementsAre("GET /copy"));
}

TEST_F(SyncMapping, AMappingThatIsNotAcknowledgedIsNotThere) {
    const std::pair<const char*, FailureKind> cases[] = {
        {R"({"acknowledged":false})", FailureKind::unavailable},
        {R"({"status":"ok"})", FailureKind::malformed},
    };
    engine::IndexDefinition leader = request().leader;
    leader.mappings = R"({"properties":{"n":{"type":"long"}}})";
    for (const auto& [text, kind] : cases) {
        index(index_answer(mark()));
        client.answer(http::Method::put, "/copy/_mapping", 200, text);
        const auto synced = test::run(context, cluster.sync_mapping(IndexName{"copy"}, leader));
        ASSERT_FALSE(synced.ok()) << text;
        EXPECT_EQ(synced.failure().kind, kind) << text;
        EXPECT_EQ(count("GET /.followd/_doc/f-1"), 0U) << text;
    }
}

TEST_F(SyncMapping, RestoresAClaimThatItOverwrote) {
    index(index_answer(mark()));
    client.answer(http::Method::put, "/copy/_mapping", 200, acknowledged);
    client.answer(
        http::Method::get,
        "/.followd/_doc/f-1",
        200,
        R"({"_seq_no":5,"_primary_term":1,"_source":{"generation":1,"histories":["x","y"]}})");
    index(index_answer(mark()));
    client.answer(http::Method::put, "/copy/_mapping", 200, acknowledged);
    engine::IndexDefinition leader = request().leader;
    leader.mappings = R"({"properties":{"n":{"type":"long"}}})";
    ASSERT_TRUE(test::run(context, cluster.sync_mapping(IndexName{"copy"}, leader)).ok());
    EXPECT_EQ(body_of(http::Method::put, "/copy/_mapping")["_meta"]["followd"]["generation"], 1);
    EXPECT_EQ(client.unused(), 0U);
}

TEST_F(SyncMapping, ARefusalNamesTheField) {
    index(index_answer(mark()));
    client.answer(
        http::Method::put,
        "/copy/_mapping",
        400,
        R"({"error":{"type":"mapper_parsing_exception","reason":"Failed to parse mapping [_doc]",
                     "caused_by":{"type":"illegal_argument_exception","reason":"mapper [n] cannot be changed"}}})");
    engine::IndexDefinition leader = request().leader;
    leader.mappings = R"({"properties":{"n":{"type":"long"}}})";
    const auto synced = test::run(context, cluster.sync_mapping(IndexName{"copy"}, leader));
    ASSERT_FALSE(synced.ok());
    EXPECT_EQ(synced.failure().kind, FailureKind::refused);
    EXPECT_THAT(synced.failure().what, HasSubstr("[n]"));
}

TEST_F(SyncMapping, NeverWritesToAPromotedIndex) {
    FollowMark promoted = mark();
    promoted.role = MarkRole::promoted;
    index(index_answer(promoted));
    const auto synced =
        test::run(context, cluster.sync_mapping(IndexName{"copy"}, request().leader));
    ASSERT_FALSE(synced.ok());
    EXPECT_EQ(synced.failure().kind, FailureKind::conflict);
    EXPECT_THAT(client.calls(), ElementsAre("GET /copy"));
}

}  // namespace
}  // namespace followd::es
