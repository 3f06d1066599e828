#include "es/follower_shard.hpp"
#include "es/index_sampler.hpp"
#include "es/leader_shard.hpp"
#include "support/fake_http_client.hpp"
#include "support/run.hpp"
#include "unit/es/answers.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace followd::es {
namespace {

using http::Method;

Capabilities es92() {
    ClusterInfo info;
    info.version = ServerVersion{9, 2, 0};
    return capabilities_of(info);
}

/// A listing of one document for each origin.
std::string listing(VersionBase base, std::int64_t first, std::int64_t last) {
    std::string hits;
    for (std::int64_t origin = first; origin <= last; ++origin) {
        hits += (hits.empty() ? "" : ",") + std::string(R"({"_id":"a","sort":[)") +
                std::to_string(base.value() + origin + 1) + "]}";
    }
    return R"({"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},)"
           R"("hits":{"hits":[)" +
           hits + "]}}";
}

class Shards : public testing::Test {
protected:
    template <class T>
    T run(Task<T> task) {
        return test::run(context_, std::move(task));
    }

    [[nodiscard]] static ShardLimits window(std::size_t max_result_window) {
        ShardLimits limits;
        limits.max_result_window = max_result_window;
        return limits;
    }

    static constexpr VersionBase base{std::int64_t{1} << 40U};
    boost::asio::io_context context_;
    test::FakeHttpClient client_;
    RestLeaderShard leader_{client_, ClusterName{"berlin"}, IndexName{"hard"}, 0, es92(), {}};
    RestFollowerShard follower_{client_,
                                ClusterName{"paris"},
                                IndexName{"hard"},
                                IndexName{".followd-E1-hard"},
                                0,
                                es92(),
                                {}};
};

std::string shards(int total, int successful, int failed) {
    return R"({"_shards":{"total":)" + std::to_string(total) + R"(,"successful":)" +
           std::to_string(successful) + R"(,"failed":)" + std::to_string(failed) + "}}";
}

std::string seq_nos(int first, int last) {
    std::string hits;
    for (int i = first; i <= last; ++i) {
        hits += (hits.empty() ? "" : ",") + (R"({"sort":[)" + std::to_string(i)) + "]}";
    }
    return R"({"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},"hits":{"hits":[)" +
           hits + "]}}";
}

TEST_F(Shards, FailureNamesClusterIndexAndShard) {
    client_.answer(Method::post, "/hard/_refresh", 404, answer("9.2.0/index_missing"));
    const Result<void> refreshed = run(leader_.refresh());
    ASSERT_FALSE(refreshed.ok());
    EXPECT_EQ(refreshed.failure().kind, FailureKind::not_found);
    EXPECT_EQ(refreshed.failure().where, "cluster berlin, index hard, shard 0");
}

TEST_F(Shards, LostRequestIsTheClientsFailure) {
    client_.lose(Method::post, "/.followd-E1-hard/_bulk");
    Bulk bulk;
    bulk.items.push_back(WriteItem{WriteKind::remove, Version{9}, SeqNo{7}, R"("a")", {}, {}});
    const Result<BulkOutcome> outcome = run(follower_.apply(bulk));
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.failure().kind, FailureKind::timeout);
}

TEST_F(Shards, RefreshOfEveryCopyNeedsNoSecondLook) {
    client_.answer(Method::post, "/hard/_refresh", 200, shards(2, 2, 0));
    EXPECT_TRUE(run(leader_.refresh()).ok());
    EXPECT_EQ(client_.requests().size(), 1U);
}

TEST_F(Shards, RefreshWithoutAnUnassignedReplicaIsRight) {
    client_.answer(Method::post, "/hard/_refresh", 200, shards(2, 1, 0));
    client_.answer(Method::get, "/hard/_stats/docs?", 200, shards(2, 1, 0));
    EXPECT_TRUE(run(leader_.refresh()).ok());
    EXPECT_EQ(client_.unused(), 0U);
}

