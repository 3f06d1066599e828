#include "es/restore_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace followd::es {
namespace {

engine::RestoreRequest request_of(const Json& settings) {
    engine::RestoreRequest request;
    request.snapshot = "followd-ab-1-1";
    request.follower.follower_index = IndexName{"copy$of-logs"};
    request.follower.leader.index.name = IndexName{"logs"};
    request.follower.leader.settings = to_text(settings);
    request.follower.leader.mappings = "{}";
    return request;
}

Json leader_settings() {
    return Json{{"index.number_of_shards", "2"},
                {"index.number_of_replicas", "3"},
                {"index.auto_expand_replicas", "0-1"},
                {"index.uuid", "u"},
                {"index.version.created", "9039001"},
                {"index.creation_date", "1"},
                {"index.provided_name", "logs"},
                {"index.analysis.analyzer.a.type", "keyword"},
                {"index.refresh_interval", "5s"},
                {"index.default_pipeline", "p"},
                {"index.lifecycle.name", "policy"},
                {"index.blocks.write", "true"},
                {"index.routing.allocation.include._tier_preference", "data_hot"},
                {"index.routing.allocation.require.rack", "r1"}};
}

Json plan_of(const engine::RestoreRequest& request) {
    const Result<Json> plan = plan_restore(request, {});
    EXPECT_TRUE(plan.ok());
    return plan.ok() ? *plan : Json{};
}

TEST(RestorePlan, OneIndexUnderTheFollowersName) {
    const Json plan = plan_of(request_of(leader_settings()));
    EXPECT_EQ(plan["indices"], "logs");
    EXPECT_EQ(plan["rename_pattern"], ".+");
    EXPECT_EQ(plan["rename_replacement"], "copy\\$of-logs");
    for (const char* key : {"include_global_state", "include_aliases", "partial"}) {
        EXPECT_EQ(plan[key], false) << key;
    }
}

TEST(RestorePlan, WhatTheLeadersClusterDecidesIsLeftThere) {
    const Json plan = plan_of(request_of(leader_settings()));
    auto left_out = plan["ignore_index_settings"].get<std::vector<std::string>>();
    std::ranges::sort(left_out);
    EXPECT_EQ(left_out,
              (std::vector<std::string>{"index.blocks.write",
                                        "index.default_pipeline",
                                        "index.lifecycle.name",
                                        "index.refresh_interval",
                                        "index.routing.allocation.include._tier_preference",
                                        "index.routing.allocation.require.rack"}));
}

TEST(RestorePlan, ItTakesNoWritesAndSaysWhatItIsMadeFrom) {
    const Json changed = plan_of(request_of(leader_settings()))["index_settings"];
    EXPECT_EQ(changed,
              (Json{{"index.number_of_replicas", 1},
                    {"index.auto_expand_replicas", "false"},
                    {"index.blocks.write", true},
                    {std::string(restore_tag), "followd-ab-1-1"}}));
}

TEST(RestorePlan, TheRulesSettingsCount) {
    engine::RestoreRequest request = request_of(leader_settings());
    request.follower.rule.settings = {{"number_of_replicas", "3"}, {"index.priority", "7"}};
    const Json changed = plan_of(request)["index_settings"];
    EXPECT_EQ(changed["index.number_of_replicas"], 3);
    EXPECT_EQ(changed["index.priority"], 7);
    request.follower.rule.settings = {{"number_of_shards", "3"}};
    EXPECT_EQ(plan_restore(request, {}).failure().kind, FailureKind::refused);
}

TEST(RestorePlan, StandingTellsWhatIsBeingMade) {
    Json index{{"settings", {{std::string(restore_tag), "followd-ab-1-1"}}},
               {"mappings", Json::object()}};
    EXPECT_EQ(standing_of(index).snapshot, "followd-ab-1-1");
    EXPECT_FALSE(standing_of(index).is_marked);
    FollowMark mark;
    mark.leader_cluster = ClusterName{"l"};
    mark.leader_index = IndexName{"logs"};
    mark.leader_uuid = IndexUuid{"u"};
    mark.generation = 1;
    // A mark that came with the snapshot is the leader's own.
    set_mark(index["mappings"], mark);
    EXPECT_FALSE(standing_of(index).is_marked);
    const OriginRow row{IndexUuid{"u"}, 1};
    mark.origins = {OriginSegment{{}, {row}, true}, OriginSegment{{SeqNo{3}}, {row}}};
    set_mark(index["mappings"], mark);
    // So it is where the leader itself began from a snapshot; but no alias comes with one.
    EXPECT_FALSE(standing_of(index).is_marked);
    index["aliases"][fence_alias_of(IndexName{"copy"}, 1)]["is_hidden"] = true;
    EXPECT_TRUE(standing_of(index).is_marked);
    index["settings"].update(admission_settings());
    EXPECT_TRUE(standing_of(index).snapshot.empty());
}

// A leader may be a generation of yet another cluster, or may have been one.
TEST(RestorePlan, AGenerationIsMarkedWhereItsMarkNamesTheVerySnapshot) {
    Json index{{"settings", {{std::string(restore_tag), "s-2"}}}, {"mappings", Json::object()}};
    FollowMark mark;
    mark.leader_cluster = ClusterName{"l"};
    mark.leader_index = IndexName{"logs"};
    mark.leader_uuid = IndexUuid{"u"};
    mark.recovery = RecoveryPoint{"s-1", WallTime{}, {}};
    set_mark(index["mappings"], mark);
    EXPECT_FALSE(standing_of(index).is_marked);
    EXPECT_EQ(own_mark(index)->has_value(), false);
    mark.recovery->snapshot = "s-2";
    set_mark(index["mappings"], mark);
    EXPECT_TRUE(standing_of(index).is_marked);
    EXPECT_EQ(*own_mark(index), mark);
    // What of it is not understood is the leader's; of an index that stands it is the index's own.
    index["mappings"]["_meta"]["followd"]["schema"] = 9;
    EXPECT_EQ(own_mark(index)->has_value(), false);
    index["settings"].update(completion_settings());
    EXPECT_EQ(own_mark(index).failure().kind, FailureKind::refused);
}

TEST(RestorePlan, AGenerationKeepsItsBlock) {
    EXPECT_EQ(completion_settings(), (Json{{std::string(restore_tag), nullptr}}));
}

engine::Release elasticsearch(int major, int minor) {
    return engine::Release{false, major, minor, false, "Elasticsearch " + std::to_string(major)};
}

engine::Release opensearch(int major, int minor) {
    return engine::Release{true, major, minor, false, "OpenSearch " + std::to_string(major)};
}

TEST(RestorePlan, VersionsDecideWhatCanBeRestored) {
    const auto why = [](const engine::Release& leader,
                        const engine::Release& follower,
                        const std::string& created) {
        return why_not_restorable(
            leader, follower, to_text(Json{{"index.version.created", created}}));
    };
    EXPECT_EQ(why(elasticsearch(9, 2), elasticsearch(9, 2), "9039001"), "");
    EXPECT_EQ(why(elasticsearch(8, 19), elasticsearch(9, 2), "8534000"), "");
    EXPECT_EQ(why(elasticsearch(7, 17), elasticsearch(8, 19), "7172899"), "");
    EXPECT_NE(why(elasticsearch(7, 17), elasticsearch(9, 2), "7172899"), "");
    // Made by 7, kept by 8.
    EXPECT_NE(why(elasticsearch(8, 19), elasticsearch(9, 2), "7172899"), "");
    EXPECT_NE(why(elasticsearch(9, 2), elasticsearch(9, 1), "9039001"), "");
    EXPECT_NE(why(elasticsearch(7, 10), opensearch(2, 19), "7100299"), "");
    EXPECT_EQ(why(opensearch(2, 19), opensearch(3, 3), "137227827"), "");
    EXPECT_NE(why(opensearch(1, 3), opensearch(3, 3), "136327827"), "");
}

}  // namespace
}  // namespace followd::es
