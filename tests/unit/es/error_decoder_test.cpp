#include "es/error_decoder.hpp"

#include "unit/es/answers.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace followd::es {
namespace {

const std::vector<std::string> versions{"9.2.0", "7.17.28", "opensearch-2.19.1"};

http::Response response(int status, std::string body) {
    return http::Response{status, std::move(body), {}, {}};
}

FailureKind kind_of_answer(int status, const std::string& body) {
    return kind_of(read_error(response(status, body)), ErrorScope::request);
}

FailureKind kind_of_type(const std::string& type, int status) {
    return kind_of(ServerError{status, type, "because"}, ErrorScope::request);
}

TEST(ErrorDecoder, ReadsRealErrors) {
    for (const std::string& version : versions) {
        EXPECT_EQ(kind_of_answer(404, answer(version + "/index_missing")), FailureKind::not_found);
        EXPECT_EQ(kind_of_answer(404, answer(version + "/view_gone")), FailureKind::not_found);
        EXPECT_EQ(kind_of_answer(400, answer(version + "/index_closed")), FailureKind::unavailable);
    }
}

TEST(ErrorDecoder, SaysTheCauseRatherThanTheWrapper) {
    const ServerError error = read_error(response(404, answer("9.2.0/view_gone")));
    EXPECT_EQ(error.type, "search_context_missing_exception");
    EXPECT_EQ(describe(error, ErrorScope::request).find("search_context_missing_exception: No "),
              0U);

    const ServerError red = read_error(response(
        503,
        R"({"error":{"root_cause":[],"type":"search_phase_execution_exception","reason":"","phase":"query","caused_by":{"type":"search_phase_execution_exception","reason":"Search rejected due to missing shards [[red][0]]."}},"status":503})"));
    EXPECT_EQ(kind_of(red, ErrorScope::request), FailureKind::unavailable);
    EXPECT_EQ(
        describe(red, ErrorScope::request),
        "search_phase_execution_exception: Search rejected due to missing shards [[red][0]].");
}

TEST(ErrorDecoder, StatusDecidesWhereTheTypeDoesNot) {
    const std::vector<std::pair<int, FailureKind>> table{{400, FailureKind::refused},
                                                         {401, FailureKind::unauthorised},
                                                         {403, FailureKind::unauthorised},
                                                         {404, FailureKind::not_found},
                                                         {405, FailureKind::refused},
                                                         {408, FailureKind::timeout},
                                                         {409, FailureKind::conflict},
                                                         {413, FailureKind::too_large},
                                                         {429, FailureKind::throttled},
                                                         {500, FailureKind::unavailable},
                                                         {502, FailureKind::unavailable},
                                                         {503, FailureKind::unavailable},
                                                         {504, FailureKind::timeout},
                                                         {302, FailureKind::malformed},
                                                         {0, FailureKind::refused}};
    for (const auto& [status, kind] : table) {
        EXPECT_EQ(kind_of_type("some_exception", status), kind) << status;
    }
}

TEST(ErrorDecoder, TypeDecidesWhereItIsKnown) {
    const std::vector<std::pair<std::string, FailureKind>> table{
        {"index_not_found_exception", FailureKind::not_found},
        {"version_conflict_engine_exception", FailureKind::conflict},
        {"es_rejected_execution_exception", FailureKind::throttled},
        {"rejected_execution_exception", FailureKind::throttled},
        {"circuit_breaking_exception", FailureKind::throttled},
        {"index_closed_exception", FailureKind::unavailable},
        {"no_shard_available_action_exception", FailureKind::unavailable},
        {"unavailable_shards_exception", FailureKind::unavailable},
        {"security_exception", FailureKind::unauthorised},
        {"resource_already_exists_exception", FailureKind::conflict},
        {"mapper_parsing_exception", FailureKind::refused}};
    for (const auto& [type, kind] : table) {
        EXPECT_EQ(kind_of_type(type, 400), kind) << type;
    }
    EXPECT_EQ(kind_of_type("circuit_breaking_exception", 503), FailureKind::throttled);
}

// An index must not be given up because a proxy has lost its way.
TEST(ErrorDecoder, OnlyTheServerSaysThatSomethingIsGone) {
    EXPECT_EQ(kind_of_answer(404, "<html>404 Not Found</html>"), FailureKind::unavailable);
    EXPECT_EQ(kind_of_answer(404, ""), FailureKind::unavailable);
    EXPECT_EQ(kind_of_answer(404, R"({"error":"alias [a] missing","status":404})"),
              FailureKind::not_found);
    EXPECT_EQ(kind_of_answer(502, "<html>Bad Gateway</html>"), FailureKind::unavailable);
    EXPECT_EQ(kind_of_answer(413, ""), FailureKind::too_large);
    EXPECT_EQ(kind_of_answer(401, "Unauthorized"), FailureKind::unauthorised);
    EXPECT_EQ(describe(read_error(response(502, "<html>")), ErrorScope::request),
              "HTTP status 502");
}

TEST(ErrorDecoder, BlocksAreWaitedFor) {
    const ServerError full{
        429,
        "cluster_block_exception",
        "index [a] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark];"};
    EXPECT_EQ(kind_of(full, ErrorScope::document), FailureKind::throttled);
    EXPECT_EQ(describe(full, ErrorScope::document).find("the follower's disk is full: "), 0U);
    const ServerError full_before_7_8{
        403,
        "cluster_block_exception",
        "blocked by: [FORBIDDEN/12/index read-only / allow delete (api)];"};
    EXPECT_EQ(kind_of(full_before_7_8, ErrorScope::document), FailureKind::throttled);
    const ServerError write_block{
        403, "cluster_block_exception", "index [a] blocked by: [FORBIDDEN/8/index write (api)];"};
    EXPECT_EQ(kind_of(write_block, ErrorScope::document), FailureKind::unavailable);
    const ServerError no_master{503, "cluster_block_exception", "blocked by: [SERVICE_UNAVAILABLE"};
    EXPECT_EQ(kind_of(no_master, ErrorScope::request), FailureKind::unavailable);
}

TEST(ErrorDecoder, InvalidNameIsALostFenceOnlyForDocuments) {
    const ServerError error{400, "invalid_index_name_exception", "must be lowercase"};
    EXPECT_EQ(kind_of(error, ErrorScope::document), FailureKind::not_found);
    EXPECT_EQ(kind_of(error, ErrorScope::request), FailureKind::refused);
}

// Reasons as 7.17, 8.19 and 9.2 wrote them for documents whose values were "secret".
TEST(ErrorDecoder, NothingOfADocumentIsQuoted) {
    const std::vector<std::pair<std::string, std::string>> errors{
        {"document_parsing_exception",
         "[1:7] failed to parse field [n] of type [long] in document with id 'b'. Preview of "
         "field's value: 'secret'"},
        {"mapper_parsing_exception", "failed to parse: Invalid value secret"},
        {"document_parsing_exception",
         "[1:6] failed to parse: [1:8] Invalid UTF-8 start byte 0xff\n at [Source: "
         "(byte[])\"{\"a\":\"secret\"}\"; line: 1, column: 8]"},
        {"illegal_argument_exception", "For input string: \"secret\""},
        {"illegal_argument_exception", "'secret' is not an IP string literal."},
        {"illegal_argument_exception", "failed to parse date field [secret] with format [x]"},
        {"illegal_argument_exception",
         "Document contains at least one immense term in field=\"a\". The prefix of the first "
         "immense term is: '[secret]...'"},
        {"x_content_parse_exception", "[1:2] Unexpected secret"},
        {"json_parse_exception", "Unrecognized token 'secret'"},
        {"unavailable_shards_exception",
         "[a][0] primary shard is not active Timeout: [1s], request: [BulkShardRequest [[a][0]] "
         "containing [index {[a][_doc][1], source[{\"v\":\"secret\"}]}]]"},
        {"some_new_exception", "secret"}};
    for (const auto& [type, reason] : errors) {
        const std::string text = describe(ServerError{400, type, reason}, ErrorScope::document);
        EXPECT_EQ(text.find("secret"), std::string::npos) << text;
        EXPECT_EQ(text.find('\n'), std::string::npos) << text;
        EXPECT_EQ(text.find(type), 0U) << text;
    }
    for (const std::string version : {"9.2.0", "7.17.28"}) {
        const ServerError error = read_error(response(400, answer(version + "/bulk_unreadable")));
        const std::string text = describe(error, ErrorScope::request);
        EXPECT_EQ(text.find("Source"), std::string::npos) << text;
        EXPECT_EQ(text.find("1}"), std::string::npos) << text;
        EXPECT_EQ(kind_of(error, ErrorScope::request), FailureKind::refused);
    }
}

TEST(ErrorDecoder, WhatHelpsIsKept) {
    EXPECT_EQ(describe(ServerError{400,
                                   "document_parsing_exception",
                                   "[1:7] failed to parse field [n] of type [long] in document "
                                   "with id 'b'. Preview of field's value: 'x'"},
                       ErrorScope::document),
              "document_parsing_exception: [1:7] failed to parse field [n] of type [long] in "
              "document with id 'b'.");
    const std::string mapper = "mapper [a] cannot be changed from type [long] to [text]";
    EXPECT_EQ(
        describe(ServerError{400, "illegal_argument_exception", mapper}, ErrorScope::document),
        "illegal_argument_exception: " + mapper);
}

TEST(ErrorDecoder, TextIsShortAndCutBetweenCharacters) {
    std::string reason = "ab";
    for (int i = 0; i < 300; ++i) {
        reason += "\xc3\xa9";
    }
    for (std::size_t extra = 0; extra < 4; ++extra) {
        const std::string text =
            describe(ServerError{400, "t" + std::string(extra, 'x'), reason}, ErrorScope::request);
        EXPECT_LE(text.size(), error_text_max);
        EXPECT_GE(text.size(), error_text_max - 4);
        EXPECT_TRUE(text.ends_with("\xc3\xa9...")) << text;
    }
}

TEST(ErrorDecoder, CutErrorsStillHaveTheirStatus) {
    const std::string whole = answer("9.2.0/view_gone");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const ServerError error = read_error(response(503, whole.substr(0, length)));
        EXPECT_EQ(error.type, "");
        EXPECT_EQ(kind_of(error, ErrorScope::request), FailureKind::unavailable);
    }
}

TEST(ErrorDecoder, FailureSaysWhatWasTriedAndWhere) {
    const Failure failure =
        failure_of(ServerError{404, "index_not_found_exception", "no such index [a]"},
                   ErrorScope::request,
                   "refresh the index",
                   "there");
    EXPECT_EQ(to_string(failure),
              "there: could not refresh the index: index_not_found_exception: no such index [a] "
              "(not_found)");
}

}  // namespace
}  // namespace followd::es
