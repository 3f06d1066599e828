#include "es/search_decoder.hpp"

#include "unit/es/answers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace followd::es {
namespace {

constexpr std::size_t size_asked = 100;

Result<Page> decode(std::string body, std::size_t size = size_asked) {
    return decode_page(std::move(body), size, "here");
}

/// A page of one hit with these fields after its `_index`.
std::string page_of(const std::string& fields) {
    return R"({"took":1,"timed_out":false,"_shards":{"total":1,"successful":1,"skipped":0,)"
           R"("failed":0},"hits":{"max_score":null,"hits":[{"_index":"a",)" +
           fields + "}]}}";
}

FailureKind kind_of_page(const std::string& body) {
    const Result<Page> page = decode(body);
    EXPECT_FALSE(page.ok());
    return page.ok() ? FailureKind::cancelled : page.failure().kind;
}

class RealPage : public testing::TestWithParam<std::string> {};

TEST_P(RealPage, KeepsIdsRoutingsAndSourcesByteForByte) {
    const Result<Page> decoded = decode(answer(GetParam() + "/page"));
    ASSERT_TRUE(decoded.ok()) << decoded.failure().what;
    const Page& page = decoded.value();
    ASSERT_EQ(page.batch.operations.size(), 5U);
    EXPECT_TRUE(page.is_last);
    const std::vector<Operation>& hits = page.batch.operations;
    EXPECT_EQ(hits[0].id, R"("pretty")");
    EXPECT_EQ(hits[0].routing, "");
    EXPECT_EQ(hits[0].source,
              "{\n  \"a\" : 12345678901234567890123,\r\n \"b\":1e400, \"c\":\"x\\ny\", "
              "\"t\":\"\xe2\x80\xa8 \xc3\xa9 \xf0\x9f\x98\x80\"\n}");
    EXPECT_EQ(hits[1].id, "\"q\\\"\\\\\xc3\xa9\\uD83D\\uDE00/\\n\\u0001\"");
    EXPECT_EQ(hits[1].source,
              R"({"k\"}":"}]","u":"\ud83d\ude00\u0000\ud800","x":{"_id":"fake","sort":[1]}})");
    EXPECT_EQ(hits[2].id, R"("null")");
    EXPECT_EQ(hits[2].routing, R"("r\"\\\n")");
    EXPECT_EQ(hits[2].source, R"({"deep":[[[[[[[[[[1]]]]]]]]]]})");
    EXPECT_EQ(hits[3].id, R"("0")");
    EXPECT_EQ(hits[3].source, "{}");
    EXPECT_EQ(hits[4].source, R"({"a":1})");
    for (std::size_t i = 0; i < hits.size(); ++i) {
        EXPECT_EQ(hits[i].seq_no, SeqNo{static_cast<std::int64_t>(i)});
    }
}

TEST_P(RealPage, SlicesPointIntoTheBytesThatThePageOwns) {
    Result<Page> decoded = decode(answer(GetParam() + "/page"));
    ASSERT_TRUE(decoded.ok());
    const Page moved = std::move(decoded).value();
    const std::string& bytes = *moved.batch.bytes;
    for (const Operation& operation : moved.batch.operations) {
        EXPECT_GE(operation.source.data(), bytes.data());
        EXPECT_LE(operation.source.data() + operation.source.size(), bytes.data() + bytes.size());
    }
}

TEST_P(RealPage, CursorIsTheLastHitsSortValues) {
    const Result<Page> plain = decode(answer(GetParam() + "/page"));
    ASSERT_TRUE(plain.ok());
    EXPECT_EQ(plain.value().cursor, "[4]");
    const Result<Page> by_document = decode(answer(GetParam() + "/page_by_document"), 2);
    ASSERT_TRUE(by_document.ok());
    EXPECT_EQ(by_document.value().cursor.front(), '[');
    EXPECT_FALSE(by_document.value().is_last);
}

TEST_P(RealPage, EmptyPageIsTheLastAndHasNoCursor) {
    const Result<Page> page = decode(answer(GetParam() + "/page_empty"), 2);
    ASSERT_TRUE(page.ok());
    EXPECT_TRUE(page.value().batch.operations.empty());
    EXPECT_TRUE(page.value().is_last);
    EXPECT_EQ(page.value().cursor, "");
}

TEST_P(RealPage, EmptyAnswerOfAShardThatIsNotThereIsNoPage) {
    EXPECT_EQ(kind_of_page(answer(GetParam() + "/page_of_no_shard")), FailureKind::unavailable);
}

