#include "es/index_definition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace followd::es {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

engine::FollowerRequest sample_request() {
    engine::FollowerRequest request;
    request.rule.name = RuleName{"rule"};
    request.rule.leader = ClusterName{"berlin"};
    request.follower_index = IndexName{"copy"};
    request.leader.index.name = IndexName{"logs"};
    request.leader.index.uuid = IndexUuid{"u-1"};
    request.leader.index.shards = 2;
    request.leader.settings = R"({
        "index.number_of_shards":"2","index.number_of_routing_shards":"1024",
        "index.number_of_replicas":"3","index.auto_expand_replicas":"0-all",
        "index.creation_date":"1","index.uuid":"u-1","index.provided_name":"logs",
        "index.version.created":"7172899","index.resize.source.name":"x",
        "index.routing.allocation.include._tier_preference":"data_hot",
        "index.blocks.write":"true","index.lifecycle.name":"ilm","index.refresh_interval":"1m",
        "index.default_pipeline":"in","index.final_pipeline":"out","index.translog.durability":"async",
        "index.merge.policy.floor_segment":"4mb","index.gc_deletes":"5m","index.codec":"best_compression",
        "index.search.slowlog.level":"info","index.soft_deletes.enabled":"true","index.nulled":null,
        "index.analysis.analyzer.x.type":"standard","index.sort.field":["a"],
        "index.mapping.total_fields.limit":"5000","index.query.default_field":["a"],
        "index.hidden":"true","index.max_ngram_diff":"9","index.similarity.s.type":"BM25"})";
    request.leader.mappings =
        R"({"_meta":{"team":"a","followd":{"role":"chain"}},"properties":{"a":{"type":"keyword","null_value":"9223372036854775807"},"n":{"type":"long","null_value":9223372036854775807}}})";
    request.leader.aliases = R"({"w":{"is_write_index":true},"r":{}})";
    return request;
}

IndexPlan plan_of(const engine::FollowerRequest& request, const CreationOptions& options = {}) {
    const auto mark = first_mark(request);
    EXPECT_TRUE(mark.ok());
    auto plan = plan_follower_index(request, *mark, options);
    EXPECT_TRUE(plan.ok());
    return std::move(plan).value();
}

std::vector<std::string> keys_of(const Json& object) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : object.items()) {
        keys.push_back(key);
    }
    return keys;
}

TEST(IndexDefinition, CopiesWhatDecidesContentAndNothingElse) {
    const IndexPlan plan = plan_of(sample_request());
    EXPECT_THAT(keys_of(plan.settings),
                ElementsAre("index.analysis.analyzer.x.type",
                            "index.hidden",
                            "index.mapping.total_fields.limit",
                            "index.max_ngram_diff",
                            "index.number_of_routing_shards",
                            "index.number_of_shards",
                            "index.query.default_field",
                            "index.refresh_interval",
                            "index.similarity.s.type",
                            "index.sort.field"));
}

TEST(IndexDefinition, BodyHasMarkAndFenceFromTheFirstMoment) {
    const Json body = Json::parse(plan_of(sample_request()).body());
    EXPECT_EQ(body["aliases"], Json::parse(R"({".followd-E1-copy":{"is_hidden":true}})"));
    EXPECT_EQ(body["mappings"]["_meta"]["team"], "a");
    const auto mark = read_mark(body["mappings"]);
    ASSERT_TRUE(mark.ok() && mark->has_value());
    EXPECT_EQ(mark->value().leader_uuid, IndexUuid{"u-1"});
    EXPECT_EQ(mark->value().role, MarkRole::follower);
    EXPECT_EQ(body["mappings"]["properties"]["n"]["null_value"].dump(), "9223372036854775807");
}