// A copy whose node did not answer is counted as neither failed nor successful.
TEST_F(Shards, RefreshThatMissedACopyInServiceIsUnavailable) {
    client_.answer(Method::post, "/hard/_refresh", 200, shards(2, 1, 0));
    client_.answer(Method::get, "/hard/_stats/docs?", 200, shards(2, 2, 0));
    const Result<void> missed = run(leader_.refresh());
    ASSERT_FALSE(missed.ok());
    EXPECT_EQ(missed.failure().kind, FailureKind::unavailable);
    client_.answer_always(Method::get, "/hard/_stats/docs?", 200, shards(2, 0, 0));
    for (const std::string& body : {shards(2, 1, 1), shards(1, 0, 0)}) {
        client_.answer(Method::post, "/hard/_refresh", 200, body);
        const Result<void> failed = run(leader_.refresh());
        ASSERT_FALSE(failed.ok()) << body;
        EXPECT_EQ(failed.failure().kind, FailureKind::unavailable);
    }
}

TEST_F(Shards, ViewThatIsGoneIsClosed) {
    client_.answer(Method::del, "/_pit", 404, R"({"succeeded":false,"num_freed":0})");
    EXPECT_TRUE(run(leader_.close_view(ViewId{"x"})).ok());
    client_.answer(Method::del, "/_pit", 200, R"({"succeeded":true,"num_freed":1})");
    EXPECT_TRUE(run(leader_.close_view(ViewId{"x"})).ok());
    client_.answer(Method::del, "/_pit", 503, "");
    EXPECT_FALSE(run(leader_.close_view(ViewId{"x"})).ok());
}

TEST_F(Shards, PageOfAnExpiredViewIsNotFound) {
    client_.answer(Method::post, "/_search", 404, answer("9.2.0/view_gone"));
    PageRequest request;
    request.view = ViewId{"x"};
    request.ranges = {SeqNoRange{SeqNo{0}, seq_no_end}};
    request.operations_max = 10;
    const Result<Page> page = run(leader_.read_page(request));
    ASSERT_FALSE(page.ok());
    EXPECT_EQ(page.failure().kind, FailureKind::not_found);
}

TEST_F(Shards, LeaderReadsItsViews) {
    client_.answer(Method::get, "/_cluster/state", 200, answer("9.2.0/identity"));
    client_.answer(Method::get, "/hard/_stats/docs,indexing,store", 200, answer("9.2.0/stats"));
    client_.answer(Method::post, "/hard/_pit", 200, answer("9.2.0/view"));
    client_.answer(Method::post, "/_search", 200, answer("9.2.0/page_in_view"));
    client_.answer(Method::post, "/_search", 200, answer("9.2.0/histogram"));
    client_.answer(Method::post, "/_search", 200, answer("9.2.0/total"));
    client_.answer(Method::post, "/hard/_mget", 200, answer("9.2.0/lookups"));
    EXPECT_TRUE(run(leader_.read_identity()).ok());
    EXPECT_TRUE(run(leader_.read_sample()).ok());
    const Result<ViewId> view = run(leader_.open_view());
    ASSERT_TRUE(view.ok());
    PageRequest request;
    request.view = view.value();
    request.ranges = {SeqNoRange{SeqNo{0}, seq_no_end}};
    request.operations_max = 100;
    const Result<Page> page = run(leader_.read_page(request));
    ASSERT_TRUE(page.ok());
    EXPECT_EQ(page.value().batch.operations.size(), 5U);
    const auto buckets = run(leader_.count(view.value(), {SeqNoRange{SeqNo{1}, SeqNo{4}}, 2, 1}));
    ASSERT_TRUE(buckets.ok());
    EXPECT_EQ(buckets.value(), (std::vector<Bucket>{{SeqNo{1}, 2}, {SeqNo{3}, 2}}));
    const auto total = run(leader_.count_documents(view.value()));
    ASSERT_TRUE(total.ok());
    EXPECT_EQ(total.value(), 5);
    const auto found = run(leader_.look_up({{R"("a")", ""}, {R"("b")", ""}, {R"("c")", ""}}));
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found.value().size(), 3U);
    const auto none = run(leader_.look_up({}));
    ASSERT_TRUE(none.ok());
    EXPECT_TRUE(none.value().empty());
    EXPECT_EQ(client_.unused(), 0U);
}