// Servers take broken UTF-8, comments and byte order marks in a document and give them back.
TEST_P(RealPage, ReadsDocumentsThatAreNotStandardJson) {
    const Result<Page> decoded = decode(answer(GetParam() + "/page_lenient"));
    ASSERT_TRUE(decoded.ok()) << decoded.failure().what;
    const std::vector<Operation>& hits = decoded.value().batch.operations;
    ASSERT_EQ(hits.size(), 8U);
    EXPECT_EQ(hits[1].id, "\"q\\\"\\\\\xc3\xa9\\uD83D\\uDE00/\\n\\u0001\"");
    EXPECT_EQ(hits[5].source, "{\"a\":\"\xed\xa0\x80 \xc0\x80\"}");
    EXPECT_EQ(hits[6].source, "{\"a\":1 /* \"},\" */, \"b\":2 // \" }\n}");
    EXPECT_EQ(hits[7].source, R"({"a":1})");
    EXPECT_EQ(hits[7].id, R"("bom")");
}

TEST_P(RealPage, CutAnywhereIsNeverAPage) {
    for (const char* const name : {"/page", "/page_lenient", "/page_empty"}) {
        const std::string whole = answer(GetParam() + name);
        // Spare bytes of the buffer hold the rest of the answer, as they do when a body is cut
        // late.
        for (std::size_t length = 0; length < whole.size(); ++length) {
            std::string cut = whole;
            cut.reserve(whole.size() + 64);
            cut.resize(length);
            EXPECT_EQ(kind_of_page(cut), FailureKind::malformed) << name << " " << length;
        }
    }
}

TEST_P(RealPage, MoreDocumentsThanAskedForAreNoPage) {
    const Result<Page> page = decode(answer(GetParam() + "/page"), 4);
    ASSERT_FALSE(page.ok());
    EXPECT_EQ(page.failure().kind, FailureKind::malformed);
}

INSTANTIATE_TEST_SUITE_P(Versions,
                         RealPage,
                         testing::Values("9.2.0", "7.17.28", "opensearch-2.19.1"),
                         [](const auto& instance) {
                             std::string name = instance.param;
                             std::ranges::replace_if(
                                 name, [](char c) { return c == '.' || c == '-'; }, '_');
                             return name;
                         });

TEST(SearchDecoder, FullPageIsNotTheLast) {
    const Result<Page> page = decode(answer("9.2.0/page"), 5);
    ASSERT_TRUE(page.ok());
    EXPECT_FALSE(page.value().is_last);
}

TEST(SearchDecoder, PartialAnswersAreUnavailable) {
    const std::string whole = answer("9.2.0/page");
    EXPECT_EQ(kind_of_page(with(whole, R"("timed_out":false)", R"("timed_out":true)")),
              FailureKind::unavailable);
    EXPECT_EQ(kind_of_page(with(whole, R"("failed":0)", R"("failed":1)")),
              FailureKind::unavailable);
    EXPECT_EQ(kind_of_page(with(whole, R"("successful":1)", R"("successful":0)")),
              FailureKind::unavailable);
    EXPECT_EQ(kind_of_page(with(whole, R"("total":1)", R"("total":0)")), FailureKind::unavailable);
}

TEST(SearchDecoder, AnswersWithoutTheirProofsAreMalformed) {
    const std::string whole = answer("9.2.0/page");
    EXPECT_EQ(kind_of_page(with(whole, R"("timed_out":false,)", "")), FailureKind::malformed);
    EXPECT_EQ(kind_of_page(with(whole, R"("timed_out":false)", R"("timed_out":0)")),
              FailureKind::malformed);
    EXPECT_EQ(kind_of_page(with(whole, R"("failed":0)", R"("failed":"0")")),
              FailureKind::malformed);
    EXPECT_EQ(kind_of_page(with(whole, R"("_shards")", R"("shards")")), FailureKind::unavailable);
    EXPECT_EQ(
        kind_of_page(R"({"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0}})"),
        FailureKind::malformed);
    EXPECT_EQ(kind_of_page(whole + "}"), FailureKind::malformed);
    EXPECT_EQ(kind_of_page(whole + whole), FailureKind::malformed);
    EXPECT_EQ(kind_of_page(""), FailureKind::malformed);
    EXPECT_EQ(kind_of_page("[]"), FailureKind::malformed);
    EXPECT_EQ(kind_of_page("<html>503</html>"), FailureKind::malformed);
}

