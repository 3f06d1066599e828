#include "es/dialect.hpp"

#include "support/fake_http_client.hpp"
#include "support/run.hpp"
#include "unit/es/answers.hpp"

#include <gtest/gtest.h>

#include <string>

namespace followd::es {
namespace {

using http::Method;

ClusterInfo elasticsearch(int major, int minor) {
    ClusterInfo info;
    info.version = ServerVersion{major, minor, 0};
    return info;
}

ClusterInfo opensearch(int major, int minor) {
    ClusterInfo info = elasticsearch(major, minor);
    info.product = Product::opensearch;
    return info;
}

Result<ClusterInfo> identify(test::FakeHttpClient& client) {
    boost::asio::io_context context;
    ClusterProbe probe(client, ClusterName{"a"});
    return test::run(context, probe.identify());
}

TEST(Dialect, IdentifiesByTheRoot) {
    test::FakeHttpClient client;
    client.answer(Method::get, "/_nodes?", 200, answer("opensearch-2.19.1/nodes"));
    client.answer(Method::get, "/", 200, answer("opensearch-2.19.1/root"));
    // The fake takes the first line whose prefix fits: "/" is asked for first.
    const Result<ClusterInfo> info = identify(client);
    ASSERT_TRUE(info.ok()) << info.failure().what;
    EXPECT_EQ(info.value().text(), "OpenSearch 2.19.1");
    EXPECT_EQ(info.value().name, "c-9282");
    EXPECT_EQ(info.value().uuid.size(), 22U);
}

TEST(Dialect, IdentifiesBareBuildsByTheirNodes) {
    test::FakeHttpClient client;
    client.answer(Method::get, "/_nodes?", 200, answer("9.2.0/nodes"));
    client.answer(Method::get, "/_cluster/state/version?", 200, answer("9.2.0/uuid"));
    client.answer(Method::get, "/", 405, answer("9.2.0/no_root"));
    const Result<ClusterInfo> info = identify(client);
    ASSERT_TRUE(info.ok()) << info.failure().what;
    EXPECT_EQ(info.value().text(), "Elasticsearch 9.2.0");
    EXPECT_EQ(info.value().name, "c-9280");
    EXPECT_EQ(info.value().uuid.size(), 22U);
    EXPECT_EQ(client.unused(), 0U);
}

TEST(Dialect, OldestNodeDecides) {
    test::FakeHttpClient client;
    client.answer(
        Method::get,
        "/_nodes?",
        200,
        R"({"cluster_name":"c","nodes":{"a":{"version":"9.2.0","build_flavor":"default"},"b":{"version":"8.18.1","build_flavor":"default"},"c":{"version":"9.10.0","build_flavor":"default"}}})");
    client.answer(
        Method::get,
        "/",
        200,
        R"({"cluster_name":"c","cluster_uuid":"u","version":{"number":"9.2.0","build_flavor":"default"}})");
    const Result<ClusterInfo> info = identify(client);
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info.value().version, (ServerVersion{8, 18, 1}));
}

TEST(Dialect, RootIsEnoughWhereNodesAreNotPermitted) {
    test::FakeHttpClient client;
    client.answer(Method::get,
                  "/_nodes?",
                  403,
                  R"({"error":{"type":"security_exception","reason":"no"},"status":403})");
    client.answer(Method::get, "/", 200, answer("7.17.28/root"));
    const Result<ClusterInfo> info = identify(client);
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info.value().version, (ServerVersion{7, 17, 28}));
    EXPECT_TRUE(info.value().is_oss_build);
}

TEST(Dialect, WrongPasswordIsSaidSo) {
    test::FakeHttpClient client;
    client.answer(
        Method::get,
        "/",
        401,
        R"({"error":{"type":"security_exception","reason":"unable to authenticate"},"status":401})");
    const Result<ClusterInfo> info = identify(client);
    ASSERT_FALSE(info.ok());
    EXPECT_EQ(info.failure().kind, FailureKind::unauthorised);
    EXPECT_EQ(client.requests().size(), 1U);
}

TEST(Dialect, OpenSearchThatCallsItselfElasticsearchIsKnownByItsTagline) {
    const auto info = decode_root(
        R"({"cluster_name":"c","cluster_uuid":"u","version":{"number":"7.10.2"},"tagline":"The OpenSearch Project: https://opensearch.org/"})",
        "here");
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info.value().product, Product::opensearch);
}

TEST(Dialect, AnswersOfOthersAreMalformed) {
    for (const char* const body : {"",
                                   "{}",
                                   "[]",
                                   "<html>",
                                   R"({"version":{}})",
                                   R"({"version":{"number":"x.y"}})",
                                   R"({"version":{"number":"9.2"}})",
                                   R"({"version":{"number":"9.-1.2"}})"}) {
        EXPECT_FALSE(decode_root(body, "").ok()) << body;
        EXPECT_FALSE(decode_nodes(body, "").ok()) << body;
    }
    EXPECT_FALSE(decode_nodes(R"({"nodes":{}})", "").ok());
    EXPECT_FALSE(decode_nodes(R"({"nodes":{"a":{}}})", "").ok());
    EXPECT_TRUE(decode_root(R"({"version":{"number":"9.2.0-SNAPSHOT"}})", "").ok());
}

TEST(Dialect, PointsInTime) {
    EXPECT_EQ(capabilities_of(elasticsearch(7, 9)).point_in_time, PointInTimeApi::none);
    EXPECT_EQ(capabilities_of(elasticsearch(7, 10)).point_in_time, PointInTimeApi::elasticsearch);
    EXPECT_EQ(capabilities_of(opensearch(2, 3)).point_in_time, PointInTimeApi::none);
    EXPECT_EQ(capabilities_of(opensearch(2, 4)).point_in_time, PointInTimeApi::opensearch);
    const auto bare = decode_root(answer("root-7.10.2"), "here");
    ASSERT_TRUE(bare.ok());
    EXPECT_EQ(capabilities_of(bare.value()).point_in_time, PointInTimeApi::none);
    EXPECT_FALSE(capabilities_of(bare.value()).can_lead());
}

TEST(Dialect, ExcludeVectorsIsAskedForOnlyWhereItIsUnderstood) {
    EXPECT_FALSE(capabilities_of(elasticsearch(7, 17)).exclude_vectors);
    EXPECT_FALSE(capabilities_of(elasticsearch(8, 18)).exclude_vectors);
    EXPECT_TRUE(capabilities_of(elasticsearch(8, 19)).exclude_vectors);
    EXPECT_FALSE(capabilities_of(elasticsearch(9, 0)).exclude_vectors);
    EXPECT_TRUE(capabilities_of(elasticsearch(9, 1)).exclude_vectors);
    EXPECT_FALSE(capabilities_of(opensearch(3, 3)).exclude_vectors);
}

TEST(Dialect, FollowersMustAggregateVersions) {
    EXPECT_TRUE(capabilities_of(elasticsearch(7, 11)).can_follow());
    const Capabilities old = capabilities_of(elasticsearch(7, 10));
    EXPECT_FALSE(old.can_follow());
    EXPECT_TRUE(old.can_lead());
    const Capabilities other = capabilities_of(opensearch(2, 19));
    EXPECT_TRUE(other.can_lead());
    EXPECT_NE(other.cannot_follow.find("OpenSearch 2.19.0 cannot follow"), std::string::npos);
    EXPECT_NE(other.cannot_follow.find("keeping by field is not there yet"), std::string::npos);
}

}  // namespace
}  // namespace followd::es