TEST(IndexDefinition, HoldsBackWhatWaitsForPromotion) {
    const auto mark = first_mark(sample_request());
    ASSERT_TRUE(mark.ok());
    std::vector<std::string> names;
    for (const auto& [name, value] : mark->held_back.settings) {
        names.push_back(name);
    }
    EXPECT_THAT(names,
                ElementsAre("index.auto_expand_replicas",
                            "index.default_pipeline",
                            "index.final_pipeline",
                            "index.lifecycle.name",
                            "index.number_of_replicas",
                            "index.refresh_interval"));
    EXPECT_THAT(mark->held_back.write_aliases, ElementsAre("w"));
}

// What a generation is to be shown under is known by its mark before it is.
TEST(IndexDefinition, AGenerationsMarkSaysWhatItIsACopyOf) {
    engine::FollowerRequest request = sample_request();
    EXPECT_FALSE(first_mark(request)->recovery);
    EXPECT_TRUE(first_mark(request)->aliases.empty());
    request.recovery = RecoveryPoint{"s-1", WallTime{}, std::chrono::seconds{3}};
    const auto mark = first_mark(request);
    ASSERT_TRUE(mark.ok());
    EXPECT_EQ(mark->recovery, request.recovery);
    EXPECT_EQ(mark->aliases, (std::vector<std::string>{"r", "w"}));
    EXPECT_EQ(mark->held_back, first_mark(sample_request())->held_back);
    request.leader.aliases = "[";
    EXPECT_FALSE(first_mark(request).ok());
}

TEST(IndexDefinition, RuleReplacesAndTakesAway) {
    engine::FollowerRequest request = sample_request();
    request.rule.settings = {{"index.number_of_replicas", "0"}, {"max_ngram_diff", "null"}};
    const IndexPlan plan = plan_of(request);
    EXPECT_EQ(plan.settings["index.number_of_replicas"], 0);
    EXPECT_FALSE(plan.settings.contains("index.max_ngram_diff"));
}

TEST(IndexDefinition, RuleMayNotReplaceWhatMustBeTheLeaders) {
    for (const char* name : {"index.number_of_shards",
                             "number_of_routing_shards",
                             "index.sort.field",
                             "index.mode",
                             "index.final_pipeline",
                             "index.blocks.write",
                             "index.uuid"}) {
        engine::FollowerRequest request = sample_request();
        request.rule.settings = {{name, "1"}};
        const auto plan = plan_follower_index(request, *first_mark(request), {});
        ASSERT_FALSE(plan.ok()) << name;
        EXPECT_EQ(plan.failure().kind, FailureKind::refused);
        EXPECT_THAT(plan.failure().what, HasSubstr(name));
    }
}

TEST(IndexDefinition, NullsBeatTemplatesWhereNoGuardStands) {
    const IndexPlan plan = plan_of(sample_request(), CreationOptions{true, false});
    EXPECT_TRUE(plan.settings.at("index.final_pipeline").is_null());
    EXPECT_TRUE(plan.settings.at("index.default_pipeline").is_null());
    EXPECT_FALSE(plan.settings.contains("index.number_of_replicas"));  // null there: HTTP 500
}

TEST(IndexDefinition, VectorsAreReturnedAsTheLeaderReturnsThem) {
    engine::FollowerRequest request = sample_request();
    const std::string key = "index.mapping.exclude_source_vectors";
    EXPECT_FALSE(plan_of(request, {false, true}).settings.contains(key));
    request.leader.mappings =
        R"({"properties":{"o":{"properties":{"v":{"type":"dense_vector"}}}}})";
    EXPECT_EQ(plan_of(request, {false, true}).settings.at(key), false);
    EXPECT_FALSE(plan_of(request, {false, false}).settings.contains(key));
    request.leader.settings =
        R"({"index.number_of_shards":"2","index.mapping.exclude_source_vectors":"true"})";
    EXPECT_EQ(plan_of(request, {false, true}).settings.at(key), true);
}