TEST_F(Shards, LeaderListsBeyondTheIndexsWindow) {
    RestLeaderShard small(client_, ClusterName{"c"}, IndexName{"hard"}, 0, es92(), window(3));
    client_.answer(Method::post, "/_search", 200, seq_nos(2, 4));
    client_.answer(Method::post, "/_search", 200, seq_nos(5, 6));
    const auto list = run(small.list(ViewId{"x"}, SeqNoRange{SeqNo{2}, SeqNo{9}}, 5));
    ASSERT_TRUE(list.ok());
    EXPECT_EQ(list.value().size(), 5U);
    EXPECT_EQ(list.value().back(), SeqNo{6});
    ASSERT_EQ(client_.requests().size(), 2U);
    EXPECT_NE(client_.requests()[1].body.find(R"("size":2,)"), std::string::npos);
    EXPECT_NE(client_.requests()[1].body.find(R"("gte":5,"lte":9)"), std::string::npos);
}

TEST_F(Shards, LeaderListEndsWithAShortPage) {
    client_.answer(Method::post, "/_search", 200, seq_nos(2, 4));
    const auto list = run(leader_.list(ViewId{"x"}, SeqNoRange{SeqNo{2}, SeqNo{9}}, 5));
    ASSERT_TRUE(list.ok());
    EXPECT_EQ(list.value().size(), 3U);
}

// Where the next request begins is taken from these: it must not go back, nor beyond the end.
TEST_F(Shards, ListingBesideTheQuestionIsMalformed) {
    const SeqNoRange range{SeqNo{10}, SeqNo{19}};
    for (const std::string& body : {seq_nos(9, 12), seq_nos(18, 20), seq_nos(10, 14)}) {
        client_.answer(Method::post, "/_search", 200, body);
        const auto listed = run(leader_.list(ViewId{"x"}, range, 4));
        ASSERT_FALSE(listed.ok()) << body;
        EXPECT_EQ(listed.failure().kind, FailureKind::malformed);
    }
    const auto documents = [](std::int64_t version) {
        return R"({"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},)"
               R"("hits":{"hits":[{"_id":"a","sort":[)" +
               std::to_string(version) + "]}]}}";
    };
    client_.answer(Method::post, "/hard/_search", 200, documents(base.value() + 10));
    const auto before = run(follower_.list(base, {range}, 4));
    ASSERT_FALSE(before.ok());
    EXPECT_EQ(before.failure().kind, FailureKind::malformed);
    client_.answer(Method::post, "/hard/_search", 200, documents(base.value() + 11));
    EXPECT_TRUE(run(follower_.list(base, {range}, 4)).ok());
}

TEST_F(Shards, PageBesideTheQuestionIsMalformed) {
    const auto hit = [](int seq_no) {
        const std::string number = std::to_string(seq_no);
        return R"({"_id":"a","_seq_no":)" + number + R"(,"_source":{},"sort":[)" + number + "]}";
    };
    const auto page = [](const std::string& hits) {
        return R"({"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},)"
               R"("hits":{"hits":[)" +
               hits + "]}}";
    };
    PageRequest request;
    request.view = ViewId{"x"};
    request.ranges = {SeqNoRange{SeqNo{3}, SeqNo{5}}, SeqNoRange{SeqNo{9}, seq_no_end}};
    request.operations_max = 10;
    client_.answer(Method::post, "/_search", 200, page(hit(3) + "," + hit(9)));
    EXPECT_TRUE(run(leader_.read_page(request)).ok());
    for (const std::string& hits : {hit(2), hit(6), hit(5) + "," + hit(4), hit(3) + "," + hit(3)}) {
        client_.answer(Method::post, "/_search", 200, page(hits));
        const Result<Page> wrong = run(leader_.read_page(request));
        ASSERT_FALSE(wrong.ok()) << hits;
        EXPECT_EQ(wrong.failure().kind, FailureKind::malformed);
    }
    // As the segments hold them, they come in any order.
    request.order = PageOrder::by_document;
    client_.answer(Method::post, "/_search", 200, page(hit(5) + "," + hit(4)));
    EXPECT_TRUE(run(leader_.read_page(request)).ok());
}

