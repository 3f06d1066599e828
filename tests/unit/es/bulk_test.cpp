#include "es/bulk_decoder.hpp"
#include "es/bulk_encoder.hpp"
#include "unit/es/answers.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace followd::es {
namespace {

const IndexName fence{".followd-E1-logs"};

WriteItem write(const char* id, std::int64_t seq_no, const char* source = "{}") {
    return WriteItem{WriteKind::index, Version{seq_no + 1}, SeqNo{seq_no}, id, "", source};
}

WriteItem removal(const char* id, std::int64_t seq_no) {
    return WriteItem{WriteKind::remove, Version{seq_no + 2}, SeqNo{seq_no}, id, "", ""};
}

Bulk bulk_of(std::vector<WriteItem> items) {
    Bulk bulk;
    bulk.items = std::move(items);
    return bulk;
}

/// What the recorded answers were given to: eight documents and a removal.
Bulk recorded() {
    std::vector<WriteItem> items(8, write(R"("a")", 1));
    items.push_back(removal(R"("absent")", 50));
    return bulk_of(items);
}

TEST(BulkEncoder, WritesEveryItemWithItsExternalVersion) {
    Bulk bulk = bulk_of({write(R"("a\"\\\u0001")", 6, R"({"n":12345678901234567890123})"),
                         removal(R"("null")", 7)});
    bulk.items[1].routing = R"("r\n")";
    const http::Request request = encode_bulk(fence, bulk, std::chrono::seconds{9});
    EXPECT_EQ(request.method, http::Method::post);
    EXPECT_EQ(request.target.find("/.followd-E1-logs/_bulk?require_alias=true&pipeline=_none&"),
              0U);
    EXPECT_EQ(request.content_type, "application/x-ndjson");
    EXPECT_EQ(request.deadline, std::chrono::seconds{9});
    EXPECT_EQ(
        request.body,
        "{\"index\":{\"_id\":\"a\\\"\\\\\\u0001\",\"version\":7,\"version_type\":\"external\"}}\n"
        "{\"n\":12345678901234567890123}\n"
        "{\"delete\":{\"_id\":\"null\",\"routing\":\"r\\n\",\"version\":9,"
        "\"version_type\":\"external\"}}\n");
}

TEST(BulkEncoder, DocumentTakesOneLine) {
    const http::Request request =
        encode_bulk(fence,
                    bulk_of({write(R"("a")", 0, "{\r\n \"a\": 1e400 // one\n}\n")}),
                    std::chrono::seconds{9});
    EXPECT_TRUE(request.body.ends_with("}}\n{\"a\":1e400}\n")) << request.body;
}

TEST(BulkEncoder, FenceNameIsEncoded) {
    const http::Request request = encode_bulk(IndexName{".followd-E1-log s/\xc3\xa9"},
                                              bulk_of({removal(R"("a")", 0)}),
                                              std::chrono::seconds{9});
    EXPECT_EQ(request.target.find("/.followd-E1-log%20s%2F%C3%A9/_bulk?"), 0U);
}

// No index can have such a name, so no bulk of deletes can create it.
TEST(BulkEncoder, FenceNeedsACapitalLetter) {
    EXPECT_TRUE(can_be_fence(fence));
    EXPECT_FALSE(can_be_fence(IndexName{".followd-1-logs"}));
    EXPECT_DEATH(static_cast<void>(encode_bulk(IndexName{".followd-1-logs"},
                                               bulk_of({removal(R"("a")", 0)}),
                                               std::chrono::seconds{9})),
                 "can_be_fence");
}

TEST(BulkDecoder, AllOfARealBulkApplied) {
    for (const std::string version : {"9.2.0", "7.17.28"}) {
        // The last item removed what was not there: 404, and right.
        const auto outcome = decode_bulk(answer(version + "/bulk_applied"), recorded(), "here");
        ASSERT_TRUE(outcome.ok());
        EXPECT_TRUE(outcome.value().conflicts.empty());
        EXPECT_TRUE(outcome.value().failed.empty());
    }
}

TEST(BulkDecoder, AllOfARealBulkWasThereAlready) {
    for (const std::string version : {"9.2.0", "7.17.28"}) {
        const auto outcome = decode_bulk(answer(version + "/bulk_conflicts"), recorded(), "here");
        ASSERT_TRUE(outcome.ok());
        EXPECT_EQ(outcome.value().conflicts.size(), 9U);
        EXPECT_TRUE(outcome.value().failed.empty());
    }
}

TEST(BulkDecoder, ItemsOfARealBulkAreJudgedOneByOne) {
    const Bulk bulk = bulk_of(std::vector<WriteItem>(4, write(R"("m")", 1)));
    for (const std::string version : {"9.2.0", "7.17.28"}) {
        const auto outcome = decode_bulk(answer(version + "/bulk_refused"), bulk, "here");
        ASSERT_TRUE(outcome.ok());
        EXPECT_EQ(outcome.value().conflicts, std::vector<std::size_t>{3});
        ASSERT_EQ(outcome.value().failed.size(), 2U);
        EXPECT_EQ(outcome.value().failed[0].item, 0U);
        EXPECT_EQ(outcome.value().failed[1].item, 2U);
        EXPECT_EQ(outcome.value().failed[0].failure.kind, FailureKind::refused);
        EXPECT_EQ(outcome.value().failed[0].failure.where, "here");
        EXPECT_EQ(outcome.value().failed[0].failure.what.find("secret"), std::string::npos);
    }
}

TEST(BulkDecoder, FullDiskAndLostFence) {
    const Bulk bulk = bulk_of(std::vector<WriteItem>(4, write(R"("m")", 1)));
    const Bulk removals = bulk_of({removal(R"("x")", 1)});
    for (const std::string version : {"9.2.0", "7.17.28"}) {
        const auto full = decode_bulk(answer(version + "/bulk_disk_full"), bulk, "here");
        ASSERT_TRUE(full.ok());
        ASSERT_EQ(full.value().failed.size(), 4U);
        EXPECT_EQ(full.value().failed[3].failure.kind, FailureKind::throttled);
        const auto lost = decode_bulk(answer(version + "/bulk_fence_gone"), bulk, "here");
        ASSERT_TRUE(lost.ok());
        ASSERT_EQ(lost.value().failed.size(), 4U);
        EXPECT_EQ(lost.value().failed[0].failure.kind, FailureKind::not_found);
        const auto none = decode_bulk(answer(version + "/bulk_fence_gone_deletes"), removals, "");
        ASSERT_TRUE(none.ok());
        ASSERT_EQ(none.value().failed.size(), 1U);
        EXPECT_EQ(none.value().failed[0].failure.kind, FailureKind::not_found);
    }
}

TEST(BulkDecoder, KindsOfItemFailures) {
    const Bulk bulk = bulk_of({write(R"("a")", 1), removal(R"("b")", 2)});
    const auto outcome = decode_bulk(
        R"({"errors":true,"items":[{"index":{"status":429,"error":{"type":"es_rejected_execution_exception","reason":"rejected execution of primary operation"}}},{"delete":{"status":404,"error":{"type":"index_not_found_exception","reason":"no such index"}}}]})",
        bulk,
        "here");
    ASSERT_TRUE(outcome.ok());
    ASSERT_EQ(outcome.value().failed.size(), 2U);
    EXPECT_EQ(outcome.value().failed[0].failure.kind, FailureKind::throttled);
    EXPECT_EQ(outcome.value().failed[1].failure.kind, FailureKind::not_found);
}

// `errors` is not relied on, and a write that was not found did not happen.
TEST(BulkDecoder, ItemsCountAndNotTheSummary) {
    const Bulk bulk = bulk_of({write(R"("a")", 1)});
    const auto missing =
        decode_bulk(R"({"errors":false,"items":[{"index":{"status":404}}]})", bulk, "");
    ASSERT_TRUE(missing.ok());
    EXPECT_EQ(missing.value().failed.size(), 1U);
    const auto busy =
        decode_bulk(R"({"errors":false,"items":[{"index":{"status":503}}]})", bulk, "");
    ASSERT_TRUE(busy.ok());
    ASSERT_EQ(busy.value().failed.size(), 1U);
    EXPECT_EQ(busy.value().failed[0].failure.kind, FailureKind::unavailable);
}

TEST(BulkDecoder, AnswerAboutOtherItemsIsMalformed) {
    const Bulk bulk = bulk_of({write(R"("a")", 1), removal(R"("b")", 2)});
    for (const char* const items :
         {R"({"index":{"status":201}})",
          R"({"index":{"status":201}},{"index":{"status":201}})",
          R"({"delete":{"status":200}},{"index":{"status":201}})",
          R"({"index":{"status":201}},{"delete":{"status":200}},{"delete":{"status":200}})",
          R"({"index":{"status":"201"}},{"delete":{"status":200}})",
          R"({"index":{}},{"delete":{"status":200}})",
          R"({"index":{"status":1}},{"delete":{}})",
          R"(1,2)",
          ""}) {
        const auto outcome =
            decode_bulk(std::string(R"({"errors":false,"items":[)") + items + "]}", bulk, "");
        ASSERT_FALSE(outcome.ok()) << items;
        EXPECT_EQ(outcome.failure().kind, FailureKind::malformed);
    }
    EXPECT_FALSE(decode_bulk(R"({"errors":false})", bulk, "").ok());
}

TEST(BulkDecoder, CutAnywhereIsNeverAnOutcome) {
    for (const std::string name : {"bulk_applied", "bulk_conflicts"}) {
        const std::string whole = answer("9.2.0/" + name);
        for (std::size_t length = 0; length < whole.size(); ++length) {
            std::string cut = whole;
            cut.resize(length);
            const auto outcome = decode_bulk(cut, recorded(), "");
            ASSERT_FALSE(outcome.ok()) << length;
            EXPECT_EQ(outcome.failure().kind, FailureKind::malformed);
        }
    }
}

}  // namespace
}  // namespace followd::es
