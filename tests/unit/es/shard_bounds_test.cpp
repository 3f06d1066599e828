#include "es/shard_bounds.hpp"

#include "es/listing_decoder.hpp"
#include "es/search_decoder.hpp"
#include "es/state_decoder.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

/// Numbers that no shard can have: with them a version, a width or a sum would overflow, and the
/// daemon stop at an assertion. Whatever a server says, they are not believed.

namespace followd::es {
namespace {

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr VersionBase base{std::int64_t{1} << 40U};

template <class T>
bool is_malformed(const Result<T>& result) {
    return !result.ok() && result.failure().kind == FailureKind::malformed;
}

std::string search(const std::string& rest) {
    return R"({"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},)" + rest + "}";
}

std::string hit(const std::string& fields) {
    return search(R"("hits":{"hits":[{)" + fields + "}]}");
}

std::string page(std::int64_t seq_no, std::int64_t sort) {
    return hit(R"("_id":"a","_seq_no":)" + std::to_string(seq_no) + R"(,"_source":{},"sort":[)" +
               std::to_string(sort) + "]");
}

std::string histogram(std::int64_t count) {
    return search(R"("aggregations":{"h":{"buckets":[{"key":0.0,"doc_count":)" +
                  std::to_string(count) + "}]}}");
}

std::string total(std::int64_t value) {
    return search(R"("hits":{"total":{"value":)" + std::to_string(value) + R"(,"relation":"eq"}})");
}

std::string lookup(std::int64_t seq_no) {
    return R"({"docs":[{"found":true,"_seq_no":)" + std::to_string(seq_no) + "}]}";
}

struct Counters {
    std::int64_t checkpoint = 4;
    std::int64_t top = 4;
    std::int64_t deletes = 0;
    std::int64_t documents = 5;
    std::int64_t bytes = 4488;
};

Result<ShardSample> sample(const Counters& counters) {
    const std::string body =
        R"({"_shards":{},"indices":{"i":{"uuid":"u","shards":{"0":[{"routing":{"state":"STARTED",)"
        R"("primary":true,"node":"n"},"docs":{"count":)" +
        std::to_string(counters.documents) + R"(},"store":{"size_in_bytes":)" +
        std::to_string(counters.bytes) + R"(},"indexing":{"delete_total":)" +
        std::to_string(counters.deletes) +
        R"(},"commit":{"user_data":{"history_uuid":"h"}},"seq_no":{"max_seq_no":)" +
        std::to_string(counters.top) + R"(,"global_checkpoint":)" +
        std::to_string(counters.checkpoint) + "}}]}}}}";
    return decode_sample(body, IndexName{"i"}, 0, "here");
}

bool is_unavailable(const Counters& counters) {
    const Result<ShardSample> result = sample(counters);
    return !result.ok() && result.failure().kind == FailureKind::unavailable;
}

std::string identity(std::int64_t term, std::int64_t mapping) {
    return R"({"cluster_uuid":"c","metadata":{"indices":{"i":{"mapping_version":)" +
           std::to_string(mapping) +
           R"(,"state":"open","settings":{"index":{"uuid":"u"}},"primary_terms":{"0":)" +
           std::to_string(term) + "}}}}}";
}

TEST(ShardBounds, LastSequenceNumberAndItsDeletionStayInTheGeneration) {
    const std::int64_t next_generation = 2 * base.value();
    EXPECT_EQ(base.of_write(SeqNo{seq_no_max}.next()).value(), next_generation - 1);
    EXPECT_TRUE(decode_page(page(seq_no_max, seq_no_max), 1, "").ok());
    EXPECT_TRUE(decode_lookups(lookup(seq_no_max), 1, "").ok());
    EXPECT_TRUE(sample({.checkpoint = seq_no_max, .top = seq_no_max}).ok());
}

TEST(ShardBounds, DocumentWithoutAVersionIsNoDocument) {
    for (const std::int64_t seq_no : {seq_no_max + 1, most}) {
        EXPECT_TRUE(is_malformed(decode_page(page(seq_no, seq_no), 1, "")));
        EXPECT_TRUE(is_malformed(decode_lookups(lookup(seq_no), 1, "")));
        const std::string listed = hit(R"("sort":[)" + std::to_string(seq_no) + "]");
        EXPECT_TRUE(is_malformed(decode_seq_nos(listed, "")));
        EXPECT_TRUE(is_unavailable({.top = seq_no}));
        EXPECT_TRUE(is_unavailable({.checkpoint = seq_no, .top = seq_no}));
    }
    EXPECT_TRUE(is_malformed(decode_seq_nos(hit(R"("sort":[-1])"), "")));
}

// Its deletion would be written with a version that no server takes, nor our own encoder.
TEST(ShardBounds, NegativeVersionIsNone) {
    for (const std::int64_t version : {std::int64_t{-1}, least}) {
        const std::string listed = hit(R"("_id":"a","sort":[)" + std::to_string(version) + "]");
        EXPECT_TRUE(is_malformed(decode_documents(listed, base, "")));
        EXPECT_TRUE(is_malformed(decode_version_page(page(1, version), 1, base, "")));
    }
    EXPECT_TRUE(decode_documents(hit(R"("_id":"a","sort":[0])"), base, "").ok());
    // Others may write to a follower with versions of their own; those lie beyond every range.
    EXPECT_TRUE(
        decode_documents(hit(R"("_id":"a","sort":[)" + std::to_string(most) + "]"), base, "").ok());
}

TEST(ShardBounds, MoreDocumentsThanLuceneNumbersAreNoCount) {
    EXPECT_TRUE(decode_histogram(histogram(documents_max), "").ok());
    EXPECT_TRUE(decode_total(total(documents_max), "").ok());
    for (const std::int64_t count : {documents_max + 1, most}) {
        EXPECT_TRUE(is_malformed(decode_histogram(histogram(count), "")));
        EXPECT_TRUE(is_malformed(decode_total(total(count), "")));
        EXPECT_TRUE(is_unavailable({.documents = count}));
    }
}

TEST(ShardBounds, NegativeCountersAreNone) {
    EXPECT_TRUE(is_unavailable({.deletes = -1}));
    EXPECT_TRUE(is_unavailable({.documents = -1}));
    EXPECT_TRUE(is_malformed(decode_identity(identity(-1, 1), IndexName{"i"}, 0, "")));
    EXPECT_TRUE(is_malformed(decode_identity(identity(1, -1), IndexName{"i"}, 0, "")));
    // An index whose primary never started.
    EXPECT_TRUE(decode_identity(identity(0, 1), IndexName{"i"}, 0, "").ok());
    EXPECT_TRUE(is_malformed(decode_reached_copies(
        R"({"_shards":{"total":-1,"successful":1,"failed":0}})", "refresh", "")));
    EXPECT_TRUE(is_malformed(decode_reached_copies(
        R"({"_shards":{"total":1,"successful":1,"failed":4294967296}})", "refresh", "")));
}

// A size is only where a page's size begins: it is no reason not to follow.
TEST(ShardBounds, SizeIsBroughtIntoItsBounds) {
    EXPECT_EQ(sample({.bytes = most})->store_bytes, store_bytes_max);
    EXPECT_EQ(sample({.bytes = least})->store_bytes, 0);
}

}  // namespace
}  // namespace followd::es
