#include "es/generation_target.hpp"

#include "support/fake_http_client.hpp"
#include "support/run.hpp"
#include "unit/es_admin/generation_index.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace followd::es {
namespace {

using http::Method;
using test::generation_json;
using test::generation_mark;
using test::generation_of_orders;
using test::half_restored_json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* first = "orders.20261130t090000z";
constexpr const char* second = "orders.20261130t100000z";
const Json shown{{"orders", Json::object()}};

class GenerationTargetTest : public testing::Test {
protected:
    void no_change_of(const std::string& uuid) {
        client.answer(Method::get, "/.followd/_doc/" + uuid, 404, R"({"found":false})");
    }
    void being_promoted(const std::string& uuid) {
        client.answer(Method::get,
                      "/.followd/_doc/" + uuid,
                      200,
                      R"({"found":true,"_seq_no":1,"_primary_term":1,"_source":{"generation":0,)"
                      R"("histories":[],"change":{"kind":"promote","at":"noon","by":"me",)"
                      R"("points":[]}}})");
    }
    void cluster_is(const std::string& version) {
        client.answer(Method::get, "/_nodes", 404, "{}");
        client.answer(Method::get, "/", 200, R"({"cluster_uuid":"c","version":{)" + version + "}}");
    }
    [[nodiscard]] Json last_body() const { return Json::parse(client.requests().back().body); }

    FollowMark mark_1 = generation_mark(1);
    FollowMark mark_2 = generation_mark(2);
    const std::string acknowledged = R"({"acknowledged":true})";
    boost::asio::io_context context;
    test::FakeHttpClient client;
    RestGenerationTarget target{client, ClusterName{"paris"}};
};

// --- listing -------------------------------------------------------------------------------------

TEST_F(GenerationTargetTest, ListsInOneRequestWhatHasTheNamesOrTheAlias) {
    client.answer(Method::get,
                  "/or%2Bders,or%2Bders.*?flat_settings=true&expand_wildcards=open,closed,hidden"
                  "&ignore_unavailable=true&allow_no_indices=true&filter_path=*.aliases,"
                  "*.data_stream,*.mappings._meta,*.settings",
                  200,
                  Json{{"or+ders.20261130t090000z", generation_json(&mark_1, "g-1")}}.dump());
    const auto listed = test::run(context, target.list_generations(IndexName{"or+ders"}));
    ASSERT_TRUE(listed.ok()) << listed.failure().what;
    ASSERT_EQ(listed->size(), 1U);
    EXPECT_EQ(listed->front().point, mark_1.recovery);
    EXPECT_EQ(client.requests().size(), 1U);
}

TEST_F(GenerationTargetTest, SaysWhereTheAliassNameIsTaken) {
    client.answer(
        Method::get, "/orders,", 200, Json{{"orders", generation_json(nullptr, "o")}}.dump());
    const auto listed = test::run(context, target.list_generations(IndexName{"orders"}));
    ASSERT_FALSE(listed.ok());
    EXPECT_EQ(listed.failure().kind, FailureKind::conflict);
    EXPECT_THAT(listed.failure().where, AllOf(HasSubstr("paris"), HasSubstr("orders")));
}

TEST_F(GenerationTargetTest, FailuresOfAListingPassThrough) {
    client.lose(Method::get, "/orders,");
    EXPECT_EQ(test::run(context, target.list_generations(IndexName{"orders"})).failure().kind,
              FailureKind::timeout);
}

// --- counting ------------------------------------------------------------------------------------

constexpr const char* elasticsearch = R"("number":"9.2.0")";
constexpr const char* opensearch = R"("number":"2.19.1","distribution":"opensearch")";
constexpr const char* refreshed = R"({"_shards":{"total":4,"successful":2,"failed":0}})";
constexpr const char* counted =
    R"({"timed_out":false,"_shards":{"total":2,"successful":2,"skipped":0,"failed":0},
        "hits":{"total":{"value":123456,"relation":"eq"}}})";

TEST_F(GenerationTargetTest, CountsWhatASearchFindsAfterARefresh) {
    cluster_is(elasticsearch);
    client.answer(Method::post, "/orders/_refresh", 200, refreshed);
    client.answer(Method::post,
                  "/orders/_search?allow_partial_search_results=false&request_cache=false",
                  200,
                  counted);
    const auto count = test::run(context, target.count_documents(IndexName{"orders"}));
    ASSERT_TRUE(count.ok()) << count.failure().what;
    EXPECT_EQ(*count, 123456);
    EXPECT_EQ(last_body(), (Json{{"size", 0}, {"track_total_hits", true}}));
    EXPECT_EQ(client.requests().back().target.find("search_pipeline"), std::string::npos);
}

// A default pipeline may filter, and a replica may lag behind a refresh.
TEST_F(GenerationTargetTest, CountsOnOpenSearchThePrimariesWithoutAPipeline) {
    cluster_is(opensearch);
    for (int times = 0; times < 2; ++times) {
        client.answer(Method::post, "/orders/_refresh", 200, refreshed);
        client.answer(Method::post,
                      "/orders/_search?allow_partial_search_results=false&request_cache=false"
                      "&search_pipeline=_none&preference=_primary",
                      200,
                      counted);
        EXPECT_EQ(*test::run(context, target.count_documents(IndexName{"orders"})), 123456);
    }
    EXPECT_EQ(client.unused(), 0U);
}

