#include "es/generation_ledger.hpp"
#include "follower_fixture.hpp"

#include <gmock/gmock.h>

namespace followd::es {
namespace {

using testing::HasSubstr;

const std::vector<HistoryUuid> first{HistoryUuid{"a"}, HistoryUuid{"b"}};
const std::vector<HistoryUuid> second{HistoryUuid{"c"}, HistoryUuid{"d"}};

TEST(NextClaim, FreshFollowersGetGenerationZero) {
    EXPECT_EQ(*next_claim(std::nullopt, Claim{}, first), (Claim{0, first}));
}

TEST(NextClaim, SameHistoriesSameGeneration) {
    EXPECT_EQ(*next_claim(Claim{2, first}, Claim{1, second}, first), (Claim{2, first}));
    EXPECT_EQ(*next_claim(std::nullopt, Claim{2, first}, first), (Claim{2, first}));
}

TEST(NextClaim, OtherHistoriesTheNextGeneration) {
    EXPECT_EQ(*next_claim(Claim{2, first}, Claim{2, first}, second), (Claim{3, second}));
    EXPECT_EQ(*next_claim(std::nullopt, Claim{2, first}, second), (Claim{3, second}));
}

TEST(NextClaim, TheOneAheadCounts) {
    EXPECT_EQ(*next_claim(Claim{1, second}, Claim{2, first}, second), (Claim{3, second}));
}

TEST(NextClaim, RoomForGenerationsEnds) {
    EXPECT_TRUE(next_claim(Claim{4094, first}, Claim{}, second).ok());
    const auto claim = next_claim(Claim{4095, first}, Claim{}, second);
    ASSERT_FALSE(claim.ok());
    EXPECT_EQ(claim.failure().kind, FailureKind::refused);
}

class ClaimGeneration : public FollowerFixture {
protected:
    static engine::FollowerIndex follower() {
        engine::FollowerIndex follower;
        follower.name = IndexName{"copy"};
        follower.uuid = IndexUuid{"f-1"};
        return follower;
    }
    static FollowMark marked(std::int64_t generation, std::vector<HistoryUuid> histories) {
        FollowMark ours = mark();
        ours.generation = generation;
        ours.histories = std::move(histories);
        return ours;
    }
    void ledger(int generation, const std::string& histories, int seq_no = 7) {
        client.answer(http::Method::get,
                      "/.followd/_doc/f-1",
                      200,
                      R"({"_seq_no":)" + std::to_string(seq_no) +
                          R"(,"_primary_term":2,"_source":{"generation":)" +
                          std::to_string(generation) + R"(,"histories":)" + histories + "}}");
    }
    void no_entry() {
        client.answer(http::Method::get, "/.followd/_doc/f-1", 404, R"({"found":false})");
    }
    Result<std::int64_t> claim(std::vector<HistoryUuid> histories) {
        return test::run(context, cluster.claim_generation(follower(), std::move(histories)));
    }
};

TEST_F(ClaimGeneration, CreatesLedgerEntryAndMark) {
    client.answer(http::Method::get,
                  "/.followd/_doc/f-1",
                  404,
                  R"({"error":{"type":"index_not_found_exception","reason":"no"}})");
    client.answer(http::Method::put, "/.followd?", 200, acknowledged);
    no_entry();
    index(index_answer(mark()));
    client.answer(http::Method::put, "/.followd/_doc/f-1?pipeline=_none&op_type=create", 201, "{}");
    index(index_answer(mark()));
    client.answer(http::Method::put, "/copy/_mapping", 200, acknowledged);
    const auto generation = claim(first);
    ASSERT_TRUE(generation.ok()) << to_string(generation.failure());
    EXPECT_EQ(*generation, 0);
    EXPECT_EQ(client.unused(), 0U);
    EXPECT_EQ(body_of(http::Method::put, "/.followd/_doc/")["histories"], Json::array({"a", "b"}));
    const Json put = body_of(http::Method::put, "/copy/_mapping");
    EXPECT_EQ(put["_meta"]["followd"]["histories"], Json::array({"a", "b"}));
    EXPECT_EQ(put["_meta"]["team"], "a");
    EXPECT_EQ(put.size(), 1U);
}

TEST_F(ClaimGeneration, WritesNothingWhereAllIsRecorded) {
    ledger(3, R"(["a","b"])");
    index(index_answer(marked(3, first)));
    index(index_answer(marked(3, first)));
    EXPECT_EQ(*claim(first), 3);
    for (const http::Request& sent : client.requests()) {
        EXPECT_EQ(sent.method, http::Method::get);
    }
}

TEST_F(ClaimGeneration, LoserOfARaceGetsTheWinnersGeneration) {
    ledger(0, R"(["a","b"])");
    index(index_answer(marked(0, first)));
    client.answer(http::Method::put,
                  "/.followd/_doc/f-1?pipeline=_none&if_seq_no=7&if_primary_term=2",
                  409,
                  R"({"error":{"type":"version_conflict_engine_exception","reason":"x"}})");
    ledger(1, R"(["c","d"])", 8);
    index(index_answer(marked(1, second)));
    index(index_answer(marked(1, second)));
    EXPECT_EQ(*claim(second), 1);
    EXPECT_EQ(client.unused(), 0U);
}

TEST_F(ClaimGeneration, LoserWithOtherHistoriesGoesOneFurther) {
    ledger(0, R"(["x","y"])");
    index(index_answer(marked(0, {})));
    client.answer(http::Method::put, "/.followd/_doc/f-1?pipeline=_none&if_seq_no=7", 409, "{}");
    ledger(1, R"(["c","d"])", 8);
    index(index_answer(marked(1, second)));
    client.answer(http::Method::put, "/.followd/_doc/f-1?pipeline=_none&if_seq_no=8", 200, "{}");
    index(index_answer(marked(1, second)));
    client.answer(http::Method::put, "/copy/_mapping", 200, acknowledged);
    EXPECT_EQ(*claim(first), 2);
}

TEST_F(ClaimGeneration, CompletesWhatACrashLeftHalfDone) {
    ledger(1, R"(["c","d"])");
    index(index_answer(marked(0, first)));
    index(index_answer(marked(0, first)));
    client.answer(http::Method::put, "/copy/_mapping", 200, acknowledged);
    EXPECT_EQ(*claim(second), 1);
    EXPECT_EQ(count("PUT /.followd/_doc/f-1"), 0U);
    EXPECT_EQ(body_of(http::Method::put, "/copy/_mapping")["_meta"]["followd"]["generation"], 1);
}

TEST_F(ClaimGeneration, TheMarkCountsWhereTheLedgerIsLost) {
    no_entry();
    index(index_answer(marked(5, first)));
    client.answer(http::Method::put, "/.followd/_doc/f-1?pipeline=_none&op_type=create", 201, "{}");
    index(index_answer(marked(5, first)));
    EXPECT_EQ(*claim(first), 5);
    EXPECT_EQ(body_of(http::Method::put, "/.followd/_doc/")["generation"], 5);
}

TEST_F(ClaimGeneration, GivesUpAfterManyLostRaces) {
    client.answer_always(http::Method::get, "/.followd/_doc/f-1", 404, R"({"found":false})");
    client.answer_always(http::Method::get, "/copy?", 200, index_answer(mark()));
    client.answer_always(http::Method::put, "/.followd/_doc/f-1", 409, "{}");
    const auto generation = claim(first);
    ASSERT_FALSE(generation.ok());
    EXPECT_EQ(generation.failure().kind, FailureKind::unavailable);
    EXPECT_EQ(count("PUT /.followd/_doc/f-1"), 8U);
}

TEST_F(ClaimGeneration, NeverClaimsForAnIndexThatWasReplaced) {
    no_entry();
    Json replaced = Json::parse(index_answer(mark()));
    replaced["copy"]["settings"]["index.uuid"] = "f-2";
    index(replaced.dump());
    const auto generation = claim(first);
    ASSERT_FALSE(generation.ok());
    EXPECT_EQ(generation.failure().kind, FailureKind::not_found);
    EXPECT_EQ(count("PUT /.followd/_doc/f-1"), 0U);
}

TEST_F(ClaimGeneration, AnEntryThatIsNotOursIsMalformed) {
    client.answer(
        http::Method::get,
        "/.followd/_doc/f-1",
        200,
        R"({"_seq_no":1,"_primary_term":1,"_source":{"generation":"x","histories":["a"]}})");
    const auto generation = claim(first);
    ASSERT_FALSE(generation.ok());
    EXPECT_EQ(generation.failure().kind, FailureKind::malformed);
    EXPECT_THAT(generation.failure().where, HasSubstr("paris"));
}

// --- raised for a repair -------------------------------------------------------------------------

class RaiseGeneration : public ClaimGeneration {
protected:
    void counted(const std::string& buckets) {
        client.answer(http::Method::post, "/copy/_refresh", 200, R"({"_shards":{"failed":0}})");
        client.answer(
            http::Method::post,
            "/copy/_search",
            200,
            R"({"timed_out":false,"_shards":{"failed":0},"aggregations":{"g":{"buckets":)" +
                buckets + "}}}");
    }
    Result<engine::FollowerIndex> raise() {
        return test::run(context, cluster.raise_generation(follower(), {SeqNo{8}, SeqNo::none()}));
    }
};

TEST_F(RaiseGeneration, StandsInTheLedgerAndThenInTheMark) {
    ledger(0, R"(["a","b"])");
    index(index_answer(marked(0, first)));
    counted(R"([{"key":1.0,"doc_count":9}])");
    client.answer(http::Method::put,
                  "/.followd/_doc/f-1?pipeline=_none&if_seq_no=7&if_primary_term=2",
                  200,
                  "{}");
    index(index_answer(marked(0, first)));
    client.answer(http::Method::put, "/copy/_mapping", 200, acknowledged);
    const auto raised = raise();
    ASSERT_TRUE(raised.ok()) << to_string(raised.failure());
    EXPECT_EQ(raised->generation, 1);
    EXPECT_EQ(body_of(http::Method::put, "/.followd/_doc/")["generation"], 1);
    const Json put = body_of(http::Method::put, "/copy/_mapping")["_meta"]["followd"];
    EXPECT_EQ(put["generation"], 1);
    EXPECT_EQ(put["origins"][0]["table"],
              Json::parse(R"([{"space":"u-1","generation":0,"through":[8,-1]},
                              {"space":"u-1","generation":1}])"));
}

TEST_F(RaiseGeneration, LiesAboveWhatSomebodyWroteWithAVersionOfHisOwn) {
    ledger(0, R"(["a","b"])");
    index(index_answer(marked(0, first)));
    counted(R"([{"key":1.0,"doc_count":9},{"key":7696581394433.0,"doc_count":1}])");
    client.answer(http::Method::put, "/.followd/_doc/f-1?pipeline=_none&if_seq_no=7", 200, "{}");
    index(index_answer(marked(0, first)));
    client.answer(http::Method::put, "/copy/_mapping", 200, acknowledged);
    EXPECT_EQ(raise()->generation, 8);
}

TEST_F(RaiseGeneration, IsRefusedWithoutRoomAndChangesNothing) {
    ledger(0, R"(["a","b"])");
    index(index_answer(marked(0, first)));
    counted(R"([{"key":4503599627370497.0,"doc_count":1}])");
    const auto raised = raise();
    ASSERT_FALSE(raised.ok());
    EXPECT_EQ(raised.failure().kind, FailureKind::refused);
    EXPECT_EQ(count("PUT "), 0U);
}

TEST_F(RaiseGeneration, WhatACrashLeftHalfDoneIsNoNewHistory) {
    ledger(3, R"(["a","b"])");
    index(index_answer(marked(2, first)));
    index(index_answer(marked(2, first)));
    client.answer(http::Method::put, "/copy/_mapping", 200, acknowledged);
    EXPECT_EQ(*claim(first), 3);
    const Json put = body_of(http::Method::put, "/copy/_mapping")["_meta"]["followd"];
    EXPECT_EQ(put["origins"][0]["table"],
              Json::parse(R"([{"space":"u-1","generation":2},{"space":"u-1","generation":3}])"));
}

TEST_F(RaiseGeneration, IsNotForAnIndexWhoseRoleIsBeingChanged) {
    change_under_way();
    const auto raised = raise();
    ASSERT_FALSE(raised.ok());
    EXPECT_EQ(raised.failure().kind, FailureKind::conflict);
}

}  // namespace
}  // namespace followd::es
