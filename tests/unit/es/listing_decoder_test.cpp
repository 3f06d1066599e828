#include "es/listing_decoder.hpp"

#include "unit/es/answers.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace followd::es {
namespace {

const std::vector<std::string> leaders{"9.2.0", "7.17.28", "opensearch-2.19.1"};
const std::vector<std::string> followers{"9.2.0", "7.17.28"};
constexpr VersionBase base{std::int64_t{1} << 40U};

std::string search(const std::string& rest) {
    return R"({"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},)" + rest + "}";
}

std::string buckets(const std::string& list) {
    return search(R"("aggregations":{"h":{"buckets":[)" + list + "]}}");
}

template <class T>
FailureKind kind(const Result<T>& result) {
    EXPECT_FALSE(result.ok());
    return result.ok() ? FailureKind::cancelled : result.failure().kind;
}

template <class T>
void never_from_a_part(const std::string& whole,
                       const std::function<Result<T>(const std::string&)>& decode) {
    ASSERT_TRUE(decode(whole).ok());
    for (std::size_t length = 0; length < whole.size(); ++length) {
        std::string cut = whole;
        cut.resize(length);
        EXPECT_EQ(kind(decode(cut)), FailureKind::malformed) << length;
    }
}

TEST(ListingDecoder, ReadsRealHistograms) {
    for (const std::string& version : leaders) {
        const auto counts = decode_histogram(answer(version + "/histogram"), "here");
        ASSERT_TRUE(counts.ok()) << version;
        ASSERT_EQ(counts.value().size(), 2U);
        EXPECT_EQ(counts.value()[0].key, 1);
        EXPECT_EQ(counts.value()[0].count, 2);
        EXPECT_EQ(counts.value()[1].key, 3);
        const auto none = decode_histogram(answer(version + "/histogram_empty"), "here");
        ASSERT_TRUE(none.ok());
        EXPECT_TRUE(none.value().empty());
    }
}

// Versions lie above 2^40: their keys come as 1.099511627778E12.
TEST(ListingDecoder, ReadsRealHistogramsOfLargeVersions) {
    for (const std::string& version : followers) {
        const auto counts = decode_histogram(answer(version + "/versions"), "here");
        ASSERT_TRUE(counts.ok()) << version;
        ASSERT_GE(counts.value().size(), 3U);
        for (const KeyedCount& count : counts.value()) {
            EXPECT_GT(count.key, base.value() - 8);
            EXPECT_LT(count.key, base.value() + 12);
        }
    }
}

TEST(ListingDecoder, RefusesBucketsThatAreNoIntegers) {
    EXPECT_TRUE(decode_histogram(buckets(R"({"key":-9007199254740992,"doc_count":1})"), "").ok());
    for (const char* const bucket : {R"({"key":1.5,"doc_count":1})",
                                     R"({"key":1e300,"doc_count":1})",
                                     R"({"key":"1","doc_count":1})",
                                     R"({"key":1})",
                                     R"({"doc_count":1})",
                                     R"({"key":1,"doc_count":-1})",
                                     R"({"key":2,"doc_count":1},{"key":1,"doc_count":1})",
                                     R"({"key":1,"doc_count":1},{"key":1,"doc_count":1})",
                                     "1"}) {
        EXPECT_EQ(kind(decode_histogram(buckets(bucket), "")), FailureKind::malformed) << bucket;
    }
    EXPECT_EQ(kind(decode_histogram(search(R"("aggregations":{})"), "")), FailureKind::malformed);
}

TEST(ListingDecoder, PartialAnswersAreUnavailable) {
    const std::string whole = answer("9.2.0/histogram");
    for (const auto& [from, to] : {std::pair{R"("failed":0)", R"("failed":1)"},
                                   {R"("total":1)", R"("total":0)"},
                                   {R"("successful":1)", R"("successful":0)"},
                                   {R"("timed_out":false)", R"("timed_out":true)"}}) {
        EXPECT_EQ(kind(decode_histogram(with(whole, from, to), "")), FailureKind::unavailable);
    }
    for (const std::string& version : leaders) {
        const std::string no_shard = answer(version + "/page_of_no_shard");
        EXPECT_EQ(kind(decode_seq_nos(no_shard, "")), FailureKind::unavailable);
        EXPECT_EQ(kind(decode_documents(no_shard, base, "")), FailureKind::unavailable);
        EXPECT_EQ(kind(decode_total(no_shard, "")), FailureKind::unavailable);
    }
}

TEST(ListingDecoder, CutAnswersAreMalformed) {
    never_from_a_part<std::vector<KeyedCount>>(
        answer("9.2.0/histogram"),
        [](const std::string& body) { return decode_histogram(body, ""); });
    never_from_a_part<std::vector<SeqNo>>(
        answer("9.2.0/seq_nos"), [](const std::string& body) { return decode_seq_nos(body, ""); });
    never_from_a_part<std::vector<FollowerDocument>>(
        answer("9.2.0/documents"),
        [](const std::string& body) { return decode_documents(body, base, ""); });
    never_from_a_part<std::int64_t>(answer("9.2.0/total"),
                                    [](const std::string& body) { return decode_total(body, ""); });
    never_from_a_part<std::vector<std::optional<LiveDocument>>>(
        answer("9.2.0/lookups"),
        [](const std::string& body) { return decode_lookups(body, 3, ""); });
}

