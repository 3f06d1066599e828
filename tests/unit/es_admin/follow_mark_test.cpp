#include "es/follow_mark.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace followd::es