TEST(IndexDefinition, MalformedSettingsAreAFailure) {
    engine::FollowerRequest request = sample_request();
    request.leader.settings = "{";
    EXPECT_FALSE(first_mark(request).ok());
    EXPECT_EQ(plan_follower_index(request, FollowMark{}, {}).failure().kind,
              FailureKind::malformed);
    request.leader.settings = "{}";
    EXPECT_EQ(plan_follower_index(request, FollowMark{}, {}).failure().kind,
              FailureKind::malformed);
}

TEST(IndexDefinition, RefreshesOnlyWhenToldDuringItsBootstrap) {
    engine::FollowerRequest request = sample_request();
    const Json loading = plan_of(request).settings;
    EXPECT_EQ(loading.at("index.refresh_interval"), "-1");
    EXPECT_TRUE(is_loading(request.rule, loading));
    EXPECT_FALSE(is_loading(request.rule, Json{{"index.refresh_interval", "1s"}}));
    EXPECT_FALSE(is_loading(request.rule, Json::object()));
}

TEST(IndexDefinition, TheRulesOwnRefreshIntervalStaysForGood) {
    engine::FollowerRequest request = sample_request();
    request.rule.settings = {{"refresh_interval", "\"-1\""}};
    EXPECT_EQ(plan_of(request).settings.at("index.refresh_interval"), "-1");
    EXPECT_FALSE(is_loading(request.rule, plan_of(request).settings));
    request.rule.settings = {{"index.refresh_interval", "\"5s\""}};
    EXPECT_EQ(plan_of(request).settings.at("index.refresh_interval"), "5s");
}

TEST(Additions, NothingWhereOnlyTheServerFilledIn) {
    const IndexPlan plan = plan_of(sample_request());
    Json created = Json::parse(plan.body());
    created["settings"]["index.uuid"] = "f";
    created["settings"]["index.number_of_replicas"] = "1";
    created["settings"]["index.version.created"] = "9039001";
    created["mappings"]["properties"]["a"]["ignore_above"] = 100;
    const Additions additions = find_additions(plan, created);
    EXPECT_THAT(additions.harmless, IsEmpty());
    EXPECT_THAT(additions.bending, IsEmpty());
}

TEST(Additions, ATemplatesWorkIsNamed) {
    const IndexPlan plan = plan_of(sample_request());
    Json created = Json::parse(plan.body());
    created["settings"]["index.codec"] = "default";
    created["settings"]["index.lifecycle.name"] = "delete-soon";
    created["aliases"]["stray"] = Json::object();
    created["aliases"]["writes"]["is_write_index"] = true;
    created["mappings"]["properties"]["extra"]["type"] = "long";
    created["mappings"]["properties"]["a"]["fields"]["raw"]["type"] = "text";
    created["mappings"]["runtime"]["rt"]["type"] = "long";
    created["mappings"]["dynamic"] = "strict";
    created["mappings"]["dynamic_templates"] = Json::parse(R"([{"t":{"mapping":{}}}])");
    const Additions additions = find_additions(plan, created);
    EXPECT_THAT(additions.harmless, ElementsAre("setting index.codec", "alias stray"));
    EXPECT_THAT(additions.bending,
                ElementsAre("setting index.lifecycle.name",
                            "field a.raw",
                            "field extra",
                            "runtime field rt",
                            "dynamic template t",
                            "mapping parameter dynamic",
                            "alias writes"));
}

TEST(MappingUpdate, RemovesRuntimeFieldsThatTheLeaderDropped) {
    const Json leader = Json::parse(R"({"runtime":{"kept":{"type":"long"}},"_meta":{"a":1}})");
    const Json follower =
        Json::parse(R"({"runtime":{"kept":{"type":"long"},"gone":{"type":"long"}}})");
    const Json update = plan_mapping_update(leader, follower, *first_mark(sample_request()));
    EXPECT_EQ(update["runtime"].dump(), R"({"gone":null,"kept":{"type":"long"}})");
    EXPECT_EQ(update["_meta"]["a"], 1);
    EXPECT_TRUE(update["_meta"].contains("followd"));
}

}  // namespace
}  // namespace followd::es
