#include "es/follow_mark.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace followd::es {
namespace {

FollowMark sample_mark() {
    FollowMark mark;
    mark.leader_cluster = ClusterName{"berlin"};
    mark.leader_index = IndexName{"logs-a"};
    mark.leader_uuid = IndexUuid{"u-1"};
    mark.histories = {HistoryUuid{"h0"}, HistoryUuid{"h1"}};
    mark.generation = 3;
    mark.epoch = 7;
    mark.held_back.settings = {{"index.final_pipeline", Json("p")}};
    mark.held_back.write_aliases = {"logs"};
    return mark;
}

TEST(FollowMark, ComesBackAsItWasWritten) {
    Json mappings = Json::parse(R"({"_meta":{"mine":1},"dynamic":"strict"})");
    set_mark(mappings, sample_mark());
    const auto read = read_mark(mappings);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(*read, sample_mark());
    EXPECT_EQ(mappings["_meta"]["mine"], 1);
    EXPECT_EQ(mappings["dynamic"], "strict");
}

TEST(FollowMark, IsAbsentWithoutTheKey) {
    for (const char* text : {"{}", R"({"_meta":{}})", R"({"_meta":{"other":{"role":"x"}}})"}) {
        const auto read = read_mark(Json::parse(text));
        ASSERT_TRUE(read.ok()) << text;
        EXPECT_FALSE(read->has_value()) << text;
    }
}

TEST(FollowMark, RefusesWhatItDoesNotKnow) {
    struct Case {
        const char* key;
        Json value;
    };
    const Case cases[] = {{"schema", 2},
                          {"schema", "1"},
                          {"role", "boss"},
                          {"leader_cluster", ""},
                          {"leader_index", 5},
                          {"leader_uuid", nullptr},
                          {"histories", Json::array({1})},
                          {"generation", -1},
                          {"generation", 1.5},
                          {"epoch", 0},
                          {"held_back", Json::object()},
                          {"segments", Json::array()}};
    for (const Case& wrong : cases) {
        Json mappings = Json::object();
        set_mark(mappings, sample_mark());
        mappings["_meta"]["followd"][wrong.key] = wrong.value;
        const auto read = read_mark(mappings);
        ASSERT_FALSE(read.ok()) << wrong.key;
        EXPECT_EQ(read.failure().kind, FailureKind::refused) << wrong.key;
    }
}

TEST(FollowMark, NamesTheSchemaThatItCannotRead) {
    Json mappings = Json::object();
    set_mark(mappings, sample_mark());
    mappings["_meta"]["followd"]["schema"] = 9;
    const auto read = read_mark(mappings);
    ASSERT_FALSE(read.ok());
    EXPECT_NE(read.failure().what.find("schema 9"), std::string::npos);
}

TEST(FollowMark, EveryMissingKeyIsRefused) {
    Json whole = Json::object();
    set_mark(whole, sample_mark());
    const Json keys = whole["_meta"]["followd"];
    for (const auto& [key, value] : keys.items()) {
        Json mappings = whole;
        mappings["_meta"]["followd"].erase(key);
        EXPECT_FALSE(read_mark(mappings).ok()) << key;
    }
}

TEST(FollowMark, SaysOnlyWhereThereIsSomethingToSay) {
    FollowMark mark = sample_mark();
    EXPECT_FALSE(to_json(mark).contains("aliases"));
    EXPECT_FALSE(to_json(mark).contains("closed"));
    mark.aliases = {"a", "b"};
    mark.is_closed = true;
    Json mappings = Json::object();
    set_mark(mappings, mark);
    const auto read = read_mark(mappings);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(*read, mark);
    for (const char* key : {"aliases", "closed"}) {
        Json wrong = mappings;
        wrong["_meta"]["followd"][key] = "true";
        EXPECT_FALSE(read_mark(wrong).ok()) << key;
    }
}

TEST(FollowMark, AnEditLeavesTheRest) {
    FollowMark mark = sample_mark();
    mark.aliases = {"a"};
    mark.is_closed = true;
    EXPECT_EQ(MarkEdit{}.applied_to(mark), mark);
    MarkEdit edit;
    edit.aliases = std::vector<std::string>{};
    edit.is_closed = false;
    edit.held_back = HeldBack{};
    FollowMark expected = sample_mark();
    expected.held_back = {};
    EXPECT_EQ(edit.applied_to(mark), expected);
}

TEST(FollowMark, KnowsAFenceByItsName) {
    EXPECT_TRUE(is_fence_alias(fence_alias_of(IndexName{"logs-a"}, 7)));
    EXPECT_FALSE(is_fence_alias(".followd"));
    EXPECT_FALSE(is_fence_alias("logs"));
}

TEST(FollowMark, FenceAliasNamesTheEpoch) {
    EXPECT_EQ(fence_alias_of(IndexName{"logs-a"}, 7), ".followd-E7-logs-a");
}

// --- origins and promotions ----------------------------------------------------------------------

FollowMark turned_mark() {
    FollowMark mark = sample_mark();
    mark.generation = 6;
    mark.origins = {
        OriginSegment{{}, {OriginRow{IndexUuid{}, 1}, OriginRow{IndexUuid{"u-1"}, 2}}},
        OriginSegment{{SeqNo{5}, SeqNo{0}}, {}},
        OriginSegment{{SeqNo{9}, SeqNo{0}},
                      {OriginRow{IndexUuid{"f-1"}, 5}, OriginRow{IndexUuid{"u-1"}, 6}}}};
    return mark;
}

FollowMark repaired_mark() {
    FollowMark mark = sample_mark();
    mark.generation = 4;
    mark.origins = {OriginSegment{{},
                                  {OriginRow{IndexUuid{"u-1"}, 3, {SeqNo{7}, SeqNo::none()}},
                                   OriginRow{IndexUuid{"u-1"}, 4}}}};
    return mark;
}

FollowMark restored_mark() {
    FollowMark mark = sample_mark();
    mark.generation = 2;
    const OriginRow row{IndexUuid{"u-1"}, 1};
    mark.origins = {OriginSegment{{}, {row}, true}, OriginSegment{{SeqNo{5}, SeqNo{0}}, {row}}};
    return mark;
}

FollowMark promoted_mark() {
    FollowMark mark = sample_mark();
    mark.role = MarkRole::promoted;
    mark.origins = {OriginSegment{{}, {OriginRow{IndexUuid{"u-1"}, 3}}},
                    OriginSegment{{SeqNo{5}, SeqNo{0}}, {}}};
    mark.promotion =
        Promotion{{SeqNo{4}, SeqNo::none()}, {SeqNo{3}, SeqNo::none()}, "noon", "me@here"};
    return mark;
}

FollowMark generation_mark() {
    FollowMark mark = restored_mark();
    // 2026-11-30T08:00:00Z
    mark.recovery = RecoveryPoint{"followd-every-ab-r-1",
                                  WallTime{std::chrono::seconds{1'796'025'600}},
                                  std::chrono::milliseconds{2345}};
    return mark;
}

Result<std::optional<FollowMark>> reread(const FollowMark& mark, const Json& patch) {
    Json mappings = Json::object();
    set_mark(mappings, mark);
    mappings["_meta"]["followd"].merge_patch(patch);
    return read_mark(mappings);
}

TEST(FollowMark, KeepsOriginsAndPromotion) {
    for (const FollowMark& mark :
         {turned_mark(), promoted_mark(), repaired_mark(), restored_mark(), generation_mark()}) {
        const auto read = reread(mark, Json::object());
        ASSERT_TRUE(read.ok()) << read.failure().what;
        EXPECT_EQ(*read, mark);
    }
}

TEST(FollowMark, RefusesOriginsThatItDoesNotUnderstand) {
    for (const char* wrong : {R"({})",
                              R"("x")",
                              R"([7])",
                              R"([{"from":[]}])",
                              R"([{"table":[]}])",
                              R"([{"from":[],"table":[],"more":1}])",
                              R"([{"from":["0"],"table":[]}])",
                              R"([{"from":[-2],"table":[]}])",
                              R"([{"from":[],"table":{}}])",
                              R"([{"from":[],"table":[{"space":"u-1"}]}])",
                              R"([{"from":[],"table":[{"space":1,"generation":2}]}])",
                              R"([{"from":[],"table":[{"space":"u-1","generation":-1}]}])",
                              R"([{"from":[],"table":[{"space":"u-1","generation":4096}]}])",
                              R"([{"from":[],"table":[{"space":"u-1","generation":2,"x":1}]}])",
                              // generations that do not rise
                              R"([{"from":[],"table":[{"space":"a","generation":2},
                                                      {"space":"u-1","generation":2}]}])",
                              // restored, of two spaces, or the last
                              R"([{"from":[],"restored":true,"table":[]},
                                  {"from":[3,4],"table":[{"space":"u-1","generation":6}]}])",
                              R"([{"from":[],"restored":1,"table":[{"space":"a","generation":2}]},
                                  {"from":[3,4],"table":[{"space":"u-1","generation":6}]}])",
                              R"([{"from":[],"restored":true,
                                   "table":[{"space":"u-1","generation":6}]}])",
                              // a later segment from nowhere, or of other shards than another
                              R"([{"from":[],"table":[]},
                                  {"from":[],"table":[{"space":"u-1","generation":6}]}])",
                              R"([{"from":[],"table":[]},{"from":[1,2],"table":[]},
                                  {"from":[3],"table":[{"space":"u-1","generation":6}]}])"}) {
        const auto read = reread(turned_mark(), Json{{"origins", Json::parse(wrong)}});
        ASSERT_FALSE(read.ok()) << wrong;
        EXPECT_EQ(read.failure().kind, FailureKind::refused);
    }
}