TEST_F(GenerationTargetTest, AnIncompleteCountIsNone) {
    for (const char* answer :
         {R"({"timed_out":true,"_shards":{"total":1,"successful":1,"failed":0},
              "hits":{"total":{"value":1,"relation":"eq"}}})",
          R"({"timed_out":false,"_shards":{"total":2,"successful":1,"failed":1},
              "hits":{"total":{"value":1,"relation":"eq"}}})",
          R"({"timed_out":false,"_shards":{"total":0,"successful":0,"failed":0},
              "hits":{"total":{"value":0,"relation":"eq"}}})",
          R"({"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},
              "hits":{"total":{"value":10000,"relation":"gte"}}})",
          R"({"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},
              "hits":{"total":{"relation":"eq"}}})",
          R"({"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},"hits":{}})",
          R"({"timed_out":false,"hits":{"total":{"value":1,"relation":"eq"}}})",
          R"({})"}) {
        cluster_is(elasticsearch);
        client.answer(Method::post, "/orders/_refresh", 200, refreshed);
        client.answer(Method::post, "/orders/_search", 200, answer);
        RestGenerationTarget fresh{client, ClusterName{"paris"}};
        const auto count = test::run(context, fresh.count_documents(IndexName{"orders"}));
        ASSERT_FALSE(count.ok()) << answer;
        EXPECT_EQ(count.failure().kind, FailureKind::unavailable) << answer;
    }
}

TEST_F(GenerationTargetTest, CountsNothingThatCouldNotBeRefreshed) {
    cluster_is(elasticsearch);
    client.answer(Method::post,
                  "/orders/_refresh",
                  200,
                  R"({"_shards":{"total":2,"successful":1,"failed":1}})");
    const auto count = test::run(context, target.count_documents(IndexName{"orders"}));
    ASSERT_FALSE(count.ok());
    EXPECT_EQ(count.failure().kind, FailureKind::unavailable);
    EXPECT_THAT(count.failure().where, HasSubstr("orders"));
}

// --- showing -------------------------------------------------------------------------------------

class ShowTest : public GenerationTargetTest {
protected:
    void there_are(const Json& first_json, const Json& second_json) {
        client.answer(Method::get,
                      "/orders,orders.*?",
                      200,
                      Json{{first, first_json}, {second, second_json}}.dump());
    }
    Result<void> show() {
        engine::GenerationSwitch change;
        change.alias = IndexName{"orders"};
        change.to.index = IndexName{second};
        change.to.uuid = IndexUuid{"g-2"};
        change.from = {IndexName{first}};
        change.aliases = R"({"live":{}})";
        return test::run(context, target.show(change));
    }
};

TEST_F(ShowTest, MovesEveryAliasInOneRequest) {
    there_are(generation_json(&mark_1, "g-1", shown), generation_json(&mark_2, "g-2"));
    no_change_of("g-1");
    client.answer(Method::post, "/_aliases?", 200, acknowledged);
    const Result<void> done = show();
    ASSERT_TRUE(done.ok()) << done.failure().what;
    EXPECT_EQ(last_body(), Json::parse(R"({"actions":[
        {"add":{"index":"orders.20261130t100000z","alias":"live"}},
        {"add":{"index":"orders.20261130t100000z","alias":"orders"}},
        {"remove":{"index":"orders.20261130t090000z","alias":"orders"}}]})"));
    EXPECT_EQ(client.unused(), 0U);
}

// Left over where it was marked and its daemon died.
TEST_F(ShowTest, EndsTheRestoreOfWhatItShows) {
    there_are(generation_json(&mark_1, "g-1"), half_restored_json("s-2", "g-2", &mark_2));
    client.answer(Method::put, "/" + std::string(second) + "/_settings", 200, acknowledged);
    client.answer(Method::post, "/_aliases", 200, acknowledged);
    ASSERT_TRUE(show().ok());
    EXPECT_EQ(client.unused(), 0U);
    EXPECT_EQ(Json::parse(client.requests()[1].body), (Json{{std::string(restore_tag), nullptr}}));
}

TEST_F(ShowTest, ChangesNothingWhereTheShownOneIsBeingPromoted) {
    there_are(generation_json(&mark_1, "g-1", shown), generation_json(&mark_2, "g-2"));
    being_promoted("g-1");
    const Result<void> done = show();
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.failure().kind, FailureKind::conflict);
    EXPECT_EQ(client.requests().size(), 2U);
}

TEST_F(ShowTest, ChangesNothingWhereThePlanIsRefused) {
    there_are(generation_json(&mark_1, "g-1", shown), generation_json(&mark_2, "other"));
    EXPECT_EQ(show().failure().kind, FailureKind::conflict);
    EXPECT_EQ(client.requests().size(), 1U);
}

