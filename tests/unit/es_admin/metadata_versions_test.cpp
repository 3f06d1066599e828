#include "es/metadata_versions.hpp"

#include "es/index_lists.hpp"
#include "es/leader_cluster.hpp"
#include "support/fake_http_client.hpp"
#include "support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace followd::es {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// As Elasticsearch 9.2.0 answered.
constexpr const char* two_indices = R"({"metadata":{"indices":{
    "a":{"mapping_version":4,"settings_version":3,"aliases_version":1},
    "b":{"mapping_version":1}}}})";

class ReadVersions : public testing::Test {
protected:
    void state(const std::string& name) {
        client.answer(http::Method::get,
                      "/_cluster/state/version?",
                      200,
                      R"({"state_uuid":")" + name + "\"}");
    }
    void versions(const std::string& list, const std::string& answer) {
        client.answer(http::Method::get, "/_cluster/state/metadata/" + list + "?", 200, answer);
    }
    Result<engine::VersionListing> read(std::string known) {
        return test::run(context, cluster.read_versions({"a", "b*"}, std::move(known)));
    }

    boost::asio::io_context context;
    test::FakeHttpClient client;
    RestLeaderCluster cluster{client, ClusterName{"berlin"}};
};

TEST_F(ReadVersions, TellsThemWithTheStateThatTheyAreIn) {
    state("s-1");
    versions("a,b*", two_indices);
    const auto listing = read("");
    ASSERT_TRUE(listing.ok());
    EXPECT_EQ(listing->state, "s-1");
    ASSERT_TRUE(listing->indices);
    ASSERT_EQ(listing->indices->size(), 2U);
    EXPECT_EQ(listing->indices->at(0).name, IndexName{"a"});
    EXPECT_EQ(listing->indices->at(0).versions, (engine::MetadataVersions{4, 3, 1}));
    EXPECT_EQ(listing->indices->at(1).versions,
              (engine::MetadataVersions{1, std::nullopt, std::nullopt}));
    EXPECT_THAT(client.calls(),
                ElementsAre("GET /_cluster/state/version", "GET /_cluster/state/metadata/a,b*"));
}

TEST_F(ReadVersions, AnIdleClusterIsAskedForItsStateAlone) {
    state("s-1");
    const auto listing = read("s-1");
    ASSERT_TRUE(listing.ok());
    EXPECT_FALSE(listing->indices);
    EXPECT_EQ(listing->state, "s-1");
    EXPECT_EQ(client.requests().size(), 1U);
}

TEST_F(ReadVersions, AStateWithoutANameIsAlwaysNews) {
    client.answer(http::Method::get, "/_cluster/state/version?", 200, "{}");
    versions("a,b*", "{}");
    const auto listing = read("");
    ASSERT_TRUE(listing.ok());
    ASSERT_TRUE(listing->indices);
    EXPECT_THAT(*listing->indices, IsEmpty());
}

TEST_F(ReadVersions, FailuresPassThrough) {
    client.lose(http::Method::get, "/_cluster/state/version?");
    EXPECT_EQ(read("").failure().kind, FailureKind::timeout);
    state("s-1");
    client.answer(http::Method::get, "/_cluster/state/metadata/", 503, "{}");
    EXPECT_EQ(read("").failure().kind, FailureKind::unavailable);
}

}  // namespace
}  // namespace followd::es