// What the origins end with decides how everything that is written from now on is read.
TEST(FollowMark, RefusesOriginsOfAnotherRole) {
    struct Case {
        FollowMark mark;
        const char* patch;
    };
    const Case cases[] = {{turned_mark(), R"({"role":"promoted"})"},
                          {turned_mark(), R"({"leader_uuid":"u-2"})"},
                          {turned_mark(), R"({"generation":5})"},
                          {promoted_mark(), R"({"role":"follower"})"},
                          {promoted_mark(), R"({"origins":null})"}};
    for (const Case& wrong : cases) {
        const auto read = reread(wrong.mark, Json::parse(wrong.patch));
        ASSERT_FALSE(read.ok()) << wrong.patch;
        EXPECT_EQ(read.failure().kind, FailureKind::refused);
    }
}

TEST(FollowMark, RefusesAPromotionThatItDoesNotUnderstand) {
    for (const char* wrong : {R"([])",
                              R"("x")",
                              R"({"points":null})",
                              R"({"applied_through":null})",
                              R"({"points":[4]})",
                              R"({"points":[4,-2]})",
                              R"({"points":["4",5]})",
                              R"({"points":7})"}) {
        const auto read = reread(promoted_mark(), Json{{"promotion", Json::parse(wrong)}});
        ASSERT_FALSE(read.ok()) << wrong;
        EXPECT_EQ(read.failure().kind, FailureKind::refused);
    }
}