TEST_F(ShowTest, NamesTheLeadersAliasThatIsAnIndexHere) {
    there_are(generation_json(&mark_1, "g-1", shown), generation_json(&mark_2, "g-2"));
    no_change_of("g-1");
    client.answer(Method::post,
                  "/_aliases",
                  400,
                  R"({"error":{"type":"invalid_alias_name_exception","reason":"Invalid alias name )"
                  R"([live]: an index exists with the same name as the alias"},"status":400})");
    const Result<void> done = show();
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.failure().kind, FailureKind::conflict);
    EXPECT_THAT(done.failure().what, AllOf(HasSubstr("[live]"), HasSubstr("rename")));
}

TEST_F(ShowTest, CountsOnlyWhereTheClusterHasTakenItOver) {
    struct Case {
        int status;
        const char* answer;
        FailureKind kind;
    };
    const Case cases[] = {
        {200, R"({"acknowledged":false})", FailureKind::unavailable},
        {403, R"({"error":{"type":"security_exception"},"status":403})", FailureKind::unauthorised},
        {503, R"({"error":{"type":"master_not_discovered_exception"}})", FailureKind::unavailable}};
    for (const Case& one : cases) {
        there_are(generation_json(&mark_1, "g-1", shown), generation_json(&mark_2, "g-2"));
        no_change_of("g-1");
        client.answer(Method::post, "/_aliases", one.status, one.answer);
        const Result<void> done = show();
        ASSERT_FALSE(done.ok()) << one.answer;
        EXPECT_EQ(done.failure().kind, one.kind) << one.answer;
    }
}

// --- removing ------------------------------------------------------------------------------------

class RemoveTest : public GenerationTargetTest {
protected:
    Result<void> remove(const std::string& snapshot = {}) {
        engine::Generation generation;
        generation.index = IndexName{first};
        generation.uuid = IndexUuid{"g-1"};
        generation.snapshot = snapshot;
        return test::run(context, target.remove(generation));
    }
    void there_is(const Json& json) {
        client.answer(Method::get, path + "?flat_settings=true", 200, Json{{first, json}}.dump());
    }
    [[nodiscard]] int deletions() const {
        int count = 0;
        for (const http::Request& request : client.requests()) {
            count += request.method == Method::del ? 1 : 0;
        }
        return count;
    }

    const std::string path = "/" + std::string(first);
    const std::string absent =
        R"({"error":{"type":"index_not_found_exception","reason":"no"},"status":404})";
};

TEST_F(RemoveTest, LooksAgainAndRemovesWhatIsStillAGeneration) {
    no_change_of("g-1");
    there_is(generation_json(&mark_1, "g-1"));
    client.answer(Method::del, path, 200, acknowledged);
    ASSERT_TRUE(remove().ok());
    EXPECT_THAT(client.calls(),
                ElementsAre("GET /.followd/_doc/g-1", "GET " + path, "DELETE " + path));
}

TEST_F(RemoveTest, RemovesWhatIsLeftOfARestore) {
    no_change_of("g-1");
    there_is(half_restored_json("s-1", "g-1"));
    client.answer(Method::del, path, 404, absent);
    EXPECT_TRUE(remove("s-1").ok());
}

TEST_F(RemoveTest, WhatIsGoneIsRemoved) {
    no_change_of("g-1");
    client.answer(Method::get, path, 404, absent);
    EXPECT_TRUE(remove().ok());
    EXPECT_EQ(deletions(), 0);
}

TEST_F(RemoveTest, LeavesWhatIsShownAgainOrPromotedOrOnItsWayThere) {
    no_change_of("g-1");
    there_is(generation_json(&mark_1, "g-1", shown));
    EXPECT_EQ(remove().failure().kind, FailureKind::conflict);
    mark_1.role = MarkRole::promoted;
    mark_1.origins.push_back(OriginSegment{{SeqNo{5}}, {}});
    no_change_of("g-1");
    there_is(generation_json(&mark_1, "g-1"));
    EXPECT_EQ(remove().failure().kind, FailureKind::conflict);
    being_promoted("g-1");
    EXPECT_EQ(remove().failure().kind, FailureKind::conflict);
    EXPECT_EQ(deletions(), 0);
}

TEST_F(RemoveTest, LeavesWhatOnlyHasTheName) {
    no_change_of("g-1");
    client.answer(Method::get, path, 200, Json{{"behind", generation_json(&mark_1, "g-1")}}.dump());
    EXPECT_EQ(remove().failure().kind, FailureKind::conflict);
    EXPECT_EQ(deletions(), 0);
}

TEST_F(RemoveTest, RemovesNothingThatItCannotLookAt) {
    client.lose(Method::get, "/.followd/_doc/g-1");
    EXPECT_EQ(remove().failure().kind, FailureKind::timeout);
    no_change_of("g-1");
    client.lose(Method::get, path);
    EXPECT_EQ(remove().failure().kind, FailureKind::timeout);
    EXPECT_EQ(deletions(), 0);
}

}  // namespace
}  // namespace followd::es
