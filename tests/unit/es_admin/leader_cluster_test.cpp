#include "es/leader_cluster.hpp"

#include "es/index_lists.hpp"
#include "es/json.hpp"
#include "support/fake_http_client.hpp"
#include "support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace followd::es {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// As Elasticsearch 7.17.28 and 9.2.0 answered, with the fields that are asked for.
constexpr const char* two_indices = R"({"metadata":{"indices":{
    "closed-1":{"mapping_version":1,"state":"close","system":false,"routing_num_shards":1024,
        "settings":{"index":{"number_of_shards":"1","uuid":"KvPC"}},"aliases":[]},
    "a-plain":{"mapping_version":4,"state":"open","system":false,"routing_num_shards":1024,
        "settings":{"index":{"number_of_shards":"2","uuid":"JkV0"}},
        "mappings":{"_doc":{"_meta":{"followd":{"leader_index":"foo"}}}},
        "aliases":["al-2","al-1"]}}}})";

class Leader : public testing::Test {
protected:
    boost::asio::io_context context;
    test::FakeHttpClient client;
    RestLeaderCluster cluster{client, ClusterName{"berlin"}};
};

TEST_F(Leader, ListsOpenAndClosedIndicesByName) {
    client.answer(http::Method::get, "/_cluster/state/metadata,blocks/a%23*,b?", 200, two_indices);
    const auto indices = test::run(context, cluster.list_indices({"a#*", "b"}));
    ASSERT_TRUE(indices.ok());
    ASSERT_EQ(indices->size(), 2U);
    const engine::LeaderIndex& open = indices->at(0);
    EXPECT_EQ(open.name, IndexName{"a-plain"});
    EXPECT_EQ(open.uuid, IndexUuid{"JkV0"});
    EXPECT_EQ(open.shards, 2);
    EXPECT_EQ(open.mapping_version, 4);
    EXPECT_THAT(open.aliases, ElementsAre("al-1", "al-2"));
    ASSERT_TRUE(open.follows);
    EXPECT_EQ(open.follows->index, IndexName{"foo"});
    EXPECT_EQ(indices->at(1).state, engine::IndexState::closed);
    EXPECT_EQ(indices->at(1).follows, std::nullopt);
}

TEST_F(Leader, AnIndexsResultWindowIsItsOwnOrTheDefault) {
    client.answer(http::Method::get,
                  "/_cluster/state/metadata,blocks/a,b?",
                  200,
                  R"({"metadata":{"indices":{
        "a":{"mapping_version":1,"state":"open","routing_num_shards":1,"aliases":[],"settings":
            {"index":{"number_of_shards":"1","uuid":"u","max_result_window":"77"}}},
        "b":{"mapping_version":1,"state":"open","routing_num_shards":1,"aliases":[],"settings":
            {"index":{"number_of_shards":"1","uuid":"v"}}}}}})");
    const auto indices = test::run(context, cluster.list_indices({"a", "b"}));
    ASSERT_TRUE(indices.ok()) << to_string(indices.failure());
    EXPECT_EQ(indices->at(0).max_result_window, 77);
    EXPECT_EQ(indices->at(1).max_result_window, 10000);
    EXPECT_NE(client.requests().front().target.find("index.max_result_window"), std::string::npos);
}

TEST_F(Leader, WhatTwoRequestsShowIsListedOnce) {
    const std::string first(index_list_bytes_max - 1, 'x');
    client.answer(http::Method::get, "/_cluster/state/metadata,blocks/" + first, 200, two_indices);
    client.answer(http::Method::get, "/_cluster/state/metadata,blocks/a*?", 200, two_indices);
    const auto indices = test::run(context, cluster.list_indices({first, "a*"}));
    ASSERT_TRUE(indices.ok());
    EXPECT_EQ(client.requests().size(), 2U);
    EXPECT_EQ(indices->size(), 2U);
}

