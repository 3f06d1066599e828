#include "es/live_documents.hpp"

#include "es/generation_ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace followd::es {
namespace {

using testing::ElementsAre;

Result<std::vector<std::string>> decode(const std::string& docs, std::size_t expected) {
    return decode_live_documents(R"({"docs":[)" + docs + "]}", expected, "paris");
}

TEST(LiveDocuments, KeepTheirSourceByteForByte) {
    for (const std::string source : {R"({"n":12345678901234567890123})",
                                     R"({"n":1e400})",
                                     R"({ "a" : [1, 2.50],  "b":"\u00e9\n" })",
                                     R"({"found":false,"_version":9})",
                                     "{}"}) {
        const auto documents = decode(R"({"_index":"i","_id":"a","_version":3,"_seq_no":7,)"
                                      R"("_primary_term":1,"found":true,"_source":)" +
                                          source + "}",
                                      1);
        ASSERT_TRUE(documents.ok()) << source;
        EXPECT_THAT(*documents, ElementsAre(R"({"seq_no":7,"version":3,"source":)" + source + "}"));
    }
}

TEST(LiveDocuments, ComeInAnyOrderOfTheirMembers) {
    const auto documents =
        decode(R"({"_source":{"a":1},"found":true,"_seq_no":0,"_version":1},{"found":false})", 2);
    ASSERT_TRUE(documents.ok());
    EXPECT_THAT(*documents, ElementsAre(R"({"seq_no":0,"version":1,"source":{"a":1}})", "null"));
}

TEST(LiveDocuments, AreNoneOfThemWhereOneIsWrong) {
    const std::string good = R"({"found":true,"_seq_no":1,"_version":1,"_source":{}},)";
    for (const char* wrong : {R"({"found":false,"error":{"type":"x"}})",
                              R"({"error":{"type":"x"}})",
                              R"({"found":true,"_version":1,"_source":{}})",
                              R"({"found":true,"_seq_no":1,"_source":{}})",
                              R"({"found":true,"_seq_no":1,"_version":1})",
                              R"({"found":true,"_seq_no":-2,"_version":1,"_source":{}})",
                              R"({"found":true,"_seq_no":1.5,"_version":1,"_source":{}})",
                              R"({"found":"true","_seq_no":1,"_version":1,"_source":{}})",
                              R"({"found":true,"_seq_no":1,"_version":1,"_source":[]})",
                              R"({})",
                              "7"}) {
        const auto documents = decode(good + wrong, 2);
        ASSERT_FALSE(documents.ok()) << wrong;
        EXPECT_EQ(documents.failure().kind, FailureKind::malformed) << wrong;
    }
}

TEST(LiveDocuments, AreAsManyAsWereAskedFor) {
    EXPECT_FALSE(decode(R"({"found":false})", 2).ok());
    EXPECT_FALSE(decode(R"({"found":false},{"found":false})", 1).ok());
}

TEST(LiveDocuments, TakeNoAnswerThatIsCutAnywhere) {
    const std::string whole =
        R"({"docs":[{"found":true,"_seq_no":1,"_version":1,"_source":{"a":{"b":[1]}}}]})";
    ASSERT_TRUE(decode_live_documents(whole, 1, "paris").ok());
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_FALSE(decode_live_documents(whole.substr(0, length), 1, "paris").ok())
            << whole.substr(0, length);
    }
}

// --- the ledger's entries ------------------------------------------------------------------------

Json entry(const std::string& change = {}) {
    Json json = Json::parse(
        R"({"_seq_no":7,"_primary_term":2,"_source":{"generation":3,"histories":["h"]}})");
    if (!change.empty()) {
        json["_source"]["change"] = Json::parse(change);
    }
    return json;
}

TEST(LedgerEntryTest, HasAChangeOnlyWhereOneIsUnderWay) {
    const auto plain = read_ledger_entry(entry());
    ASSERT_TRUE(plain.ok());
    EXPECT_FALSE(plain->change);
    EXPECT_EQ(plain->claim, (Claim{3, {HistoryUuid{"h"}}}));
    EXPECT_EQ(plain->seq_no, 7);
    EXPECT_EQ(plain->primary_term, 2);
}

TEST(LedgerEntryTest, ComesBackAsItWasWritten) {
    for (const RoleChangeKind kind : {RoleChangeKind::promote, RoleChangeKind::follow}) {
        for (const std::vector<SeqNo>& points :
             {std::vector<SeqNo>{}, std::vector<SeqNo>{SeqNo{4}, SeqNo::none()}}) {
            const Claim claim{3, {HistoryUuid{"h"}, HistoryUuid{"i"}}};
            const RoleChange change{kind, "noon", "me@here", points};
            Json answer = entry();
            answer["_source"] = Json::parse(ledger_entry_body(IndexName{"copy"}, claim, change));
            const auto read = read_ledger_entry(answer);
            ASSERT_TRUE(read.ok());
            EXPECT_EQ(read->claim, claim);
            EXPECT_EQ(read->change, change);
        }
    }
}

TEST(LedgerEntryTest, RefusesAChangeThatItDoesNotUnderstand) {
    for (const char* wrong : {R"({})",
                              R"({"kind":"promote","at":"","by":""})",
                              R"({"kind":"promote","points":{}})",
                              R"({"kind":"promote","points":["4"]})",
                              R"({"kind":"promote","points":[4.5]})",
                              R"({"kind":"promote","points":[-2]})",
                              R"({"kind":"delete","points":[]})",
                              R"({"kind":7,"points":[]})",
                              R"("promote")",
                              R"(null)"}) {
        const auto read = read_ledger_entry(entry(wrong));
        ASSERT_FALSE(read.ok()) << wrong;
        EXPECT_EQ(read.failure().kind, FailureKind::malformed);
    }
}

}  // namespace
}  // namespace followd::es
