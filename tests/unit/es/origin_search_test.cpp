#include "es/follower_shard.hpp"
#include "es/leader_shard.hpp"
#include "support/fake_http_client.hpp"
#include "support/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace followd::es {
namespace {

using http::Method;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t zero = -1'000'000;
constexpr VersionBase older{1'000};
constexpr VersionBase current{5'000};

std::string search(const std::string& inside) {
    return R"({"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},)" + inside + "}";
}

std::string buckets(const std::string& inside) {
    return search(R"("aggregations":{"h":{"buckets":[)" + inside + "]}}");
}

std::string bucket(std::int64_t key, int count) {
    return R"({"key":)" + std::to_string(key) + R"(,"doc_count":)" + std::to_string(count) + "}";
}

std::string hit(std::int64_t sort, std::int64_t local, std::int64_t version, const char* id) {
    return R"({"_index":"a","_id":")" + std::string(id) + R"(","_version":)" +
           std::to_string(version) + R"(,"_seq_no":)" + std::to_string(local) +
           R"(,"_primary_term":1,"_source":{"n":)" + std::to_string(local) + R"(},"sort":[)" +
           std::to_string(sort) + "]}";
}

std::string hits(const std::string& inside) {
    return search(R"("hits":{"hits":[)" + inside + "]}");
}