// Unmarked, it would look like anybody's index until its restore has ended.
TEST_F(Leader, WhatIsBeingRestoredLeadsNobodyYet) {
    client.answer(http::Method::get, "/_cluster/state/", 200, R"({"metadata":{"indices":{
        "half":{"mapping_version":1,"state":"open","aliases":[],"settings":{"index":{
            "number_of_shards":"1","uuid":"u",
            "routing":{"allocation":{"exclude":{"followd_restore":"s-1"}}}}}},
        "marked":{"mapping_version":1,"state":"open","aliases":[],"settings":{"index":{
            "number_of_shards":"1","uuid":"v",
            "routing":{"allocation":{"exclude":{"followd_restore":"s-1"}}}}},
            "mappings":{"_doc":{"_meta":{"followd":{"leader_index":"foo"}}}}},
        "whole":{"mapping_version":1,"state":"open","aliases":[],"settings":{"index":{
            "number_of_shards":"1","uuid":"w",
            "routing":{"allocation":{"exclude":{"rack":"r-1"}}}}}}}}})");
    const auto indices = test::run(context, cluster.list_indices({"*"}));
    ASSERT_TRUE(indices.ok()) << to_string(indices.failure());
    ASSERT_EQ(indices->size(), 2U);
    EXPECT_EQ(indices->at(0).name, IndexName{"marked"});
    EXPECT_EQ(indices->at(1).name, IndexName{"whole"});
    EXPECT_NE(client.requests().front().target.find("exclude.followd_restore"), std::string::npos);
}

// One would be followed after the other, each for as long as it is there.
TEST_F(Leader, GenerationsLeadNobodyUntilOneIsPromoted) {
    client.answer(http::Method::get, "/_cluster/state/", 200, R"({"metadata":{"indices":{
        "orders.20261130t080000z":{"mapping_version":1,"state":"open","aliases":["orders"],
            "settings":{"index":{"number_of_shards":"1","uuid":"u"}},
            "mappings":{"_doc":{"_meta":{"followd":{"leader_index":"orders","role":"follower",
                "recovery":{"snapshot":"s"}}}}}},
        "orders.20261130t090000z":{"mapping_version":1,"state":"open","aliases":[],
            "settings":{"index":{"number_of_shards":"1","uuid":"v"}},
            "mappings":{"_doc":{"_meta":{"followd":{"leader_index":"orders","role":"promoted",
                "recovery":{"snapshot":"s"}}}}}}}}})");
    const auto indices = test::run(context, cluster.list_indices({"*"}));
    ASSERT_TRUE(indices.ok()) << to_string(indices.failure());
    ASSERT_EQ(indices->size(), 1U);
    EXPECT_EQ(indices->at(0).name, IndexName{"orders.20261130t090000z"});
    EXPECT_NE(client.requests().front().target.find("followd.recovery"), std::string::npos);
}

TEST_F(Leader, NothingThereIsAnEmptyList) {
    client.answer(http::Method::get, "/_cluster/state/", 200, R"({"cluster_uuid":"u"})");
    const auto indices = test::run(context, cluster.list_indices({"nope-*"}));
    ASSERT_TRUE(indices.ok());
    EXPECT_THAT(*indices, IsEmpty());
}

TEST_F(Leader, IndicesOfAClusterThatWasJustStartedAreNotGone) {
    for (int i = 0; i < 2; ++i) {
        client.answer(http::Method::get,
                      "/_cluster/state/metadata,blocks/",
                      200,
                      R"({"cluster_uuid":"u","blocks":{"global":{"1":{"retryable":true}}}})");
    }
    const auto indices = test::run(context, cluster.list_indices({"a*"}));
    ASSERT_FALSE(indices.ok());
    EXPECT_EQ(indices.failure().kind, FailureKind::unavailable);
    const auto definition = test::run(context, cluster.read_definition(IndexName{"a-plain"}));
    ASSERT_FALSE(definition.ok());
    EXPECT_EQ(definition.failure().kind, FailureKind::unavailable);
    EXPECT_NE(client.requests().front().target.find("blocks.global.1"), std::string::npos);
}

