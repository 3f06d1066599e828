#include "es/dialect.hpp"
#include "es/follower_shard.hpp"
#include "es/search_decoder.hpp"
#include "support/fake_http_client.hpp"
#include "support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace followd::es {
namespace {

std::string hit(std::int64_t version, const std::string& id) {
    return R"({"_id":")" + id + R"(","_seq_no":7,"_primary_term":1,"_source":{"a":1},"sort":[)" +
           std::to_string(version) + "]}";
}

std::string page_of(const std::vector<std::string>& hits) {
    std::string body = R"({"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},)"
                       R"("hits":{"hits":[)";
    for (std::size_t i = 0; i < hits.size(); ++i) {
        body += (i == 0 ? "" : ",") + hits[i];
    }
    return body + "]}}";
}

TEST(VersionPage, NumbersDocumentsByTheirOrigin) {
    const Result<Page> page =
        decode_version_page(page_of({hit(101, "a"), hit(105, "b")}), 2, VersionBase{100}, "here");
    ASSERT_TRUE(page.ok()) << page.failure().what;
    ASSERT_EQ(page->batch.operations.size(), 2U);
    EXPECT_EQ(page->batch.operations[0].seq_no, SeqNo{0});
    EXPECT_EQ(page->batch.operations[1].seq_no, SeqNo{4});
    EXPECT_EQ(page->batch.operations[1].source, R"({"a":1})");
    EXPECT_FALSE(page->is_last);
}

TEST(VersionPage, RefusesVersionsThatAreNone) {
    const auto kind_of = [](const std::string& body) {
        const Result<Page> page = decode_version_page(body, 5, VersionBase{}, "here");
        return page.ok() ? FailureKind::cancelled : page.failure().kind;
    };
    EXPECT_EQ(kind_of(page_of({hit(5, "a"), hit(4, "b")})), FailureKind::malformed);
    const std::string words = R"({"_id":"a","_seq_no":7,"_source":{},"sort":["x"]})";
    EXPECT_EQ(kind_of(page_of({words})), FailureKind::malformed);
    const std::string two = R"({"_id":"a","_seq_no":7,"_source":{},"sort":[1,2]})";
    EXPECT_EQ(kind_of(page_of({two})), FailureKind::malformed);
}

TEST(VersionPage, LeavesOutWhatLiesBeyondTheRange) {
    boost::asio::io_context context;
    test::FakeHttpClient client;
    RestFollowerShard shard(client,
                            ClusterName{"paris"},
                            IndexName{"copy"},
                            IndexName{".followd-E1-copy"},
                            0,
                            Capabilities{},
                            ShardLimits{});
    client.answer(
        http::Method::post, "/copy/_search", 200, page_of({hit(3, "a"), hit(5, "b"), hit(9, "c")}));
    const SeqNoRange range{SeqNo{2}, SeqNo{4}};
    const Result<Page> page =
        test::run(context, shard.read_documents(VersionBase{}, range, 3, 1U << 20U));
    ASSERT_TRUE(page.ok()) << page.failure().what;
    EXPECT_EQ(page->batch.operations.size(), 2U);
    EXPECT_TRUE(page->is_last);
    ASSERT_EQ(client.requests().size(), 1U);
    const std::string& body = client.requests()[0].body;
    EXPECT_NE(body.find(R"("search_after":[2])"), std::string::npos) << body;
    EXPECT_NE(body.find(R"("sort":[{"_version":"asc"}])"), std::string::npos) << body;
}

}  // namespace
}  // namespace followd::es
