#include "es/request.hpp"

#include "es/index_lists.hpp"

#include <gtest/gtest.h>

#include <string>

namespace followd::es {
namespace {

Capabilities capabilities(Product product, ServerVersion version) {
    ClusterInfo info;
    info.product = product;
    info.version = version;
    return capabilities_of(info);
}

const Capabilities es92 = capabilities(Product::elasticsearch, {9, 2, 0});
const Capabilities es717 = capabilities(Product::elasticsearch, {7, 17, 28});
const Capabilities os219 = capabilities(Product::opensearch, {2, 19, 1});
const ViewId view{"pit=="};

ShardRequests requests(const Capabilities& can, const std::string& index = "logs") {
    return ShardRequests(IndexName{index}, 3, can, ShardLimits{});
}

PageRequest page_request() {
    PageRequest request;
    request.ranges = {SeqNoRange{SeqNo{10}, seq_no_end}};
    request.operations_max = 500;
    request.bytes_max = 1U << 20U;
    return request;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(Requests, PlainPage) {
    const http::Request page = requests(es92).page(page_request());
    EXPECT_EQ(page.target,
              "/logs/_search?allow_partial_search_results=false&request_cache=false"
              "&preference=_shards:3");
    EXPECT_EQ(
        page.body,
        R"({"size":500,"sort":[{"_seq_no":{"order":"asc","unmapped_type":"long"}}],"search_after":[9],)"
        R"("seq_no_primary_term":true,"track_total_hits":false,)"
        R"("_source":{"exclude_vectors":false},)"
        R"("query":{"bool":{"filter":[{"range":{"_seq_no":{"gte":10}}}]}}})");
    EXPECT_EQ(page.response_bytes_max, 1U << 20U);
    EXPECT_FALSE(has(requests(es717).page(page_request()).body, "exclude_vectors"));
}

TEST(Requests, PageInAView) {
    PageRequest request = page_request();
    request.view = view;
    request.after = "[17,4]";
    request.ranges = {{SeqNo{1}, SeqNo{2}}, {SeqNo{5}, SeqNo{9}}};
    const http::Request page = requests(es717).page(request);
    EXPECT_EQ(page.target, "/_search?allow_partial_search_results=false&request_cache=false");
    EXPECT_EQ(
        page.body,
        R"({"size":500,"sort":[{"_seq_no":{"order":"asc","unmapped_type":"long"}}],"search_after":[17,4],)"
        R"("seq_no_primary_term":true,"track_total_hits":false,)"
        R"("query":{"bool":{"filter":[{"bool":{"should":[)"
        R"({"range":{"_seq_no":{"gte":1,"lte":2}}},{"range":{"_seq_no":{"gte":5,"lte":9}}}]}}]}},)"
        R"("pit":{"id":"pit==","keep_alive":"2m"}})");
}

TEST(Requests, PageByDocumentBeginsWithoutACursor) {
    PageRequest request = page_request();
    request.view = view;
    request.order = PageOrder::by_document;
    const http::Request first = requests(es92).page(request);
    EXPECT_TRUE(has(first.body, R"("sort":[{"_doc":"asc"}],"seq_no_primary_term")"));
    request.view.reset();
    EXPECT_DEATH(static_cast<void>(requests(es92).page(request)), "view");
}

TEST(Requests, PageStaysWithinTheIndexsWindow) {
    ShardLimits limits;
    limits.max_result_window = 100;
    const ShardRequests small(IndexName{"logs"}, 0, es92, limits);
    EXPECT_EQ(small.page_size(page_request()), 100U);
    EXPECT_TRUE(has(small.page(page_request()).body, R"("size":100,)"));
}

TEST(Requests, OpenSearchIsAskedOnThePrimaryWithoutItsSearchPipeline) {
    const http::Request page = requests(os219).page(page_request());
    EXPECT_TRUE(has(page.target, "&search_pipeline=_none&preference=_shards:3%7C_primary"));
    EXPECT_EQ(requests(os219).open_view().target,
              "/logs/_search/point_in_time?keep_alive=2m&preference=_shards:3%7C_primary");
    EXPECT_EQ(requests(os219).close_view(view).target, "/_search/point_in_time");
    EXPECT_EQ(requests(os219).close_view(view).body, R"({"pit_id":["pit=="]})");
}

TEST(Requests, ElasticsearchViews) {
    const http::Request open = requests(es92).open_view();
    EXPECT_EQ(open.method, http::Method::post);
    EXPECT_EQ(open.target, "/logs/_pit?keep_alive=2m&preference=_shards:3");
    EXPECT_EQ(open.body, "");
    const http::Request close = requests(es92).close_view(view);
    EXPECT_EQ(close.method, http::Method::del);
    EXPECT_EQ(close.target, "/_pit");
    EXPECT_EQ(close.body, R"({"id":"pit=="})");
}

TEST(Requests, NamesAreEncoded) {
    const ShardRequests odd = requests(es92, "<a b>/\xc3\xa9?");
    const std::string name = "%3Ca%20b%3E%2F%C3%A9%3F";
    EXPECT_EQ(odd.refresh().target, "/" + name + "/_refresh?filter_path=_shards");
    EXPECT_EQ(odd.identity().target.find("/_cluster/state/metadata,blocks/" + name + "?"), 0U);
    EXPECT_EQ(odd.sample().target.find("/" + name + "/_stats/docs,indexing,store?level=shards&"),
              0U);
    EXPECT_EQ(odd.look_up({{R"("a")", ""}}).target.find("/" + name + "/_mget?realtime=true&"), 0U);
}

TEST(Requests, LeaderCountsExactlyTheRange) {
    const http::Request count =
        requests(es92).count(view, {SeqNoRange{SeqNo{5}, SeqNo{24}}, 10, -7});
    EXPECT_TRUE(has(count.body, R"("range":{"_seq_no":{"gte":5,"lte":24}})"));
    EXPECT_TRUE(
        has(count.body,
            R"({"histogram":{"field":"_seq_no","interval":10,"offset":3,"min_doc_count":1}})"))
        << count.body;
}

// Servers compare the bounds with the bucket's key less the offset: here 20, of the bucket at 27.
TEST(Requests, FollowerBoundsHoldEveryBucketOfTheRange) {
    const http::Request count =
        requests(es92).count_versions(VersionBase{0}, {SeqNoRange{SeqNo{26}, SeqNo{45}}, 10, 6});
    EXPECT_TRUE(has(count.target, "/logs/_search?"));
    EXPECT_TRUE(has(count.body,
                    R"("field":"_version","interval":10,"offset":7,"min_doc_count":1,)"
                    R"("hard_bounds":{"min":17,"max":47})"))
        << count.body;
    EXPECT_FALSE(has(count.body, "query"));
}

TEST(Requests, FollowerCountsAboveItsBase) {
    const http::Request count = requests(es92).count_versions(
        VersionBase{1099511627776}, {SeqNoRange{SeqNo{0}, SeqNo{0}}, 1, 0});
    EXPECT_TRUE(has(count.body, R"("hard_bounds":{"min":1099511627776,"max":1099511627778})"))
        << count.body;
}

TEST(Requests, NeverMoreBucketsThanServersAllow) {
    EXPECT_DEATH(
        static_cast<void>(requests(es92).count(view, {SeqNoRange{SeqNo{0}, SeqNo{100000}}, 1, 0})),
        "buckets_max");
    EXPECT_DEATH(
        static_cast<void>(requests(es92).count(view, {SeqNoRange{SeqNo{0}, SeqNo{10}}, 0, 0})),
        "interval");
}

TEST(Requests, Lists) {
    EXPECT_EQ(
        requests(es717).list(view, {SeqNo{4}, SeqNo{8}}, 7).body,
        R"({"size":7,"sort":[{"_seq_no":{"order":"asc","unmapped_type":"long"}}],"search_after":[3],"_source":false,)"
        R"("stored_fields":"_none_","track_total_hits":false,)"
        R"("query":{"bool":{"filter":[{"range":{"_seq_no":{"gte":4,"lte":8}}}]}},)"
        R"("pit":{"id":"pit==","keep_alive":"2m"}})");
    EXPECT_EQ(requests(es717).list_versions(Version{77}, 7).body,
              R"({"size":7,"sort":[{"_version":"asc"}],"search_after":[77],"_source":false,)"
              R"("track_total_hits":false})");
    EXPECT_EQ(requests(es717).total(view).body,
              R"({"size":0,"track_total_hits":true,"pit":{"id":"pit==","keep_alive":"2m"}})");
}

TEST(Requests, LookupsKeepTheirTokens) {
    const http::Request look_up =
        requests(es92).look_up({{R"("a\"\\")", ""}, {R"("null")", R"("r")"}});
    EXPECT_EQ(look_up.body, R"({"docs":[{"_id":"a\"\\"},{"_id":"null","routing":"r"}]})");
    EXPECT_TRUE(has(look_up.target, "realtime=true&_source=false"));
}

TEST(Requests, SamplesOfManyIndices) {
    const http::Request request = sample_request("a,b*", ShardLimits{});
    EXPECT_EQ(request.target.find("/a,b*/_stats/docs,indexing,store?level=shards"
                                  "&ignore_unavailable=true&expand_wildcards=open,hidden&"),
              0U);
}

TEST(IndexLists, ManyPatternsAreSplitToFitALine) {
    EXPECT_EQ(index_lists({"a#", "b*", "\xc3\xa9"}), std::vector<std::string>{"a%23,b*,%C3%A9"});
    EXPECT_TRUE(index_lists({}).empty());
    std::vector<std::string> many;
    for (int i = 0; i < 300; ++i) {
        many.push_back("some-index-name-" + std::to_string(100000 + i));
    }
    std::size_t names = 0;
    for (const std::string& list : index_lists(many)) {
        EXPECT_LE(list.size(), index_list_bytes_max);
        names += static_cast<std::size_t>(std::count(list.begin(), list.end(), ',')) + 1;
        EXPECT_LT(sample_request(list, ShardLimits{}).target.size(), 4000U);
    }
    EXPECT_EQ(names, 300U);
}

}  // namespace
}  // namespace followd::es