TEST(FollowMark, SaysWhatAGenerationIsACopyOf) {
    EXPECT_FALSE(to_json(restored_mark()).contains("recovery"));
    EXPECT_EQ(to_json(generation_mark())["recovery"],
              Json::parse(R"({"snapshot":"followd-every-ab-r-1","as_of":"2026-11-30T08:00:00Z",
                              "restore_ms":2345})"));
}

TEST(FollowMark, RefusesARecoveryThatItDoesNotUnderstand) {
    for (const char* wrong : {R"([])",
                              R"("x")",
                              R"({"snapshot":null})",
                              R"({"snapshot":""})",
                              R"({"as_of":null})",
                              R"({"as_of":1796025600})",
                              R"({"as_of":"2026-11-30T08:00:00"})",
                              R"({"as_of":"2026-11-30T08:00:00.5Z"})",
                              R"({"as_of":"2026-11-30t08:00:00Z"})",
                              R"({"as_of":"2026-11-31T08:00:00Z"})",
                              R"({"as_of":"20261130T080000Z"})",
                              R"({"restore_ms":null})",
                              R"({"restore_ms":"2345"})",
                              R"({"restore_ms":1.5})",
                              R"({"restore_ms":-1})",
                              R"({"restore_ms":9300000000000})",
                              R"({"more":1})"}) {
        const auto read = reread(generation_mark(), Json{{"recovery", Json::parse(wrong)}});
        ASSERT_FALSE(read.ok()) << wrong;
        EXPECT_EQ(read.failure().kind, FailureKind::refused);
    }
}

TEST(FollowMark, IsOfAsManyShardsAsItTellsOf) {
    for (const FollowMark& mark : {sample_mark(), turned_mark(), promoted_mark()}) {
        EXPECT_TRUE(check_shards(mark, 2).ok());
        EXPECT_FALSE(check_shards(mark, 1).ok());
        EXPECT_FALSE(check_shards(mark, 3).ok());
    }
    FollowMark plain = sample_mark();
    plain.histories.clear();
    EXPECT_TRUE(check_shards(plain, 7).ok());
}

TEST(FollowMark, ARowIsOfAsManyShardsAsTheIndex) {
    FollowMark mark = repaired_mark();
    mark.histories.clear();
    EXPECT_TRUE(check_shards(mark, 2).ok());
    EXPECT_FALSE(check_shards(mark, 3).ok());
}

TEST(FollowMark, RefusesARowThatIsNotUnderstood) {
    FollowMark mark = repaired_mark();
    Json mappings = Json::object();
    set_mark(mappings, mark);
    mappings["_meta"]["followd"]["origins"][0]["table"][0]["through"] = "all";
    EXPECT_FALSE(read_mark(mappings).ok());
}

}  // namespace
}  // namespace followd::es