TEST(ListingDecoder, ReadsRealTotals) {
    for (const std::string& version : leaders) {
        const auto total = decode_total(answer(version + "/total"), "here");
        ASSERT_TRUE(total.ok());
        EXPECT_EQ(total.value(), 5);
        EXPECT_EQ(
            kind(decode_total(
                with(answer(version + "/total"), R"("relation":"eq")", R"("relation":"gte")"), "")),
            FailureKind::malformed);
    }
}

TEST(ListingDecoder, ReadsRealListsOfSequenceNumbers) {
    for (const std::string& version : leaders) {
        const auto list = decode_seq_nos(answer(version + "/seq_nos"), "here");
        ASSERT_TRUE(list.ok());
        EXPECT_EQ(list.value(), (std::vector<SeqNo>{SeqNo{1}, SeqNo{2}, SeqNo{3}}));
    }
    for (const char* const hits : {R"([{"sort":[2]},{"sort":[1]}])",
                                   R"([{"sort":["1"]}])",
                                   R"([{"sort":[]}])",
                                   R"([{}])",
                                   R"([1])",
                                   "{}"}) {
        EXPECT_EQ(kind(decode_seq_nos(search(std::string(R"("hits":{"hits":)") + hits + "}"), "")),
                  FailureKind::malformed)
            << hits;
    }
}

TEST(ListingDecoder, ReadsRealListsOfDocuments) {
    for (const std::string& version : followers) {
        const auto list = decode_documents(answer(version + "/documents"), base, "here");
        ASSERT_TRUE(list.ok());
        ASSERT_GE(list.value().size(), 3U);
        EXPECT_EQ(list.value()[0].origin, SeqNo{1});
        EXPECT_EQ(list.value()[0].id, "\"q\\\"\\\\\xc3\xa9\xf0\x9f\x98\x80/\\u000a\\u0001\"");
        EXPECT_EQ(list.value()[1].id, R"("null")");
        EXPECT_EQ(list.value()[1].routing, "\"r\\\"\\\\\\u000a\"");
        EXPECT_EQ(list.value()[2].origin, SeqNo{3});
        EXPECT_EQ(list.value()[2].id, R"("0")");
    }
}

TEST(ListingDecoder, OriginOfAnOlderSpaceIsNegative) {
    const auto list = decode_documents(
        search(R"("hits":{"hits":[{"_id":"a","sort":[3]}]})"), VersionBase{100}, "");
    ASSERT_TRUE(list.ok());
    EXPECT_EQ(list.value().at(0).origin, SeqNo{-98});
    for (const char* const hit : {R"({"_id":1,"sort":[1]})",
                                  R"({"sort":[1]})",
                                  R"({"_id":"a"})",
                                  R"({"_id":"a","_routing":1,"sort":[1]})",
                                  R"({"_id":"a","sort":[1.5]})"}) {
        EXPECT_EQ(kind(decode_documents(
                      search(std::string(R"("hits":{"hits":[)") + hit + "]}"), base, "")),
                  FailureKind::malformed)
            << hit;
    }
}

TEST(ListingDecoder, ReadsRealLookups) {
    for (const std::string& version : leaders) {
        const auto results = decode_lookups(answer(version + "/lookups"), 3, "here");
        ASSERT_TRUE(results.ok());
        EXPECT_EQ(results.value(),
                  (std::vector<std::optional<LiveDocument>>{
                      LiveDocument{SeqNo{2}, {}}, std::nullopt, LiveDocument{SeqNo{1}, {}}}));
        EXPECT_EQ(kind(decode_lookups(answer(version + "/lookups"), 4, "")),
                  FailureKind::malformed);
        EXPECT_EQ(kind(decode_lookups(answer(version + "/lookups"), 2, "")),
                  FailureKind::malformed);
    }
}

// "Not found" deletes a document of the follower: an error must never read like it.
TEST(ListingDecoder, LookupWithAnErrorFailsTheWhole) {
    for (const std::string& version : leaders) {
        EXPECT_EQ(kind(decode_lookups(answer(version + "/lookups_missing"), 1, "")),
                  FailureKind::not_found);
    }
    EXPECT_EQ(
        kind(decode_lookups(
            R"({"docs":[{"found":false},{"error":{"type":"no_shard_available_action_exception","reason":"x"}}]})",
            2,
            "")),
        FailureKind::unavailable);
    EXPECT_EQ(
        kind(decode_lookups(
            R"({"docs":[{"error":{"type":"routing_missing_exception","reason":"x"}}]})", 1, "")),
        FailureKind::refused);
    for (const char* const item : {"{}",
                                   R"({"found":true})",
                                   R"({"found":1,"_seq_no":1})",
                                   R"({"found":true,"_seq_no":-2})",
                                   "null"}) {
        EXPECT_EQ(kind(decode_lookups(std::string(R"({"docs":[)") + item + "]}", 1, "")),
                  FailureKind::malformed)
            << item;
    }
}

}  // namespace
}  // namespace followd::es