/// An index that took operations 0 to 9 itself and has followed since.
OriginStrips of_follower() {
    return {OriginStrip{SeqNoRange{SeqNo{0}, SeqNo{9}},
                        SeqNoRange{SeqNo{zero}, SeqNo{zero + 9}},
                        std::nullopt,
                        zero},
            OriginStrip{SeqNoRange{SeqNo{10}, seq_no_end},
                        SeqNoRange{SeqNo{zero}, SeqNo{zero + 3'999}},
                        VersionBase{older.value() - zero},
                        0},
            OriginStrip{
                SeqNoRange{SeqNo{10}, seq_no_end}, SeqNoRange{SeqNo{0}, seq_no_end}, current, 0}};
}

/// Its leader, which copied all up to 20 from it.
OriginStrips of_leader() {
    return {
        OriginStrip{SeqNoRange{SeqNo{0}, SeqNo{20}},
                    SeqNoRange{SeqNo{zero}, SeqNo{zero + 3'999}},
                    VersionBase{-zero},
                    0},
        OriginStrip{
            SeqNoRange{SeqNo{21}, seq_no_end}, SeqNoRange{SeqNo{21}, seq_no_end}, std::nullopt, 0}};
}

class OriginSearchTest : public testing::Test {
protected:
    template <class T>
    T run(Task<T> task) {
        return test::run(context_, std::move(task));
    }
    [[nodiscard]] static Capabilities es92() {
        ClusterInfo info;
        info.version = ServerVersion{9, 2, 0};
        return capabilities_of(info);
    }

    boost::asio::io_context context_;
    test::FakeHttpClient client_;
    RestLeaderShard leader_{
        client_, ClusterName{"b"}, IndexName{"new"}, 0, es92(), {}, of_leader()};
    RestFollowerShard follower_{client_,
                                ClusterName{"a"},
                                IndexName{"old"},
                                IndexName{".followd-E1-old"},
                                0,
                                es92(),
                                {},
                                of_follower()};
    const ViewId view_{"v"};
};

TEST_F(OriginSearchTest, CountsOfAllStripsAreSummed) {
    // Own documents, then those that were written again in the same space.
    client_.answer(Method::post, "/old/_search", 200, buckets(bucket(0, 2)));
    client_.answer(Method::post, "/old/_search", 200, buckets(bucket(1'001, 3)));
    const HistogramRequest request{SeqNoRange{SeqNo{zero}, SeqNo{zero + 9}}, 10, zero};
    const auto counted = run(follower_.count(current, request));
    ASSERT_TRUE(counted.ok());
    EXPECT_THAT(*counted, ElementsAre(Bucket{SeqNo{zero}, 5}));
    EXPECT_THAT(client_.requests().at(0).body,
                HasSubstr(R"("range":{"_seq_no":{"gte":0,"lte":9}})"));
    EXPECT_THAT(client_.requests().at(1).body, HasSubstr(R"("range":{"_seq_no":{"gte":10}})"));
    EXPECT_EQ(client_.unused(), 0U);
}

TEST_F(OriginSearchTest, OnlyStripsThatHoldTheRangeAreAsked) {
    client_.answer(Method::post, "/old/_search", 200, buckets(bucket(5'001, 4)));
    const auto counted = run(follower_.count(current, {SeqNoRange{SeqNo{0}, SeqNo{99}}, 100, 0}));
    ASSERT_TRUE(counted.ok());
    EXPECT_THAT(*counted, ElementsAre(Bucket{SeqNo{0}, 4}));
    EXPECT_EQ(client_.requests().size(), 1U);
}

TEST_F(OriginSearchTest, ListingsAreMergedByPlace) {
    client_.answer(
        Method::post, "/old/_search", 200, hits(hit(3, 3, 1, "own") + "," + hit(8, 8, 2, "late")));
    client_.answer(Method::post, "/old/_search", 200, hits(hit(1'006, 12, 1'006, "again")));
    const auto listed =
        run(follower_.list(current, {SeqNoRange{SeqNo{zero}, SeqNo{zero + 9}}}, 100));
    ASSERT_TRUE(listed.ok());
    ASSERT_EQ(listed->size(), 3U);
    EXPECT_EQ((*listed)[0].origin, SeqNo{zero + 3});
    EXPECT_EQ((*listed)[0].version, Version{1});
    EXPECT_EQ((*listed)[1].id, R"("again")");
    EXPECT_EQ((*listed)[1].origin, SeqNo{zero + 5});
    EXPECT_EQ((*listed)[2].origin, SeqNo{zero + 8});
}

// By their own numbers several ranges are one question; by versions what lies between comes, too.
TEST_F(OriginSearchTest, SeveralRangesAreListedTogether) {
    client_.answer(
        Method::post, "/old/_search", 200, hits(hit(1, 1, 1, "a") + "," + hit(8, 8, 2, "b")));
    client_.answer(Method::post,
                   "/old/_search",
                   200,
                   hits(hit(1'003, 12, 1'003, "c") + "," + hit(1'006, 13, 1'006, "between") + "," +
                        hit(1'010, 14, 1'010, "after")));
    const auto listed = run(follower_.list(current,
                                           {SeqNoRange{SeqNo{zero + 1}, SeqNo{zero + 2}},
                                            SeqNoRange{SeqNo{zero + 8}, SeqNo{zero + 8}}},
                                           100));
    ASSERT_TRUE(listed.ok());
    ASSERT_EQ(listed->size(), 3U);
    EXPECT_EQ((*listed)[0].id, R"("a")");
    EXPECT_EQ((*listed)[1].id, R"("c")");
    EXPECT_EQ((*listed)[2].id, R"("b")");
    EXPECT_THAT(client_.requests().at(0).body,
                HasSubstr(R"({"range":{"_seq_no":{"gte":1,"lte":2}}},)"
                          R"({"range":{"_seq_no":{"gte":8,"lte":8}}})"));
    EXPECT_EQ(client_.requests().size(), 2U);
}

TEST_F(OriginSearchTest, ADocumentBesideTheStripIsNoAnswer) {
    client_.answer(Method::post, "/old/_search", 200, hits(hit(30, 30, 1, "x")));
    const auto listed =
        run(follower_.list(current, {SeqNoRange{SeqNo{zero}, SeqNo{zero + 9}}}, 100));
    ASSERT_FALSE(listed.ok());
    EXPECT_EQ(listed.failure().kind, FailureKind::malformed);
}

// A search cannot ask for versions: what a listing of the view showed leads to the documents.
TEST_F(OriginSearchTest, ListedCopiesAreReadByTheirSequenceNumbers) {
    client_.answer(Method::post, "/new/_pit", 200, R"({"id":"v"})");
    client_.answer(Method::post,
                   "/_search",
                   200,
                   hits(hit(4, 17, 4, "later") + "," + hit(6, 12, 6, "sooner")));
    client_.answer(Method::post,
                   "/_search",
                   200,
                   hits(hit(12, 12, 6, "sooner") + "," + hit(17, 17, 4, "later")));
    ASSERT_TRUE(run(leader_.open_view()).ok());
    const SeqNoRange range{SeqNo{zero}, SeqNo{zero + 9}};
    const auto listed = run(leader_.list(view_, range, 100));
    ASSERT_TRUE(listed.ok());
    EXPECT_THAT(*listed, ElementsAre(SeqNo{zero + 3}, SeqNo{zero + 5}));
    PageRequest request;
    request.view = view_;
    request.ranges = {range};
    request.operations_max = 10;
    request.bytes_max = 1U << 20U;
    const auto page = run(leader_.read_page(request));
    ASSERT_TRUE(page.ok());
    ASSERT_EQ(page->batch.operations.size(), 2U);
    EXPECT_EQ(page->batch.operations[0].seq_no, SeqNo{zero + 3});
    EXPECT_EQ(page->batch.operations[0].id, R"("later")");
    EXPECT_THAT(client_.requests().back().body, HasSubstr(R"("gte":12,"lte":12)"));
}

TEST_F(OriginSearchTest, PagesOfOwnOperationsLeaveOutWhatWasCopied) {
    client_.answer(Method::post, "/new/_search", 200, hits(hit(25, 25, 1, "x")));
    PageRequest request;
    request.ranges = {SeqNoRange{SeqNo{0}, seq_no_end}};
    request.operations_max = 10;
    const auto page = run(leader_.read_page(request));
    ASSERT_TRUE(page.ok());
    EXPECT_EQ(page->batch.operations.at(0).seq_no, SeqNo{25});
    EXPECT_THAT(client_.requests().back().body, HasSubstr(R"("_seq_no":{"gte":21})"));
    // And ask nothing where there is none.
    request.ranges = {SeqNoRange{SeqNo{0}, SeqNo{20}}};
    const auto nothing = run(leader_.read_page(request));
    ASSERT_TRUE(nothing.ok());
    EXPECT_TRUE(nothing->is_last);
    EXPECT_TRUE(nothing->batch.operations.empty());
}

// Of a leader that was restored from the follower up to 20: their numbers tell, and are not its
// own.
TEST_F(OriginSearchTest, PagesOfOwnOperationsLeaveOutWhatWasRestored) {
    RestLeaderShard leader(client_,
                           ClusterName{"beijing"},
                           IndexName{"new"},
                           0,
                           es92(),
                           ShardLimits{},
                           {OriginStrip{SeqNoRange{SeqNo{0}, SeqNo{20}},
                                        SeqNoRange{SeqNo{zero}, SeqNo{zero + 20}},
                                        std::nullopt,
                                        zero},
                            OriginStrip{SeqNoRange{SeqNo{21}, seq_no_end},
                                        SeqNoRange{SeqNo{21}, seq_no_end},
                                        std::nullopt,
                                        0}});
    client_.answer(Method::post, "/new/_search", 200, hits(hit(25, 25, 1, "x")));
    PageRequest request;
    request.ranges = {SeqNoRange{SeqNo{0}, seq_no_end}};
    request.operations_max = 10;
    ASSERT_TRUE(run(leader.read_page(request)).ok());
    EXPECT_THAT(client_.requests().back().body, HasSubstr(R"("_seq_no":{"gte":21})"));
    EXPECT_THAT(client_.requests().back().body, testing::Not(HasSubstr(R"("gte":0)")));

    client_.answer(Method::post, "/new/_search", 200, hits(hit(7, 7, 1, "y")));
    request.ranges = {SeqNoRange{SeqNo{zero + 5}, SeqNo{zero + 8}}};
    const auto page = run(leader.read_page(request));
    ASSERT_TRUE(page.ok());
    EXPECT_EQ(page->batch.operations.at(0).seq_no, SeqNo{zero + 7});
    EXPECT_THAT(client_.requests().back().body, HasSubstr(R"("gte":5,"lte":8)"));
}

TEST_F(OriginSearchTest, LookupsTellPlaces) {
    client_.answer(Method::post,
                   "/new/_mget",
                   200,
                   R"({"docs":[{"found":true,"_seq_no":12,"_version":6},)"
                   R"({"found":true,"_seq_no":30,"_version":7},{"found":false}]})");
    const auto found = run(leader_.look_up({{R"("a")", ""}, {R"("b")", ""}, {R"("c")", ""}}));
    ASSERT_TRUE(found.ok());
    EXPECT_THAT(
        *found,
        ElementsAre(LookupResult{SeqNo{zero + 5}}, LookupResult{SeqNo{30}}, LookupResult{}));
}

TEST_F(OriginSearchTest, WholeDocumentsOfSeveralStripsAreOnePage) {
    client_.answer(Method::post, "/old/_search", 200, hits(hit(8, 8, 2, "own")));
    client_.answer(Method::post, "/old/_search", 200, hits(hit(1'004, 12, 1'004, "again")));
    const auto page = run(
        follower_.read_documents(current, SeqNoRange{SeqNo{zero}, SeqNo{zero + 9}}, 10, 1U << 20U));
    ASSERT_TRUE(page.ok());
    ASSERT_EQ(page->batch.operations.size(), 2U);
    EXPECT_EQ(page->batch.operations[0].id, R"("again")");
    EXPECT_EQ(page->batch.operations[0].source, R"({"n":12})");
    EXPECT_EQ(page->batch.operations[1].seq_no, SeqNo{zero + 8});
    EXPECT_TRUE(page->is_last);
}

}  // namespace
}  // namespace followd::es