TEST_F(Shards, FollowerIdentityIsOfOneIndex) {
    client_.answer(Method::get, "/_cluster/state", 200, answer("9.2.0/identity"));
    client_.answer(Method::get, "/hard/_stats/docs,indexing,store", 200, answer("9.2.0/stats"));
    const auto identity = run(follower_.read_identity());
    ASSERT_TRUE(identity.ok());
    EXPECT_EQ(identity.value().term, PrimaryTerm{1});
    EXPECT_FALSE(identity.value().history.value().empty());
    client_.answer(Method::get, "/_cluster/state", 200, answer("9.2.0/identity"));
    client_.answer(Method::get,
                   "/hard/_stats/docs,indexing,store",
                   200,
                   with(answer("9.2.0/stats"), R"("uuid":")", R"("uuid":"another)"));
    const auto two = run(follower_.read_identity());
    ASSERT_FALSE(two.ok());
    EXPECT_EQ(two.failure().kind, FailureKind::unavailable);
}

TEST_F(Shards, FollowerCountsOriginsAndDropsWhatLiesOutside) {
    client_.answer(Method::post, "/hard/_search", 200, answer("9.2.0/versions"));
    const auto buckets = run(follower_.count(base, {SeqNoRange{SeqNo{2}, SeqNo{4}}, 2, 1}));
    ASSERT_TRUE(buckets.ok());
    EXPECT_EQ(buckets.value(), (std::vector<Bucket>{{SeqNo{1}, 2}, {SeqNo{3}, 2}}));
}

TEST_F(Shards, FollowerListEndsWithItsRange) {
    client_.answer(Method::post, "/hard/_search", 200, answer("9.2.0/documents"));
    const auto list = run(follower_.list(base, {SeqNoRange{SeqNo{1}, SeqNo{2}}}, 10));
    ASSERT_TRUE(list.ok());
    ASSERT_EQ(list.value().size(), 2U);
    EXPECT_EQ(list.value()[1].origin, SeqNo{2});
    // Strictly above the version below the range's first.
    EXPECT_NE(client_.requests()[0].body.find(R"("search_after":[1099511627777])"),
              std::string::npos)
        << client_.requests()[0].body;
}

// The search goes on at the next range, not after the last document that it showed.
TEST_F(Shards, FollowerListSkipsWhatLiesBetweenItsRanges) {
    client_.answer(Method::post, "/hard/_search", 200, listing(base, 5, 36));
    client_.answer(Method::post, "/hard/_search", 200, listing(base, 900, 910));
    const auto list = run(follower_.list(base,
                                         {SeqNoRange{SeqNo{5}, SeqNo{5}},
                                          SeqNoRange{SeqNo{30}, SeqNo{30}},
                                          SeqNoRange{SeqNo{900}, SeqNo{901}}},
                                         36));
    ASSERT_TRUE(list.ok());
    ASSERT_EQ(list->size(), 4U);
    EXPECT_EQ((*list)[1].origin, SeqNo{30});
    EXPECT_EQ((*list)[3].origin, SeqNo{901});
    const std::string after = R"("search_after":[)" + std::to_string(base.value() + 900) + "]";
    EXPECT_NE(client_.requests().at(0).body.find(R"("size":32,)"), std::string::npos);
    EXPECT_NE(client_.requests().at(1).body.find(after), std::string::npos);
    EXPECT_EQ(client_.unused(), 0U);
}