TEST_F(Leader, WhatIsNoClusterStateListsNothing) {
    for (const char* text : {"{}", R"({"status":"green"})", R"({"_shards":{"failed":1}})"}) {
        client.answer(http::Method::get, "/_cluster/state/", 200, text);
        const auto indices = test::run(context, cluster.list_indices({"*"}));
        ASSERT_FALSE(indices.ok()) << text;
        EXPECT_EQ(indices.failure().kind, FailureKind::malformed);
    }
}

TEST_F(Leader, AHalfTruthIsMalformed) {
    for (
        const char* text :
        {R"({"metadata":{"indices":{"a":{"state":"open"}}}})",
         R"({"metadata":{"indices":{"a":{"mapping_version":1,"settings":{"index":{"uuid":"u","number_of_shards":"x"}}}}}})",
         "{\"metadata\"",
         "<html>"}) {
        client.answer(http::Method::get, "/_cluster/state/", 200, text);
        const auto indices = test::run(context, cluster.list_indices({"*"}));
        ASSERT_FALSE(indices.ok()) << text;
        EXPECT_EQ(indices.failure().kind, FailureKind::malformed);
    }
}

TEST_F(Leader, ReadsTheMappingVersionBeforeTheMapping) {
    client.answer(http::Method::get, "/_cluster/state/metadata,blocks/a-plain?", 200, two_indices);
    client.answer(
        http::Method::get,
        "/a-plain?",
        200,
        R"({"a-plain":{"aliases":{"w":{"is_write_index":true}},"mappings":{"dynamic":"strict"},
                     "settings":{"index.uuid":"JkV0","index.number_of_shards":"2"},
                     "defaults":{"index.mapping.exclude_source_vectors":"true","index.codec":"default"}}})");
    const auto definition = test::run(context, cluster.read_definition(IndexName{"a-plain"}));
    ASSERT_TRUE(definition.ok());
    EXPECT_THAT(client.calls(),
                ElementsAre("GET /_cluster/state/metadata,blocks/a-plain", "GET /a-plain"));
    EXPECT_EQ(definition->index.mapping_version, 4);
    EXPECT_EQ(Json::parse(definition->settings),
              Json::parse(R"({"index.uuid":"JkV0","index.number_of_shards":"2",
                              "index.number_of_routing_shards":"1024",
                              "index.mapping.exclude_source_vectors":"true"})"));
    EXPECT_EQ(definition->mappings, R"({"dynamic":"strict"})");
    EXPECT_EQ(definition->aliases, R"({"w":{"is_write_index":true}})");
}

TEST_F(Leader, AnAliasIsNoIndex) {
    client.answer(http::Method::get, "/_cluster/state/metadata,blocks/al-1?", 200, two_indices);
    const auto definition = test::run(context, cluster.read_definition(IndexName{"al-1"}));
    ASSERT_FALSE(definition.ok());
    EXPECT_EQ(definition.failure().kind, FailureKind::not_found);
}

TEST_F(Leader, AnIndexReplacedInBetweenIsReadAgainLater) {
    client.answer(http::Method::get, "/_cluster/state/metadata,blocks/a-plain?", 200, two_indices);
    client.answer(http::Method::get,
                  "/a-plain?",
                  200,
                  R"({"a-plain":{"mappings":{},"settings":{"index.uuid":"other"}}})");
    const auto definition = test::run(context, cluster.read_definition(IndexName{"a-plain"}));
    ASSERT_FALSE(definition.ok());
    EXPECT_EQ(definition.failure().kind, FailureKind::unavailable);
}

TEST_F(Leader, FailuresPassThrough) {
    client.answer(http::Method::get,
                  "/_cluster/state/",
                  403,
                  R"({"error":{"type":"security_exception","reason":"no"}})");
    const auto indices = test::run(context, cluster.list_indices({"*"}));
    ASSERT_FALSE(indices.ok());
    EXPECT_EQ(indices.failure().kind, FailureKind::unauthorised);
    client.lose(http::Method::get, "/_cluster/state/");
    EXPECT_EQ(test::run(context, cluster.list_indices({"*"})).failure().kind, FailureKind::timeout);
}

}  // namespace
}  // namespace followd::es