TEST(SearchDecoder, WrongTypesInAHitAreMalformed) {
    const std::string rest = R"("_seq_no":1,"_source":{},"sort":[1])";
    for (const std::string id : {"1", "null", "{}", "[\"a\"]", "\"a"}) {
        EXPECT_EQ(kind_of_page(page_of("\"_id\":" + id + "," + rest)), FailureKind::malformed)
            << id;
    }
    for (const char* const fields :
         {R"("_seq_no":1,"_source":{},"sort":[1])",
          R"("_id":"a","_seq_no":"1","_source":{},"sort":[1])",
          R"("_id":"a","_seq_no":1.5,"_source":{},"sort":[1])",
          R"("_id":"a","_seq_no":1,"_source":[],"sort":[1])",
          R"("_id":"a","_seq_no":1,"_source":"{}","sort":[1])",
          R"("_id":"a","_seq_no":1,"_source":{},"sort":[])",
          R"("_id":"a","_seq_no":1,"_source":{},"sort":1)",
          R"("_id":"a","_seq_no":1,"_source":{})",
          R"("_id":"a","_routing":7,"_seq_no":1,"_source":{},"sort":[1])",
          R"("_id":"a","_seq_no":1,"_source":{"b":[},"sort":[1])"}) {
        EXPECT_EQ(kind_of_page(page_of(fields)), FailureKind::malformed) << fields;
    }
}

TEST(SearchDecoder, IndicesThatCannotBeFollowedAreRefused) {
    EXPECT_EQ(kind_of_page(page_of(R"("_id":"a","_seq_no":1,"sort":[1])")), FailureKind::refused);
    EXPECT_EQ(kind_of_page(page_of(R"("_id":"a","_source":{},"sort":[1])")), FailureKind::refused);
    EXPECT_EQ(kind_of_page(page_of(R"("_id":"a","_seq_no":-2,"_source":{},"sort":[1])")),
              FailureKind::refused);
}

TEST(SearchDecoder, FieldsMayComeInAnyOrderWithSpace) {
    const Result<Page> page = decode(
        "{ \"hits\" : { \"hits\" : [ { \"sort\" : [ 7 ] , \"_source\" : { \"a\" : 1 } , "
        "\"_routing\" : \"r\" , \"_seq_no\" : 7 , \"_id\" : \"x\" } ] } , \"timed_out\" : false , "
        "\"_shards\" : { \"failed\" : 0 , \"total\" : 1 , \"successful\" : 1 } }\n");
    ASSERT_TRUE(page.ok()) << page.failure().what;
    const Operation& hit = page.value().batch.operations.at(0);
    EXPECT_EQ(hit.id, R"("x")");
    EXPECT_EQ(hit.routing, R"("r")");
    EXPECT_EQ(hit.source, R"({ "a" : 1 })");
    EXPECT_EQ(page.value().cursor, "[ 7 ]");
}

TEST(SearchDecoder, DeepAndRepeatedKeysPassThrough) {
    const std::string deep =
        "{\"a\":" + std::string(900, '[') + std::string(900, ']') + ",\"a\":2,\"a\":1e400}";
    const Result<Page> page =
        decode(page_of(R"("_id":"a","_seq_no":1,"_source":)" + deep + R"(,"sort":[1])"));
    ASSERT_TRUE(page.ok());
    EXPECT_EQ(page.value().batch.operations.at(0).source, deep);
}

// Brackets and quotes are well, a backslash hides a quote outside of any string. In a bulk the
// lines would be actions of their own, on whatever index they name.
TEST(SearchDecoder, BackslashCannotForgeALineOfABulk) {
    const std::string forged =
        "{\"a\":\\\"\n{\\\"delete\\\":{\\\"_index\\\":\\\"other\\\"}}\n\\\"x\"b\"}";
    EXPECT_EQ(
        kind_of_page(page_of(R"("_id":"a","_seq_no":1,"_source":)" + forged + R"(,"sort":[1])")),
        FailureKind::malformed);
}

// A comment that is taken for content could end its document and begin another one.
TEST(SearchDecoder, CommentCannotForgeADocument) {
    const std::string forged = R"({"v":1 /*},"sort":[1]},{"_id":"b","_seq_no":2,"_source":{*/})";
    const Result<Page> page =
        decode(page_of(R"("_id":"a","_seq_no":1,"_source":)" + forged + R"(,"sort":[1])"));
    ASSERT_TRUE(page.ok());
    ASSERT_EQ(page.value().batch.operations.size(), 1U);
    EXPECT_EQ(page.value().batch.operations[0].source, forged);

    const std::string line =
        "{\"v\":1 //},\"sort\":[1]},{\"_id\":\"b\",\"_seq_no\":2,\"_source\":{\n}";
    const Result<Page> other =
        decode(page_of(R"("_id":"a","_seq_no":1,"_source":)" + line + R"(,"sort":[1])"));
    ASSERT_TRUE(other.ok());
    ASSERT_EQ(other.value().batch.operations.size(), 1U);
    EXPECT_EQ(other.value().batch.operations[0].source, line);
}

}  // namespace
}  // namespace followd::es