// Passing a hundred documents costs less than another request.
TEST_F(Shards, FollowerListReachesThroughRangesThatAreNear) {
    client_.answer(Method::post, "/hard/_search", 200, listing(base, 5, 210));
    const auto list = run(follower_.list(base,
                                         {SeqNoRange{SeqNo{5}, SeqNo{5}},
                                          SeqNoRange{SeqNo{200}, SeqNo{200}},
                                          SeqNoRange{SeqNo{210}, SeqNo{210}}},
                                         36));
    ASSERT_TRUE(list.ok());
    EXPECT_EQ(list->size(), 3U);
    EXPECT_NE(client_.requests().at(0).body.find(R"("size":206,)"), std::string::npos);
    EXPECT_EQ(client_.requests().size(), 1U);
}

TEST_F(Shards, FollowerWritesThroughItsFence) {
    client_.answer(Method::post,
                   "/.followd-E1-hard/_bulk?require_alias=true",
                   200,
                   R"({"errors":false,"items":[{"delete":{"status":404}}]})");
    Bulk bulk;
    bulk.items.push_back(WriteItem{WriteKind::remove, Version{9}, SeqNo{7}, R"("a")", {}, {}});
    const Result<BulkOutcome> outcome = run(follower_.apply(bulk));
    ASSERT_TRUE(outcome.ok());
    EXPECT_TRUE(outcome.value().failed.empty());
}

TEST_F(Shards, FollowerNeedsAFence) {
    EXPECT_DEATH(RestFollowerShard(
                     client_, ClusterName{"c"}, IndexName{"a"}, IndexName{".a"}, 0, es92(), {}),
                 "can_be_fence");
}

TEST_F(Shards, SamplerJoinsItsRequests) {
    IndexSampler sampler(client_, ClusterName{"berlin"});
    client_.answer_always(Method::get, "/", 200, answer("9.2.0/stats"));
    const std::string name(1000, 'a');
    const auto samples = run(sampler.sample({name, name, name}));
    ASSERT_TRUE(samples.ok());
    EXPECT_EQ(client_.requests().size(), 2U);
    EXPECT_EQ(samples.value().size(), 2U);
    const auto none = run(sampler.sample({}));
    ASSERT_TRUE(none.ok());
    EXPECT_TRUE(none.value().empty());
}

// Whatever fails, fails: no method makes something of an error.
TEST_F(Shards, EveryCallPassesItsFailureOn) {
    client_.answer_always(Method::get, "/", 503, "");
    client_.answer_always(Method::post, "/", 503, "");
    client_.answer_always(Method::del, "/", 503, "");
    const auto expect = [](const auto& result) {
        ASSERT_FALSE(result.ok());
        EXPECT_EQ(result.failure().kind, FailureKind::unavailable);
    };
    const HistogramRequest histogram{SeqNoRange{SeqNo{0}, SeqNo{9}}, 10, 0};
    PageRequest page;
    page.ranges = {SeqNoRange{SeqNo{0}, seq_no_end}};
    page.operations_max = 1;
    expect(run(leader_.read_identity()));
    expect(run(leader_.read_sample()));
    expect(run(leader_.refresh()));
    expect(run(leader_.open_view()));
    expect(run(leader_.close_view(ViewId{"x"})));
    expect(run(leader_.read_page(page)));
    expect(run(leader_.count(ViewId{"x"}, histogram)));
    expect(run(leader_.list(ViewId{"x"}, histogram.range, 9)));
    expect(run(leader_.look_up({{R"("a")", ""}})));
    expect(run(leader_.count_documents(ViewId{"x"})));
    expect(run(follower_.read_identity()));
    expect(run(follower_.refresh()));
    expect(run(follower_.count(base, histogram)));
    expect(run(follower_.list(base, {histogram.range}, 9)));
}

}  // namespace
}  // namespace followd::es
