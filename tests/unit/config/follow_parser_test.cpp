#include "config/follow_parser.hpp"

#include "parse_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace followd::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

std::string rule(const std::string& name, const std::string& more) {
    return "  - {name: " + name + ", leader: beijing, follower: shanghai, " + more + "}\n";
}

std::vector<std::string> mistakes_of_rules(const std::string& rules) {
    return mistakes_of(with_clusters("follow:\n" + rules));
}

std::vector<std::string> mistakes_of_settings(const std::string& settings) {
    return mistakes_of_rules(rule("a", "indices: [x], settings: " + settings));
}

std::vector<std::pair<std::string, std::string>> overrides_of(const std::string& settings) {
    const Settings parsed =
        settings_of(with_clusters("follow:\n" + rule("a", "indices: [x], settings: " + settings)));
    return parsed.follow.empty() ? std::vector<std::pair<std::string, std::string>>{}
                                 : parsed.follow[0].settings;
}

TEST(Follow, a_rule_is_read_with_its_defaults) {
    const Settings settings = settings_of(with_clusters(
        "follow:\n" + rule("logs", "indices: [\"logs-*\", \"-logs-debug-*\"]") +
        rule("two", "indices: [x], follow_index_pattern: \"a-{{leader_index}}-copy\"")));
    ASSERT_EQ(settings.follow.size(), 2U);
    const FollowRule& logs = settings.follow[0];
    EXPECT_EQ(logs.name, RuleName{"logs"});
    EXPECT_EQ(logs.leader, ClusterName{"beijing"});
    EXPECT_EQ(logs.follower, ClusterName{"shanghai"});
    EXPECT_THAT(logs.indices, ElementsAre("logs-*", "-logs-debug-*"));
    EXPECT_EQ(logs.follow_index_pattern, "{{leader_index}}");
    EXPECT_THAT(logs.settings, IsEmpty());
    EXPECT_FALSE(logs.allow_close);
    EXPECT_EQ(settings.follow[1].follow_index_pattern, "a-{{leader_index}}-copy");
}

TEST(Follow, closing_is_allowed_by_a_boolean_only) {
    const Settings settings =
        settings_of(with_clusters("follow:\n" + rule("a", "indices: [x], allow_close: true")));
    ASSERT_EQ(settings.follow.size(), 1U);
    EXPECT_TRUE(settings.follow[0].allow_close);
    EXPECT_THAT(mistakes_of_rules(rule("a", "indices: [x], allow_close: often")),
                ElementsAre(HasSubstr("follow[0].allow_close")));
}

TEST(Follow, a_follower_of_a_deleted_leader_is_kept_unless_told_otherwise) {
    const Settings settings = settings_of(with_clusters(
        "follow:\n" + rule("a", "indices: [x], on_leader_delete: promote") +
        rule("b", "indices: [y], on_leader_delete: keep") + rule("c", "indices: [z]")));
    ASSERT_EQ(settings.follow.size(), 3U);
    EXPECT_EQ(settings.follow[0].on_leader_delete, OnLeaderDelete::promote);
    EXPECT_EQ(settings.follow[1].on_leader_delete, OnLeaderDelete::keep);
    EXPECT_EQ(settings.follow[2].on_leader_delete, OnLeaderDelete::keep);
    EXPECT_THAT(mistakes_of_rules(rule("a", "indices: [x], on_leader_delete: delete")),
                ElementsAre(HasSubstr("follow[0].on_leader_delete")));
}

TEST(Follow, what_is_missing_is_named) {
    EXPECT_THAT(
        mistakes_of_rules("  - {nme: a}\n"),
        ElementsAre("f.yaml:5:5: follow[0].name: is missing; write for example name: logs",
                    HasSubstr("follow[0].leader: is missing"),
                    HasSubstr("follow[0].follower: is missing"),
                    HasSubstr("follow[0].indices: a rule needs the indices"),
                    HasSubstr("f.yaml:5:6: follow[0].nme: unknown key; did you mean \"name\"?")));
    EXPECT_THAT(mistakes_of_rules("  -\n"), ElementsAre(HasSubstr("follow[0]: has no value")));
    EXPECT_THAT(mistakes_of_rules("  - logs\n"), ElementsAre(HasSubstr("\"logs\" is not a map")));
    EXPECT_THAT(mistakes_of(with_clusters("follow: {name: a}\n")),
                ElementsAre(HasSubstr("follow: a map is not a list")));
}

TEST(Follow, clusters_and_names_are_checked_across_rules) {
    EXPECT_THAT(
        mistakes_of_rules(rule("a", "indices: [x]") + rule("a", "indices: [\"y\"]") +
                          "  - {name: c, leader: bejing, follower: tokyo, indices: [z]}\n"),
        ElementsAre(
            "f.yaml:6:5: follow[1].name: \"a\" is the name of the rule in line 5 already; give "
            "each "
            "rule its own",
            "f.yaml:7:23: follow[2].leader: \"bejing\" is no cluster of this file; did you mean "
            "\"beijing\"?",
            "f.yaml:7:41: follow[2].follower: \"tokyo\" is no cluster of this file; known here: "
            "beijing, shanghai"));
    EXPECT_THAT(mistakes_of_rules(rule("\"a b\"", "indices: [x]")),
                ElementsAre(HasSubstr("follow[0].name: the rule's name is not made of")));
}

TEST(Follow, patterns_are_checked) {
    const auto pattern = [](const std::string& text) {
        return mistakes_of_rules(rule("a", "indices: [ok, \"" + text + "\"]"));
    };
    for (const char* good : {"logs-*", "-logs-*", "*a*b*", ".hidden", ".ds-*", "Alias", "-*"}) {
        EXPECT_THAT(pattern(good), testing::Each(testing::Not(HasSubstr("indices[1]")))) << good;
    }
    for (const auto& [bad, why] : std::vector<std::pair<std::string, std::string>>{
             {"a,b", "holds a comma; write one list item for each pattern"},
             {"other:logs", "holds a colon; the cluster goes under leader"},
             {"log?", "holds a question mark; the only wildcard is *"},
             {"-", "excludes nothing"},
             {"--a", "begins with -"},
             {"_all", "is not a pattern; write *"},
             {"_x", "begins with _"},
             {"a b", "holds a space"},
             {"<a-{now}>", "holds the character <"},
             {"ok", "is given twice"}}) {
        EXPECT_THAT(pattern(bad),
                    testing::Contains(AllOf(HasSubstr("follow[0].indices[1]: "), HasSubstr(why))))
            << bad;
    }
    EXPECT_THAT(mistakes_of_rules(rule("a", "indices: []")),
                ElementsAre(HasSubstr("a rule needs")));
    EXPECT_THAT(mistakes_of_rules(rule("a", "indices: [\"-x*\"]")),
                ElementsAre(HasSubstr("every pattern excludes")));
    EXPECT_THAT(mistakes_of_rules(rule("a", "indices: \"x*\"")),
                ElementsAre(HasSubstr("is not a list")));
    EXPECT_THAT(
        mistakes_of_rules(rule("a", "indices: [5]")),
        ElementsAre(HasSubstr("follow[0].indices[0]: \"5\" is not text; put it in quotes")));
}

TEST(Follow, the_followers_name_must_be_possible) {
    const auto named = [](const std::string& indices, const std::string& text) {
        return mistakes_of_rules(
            rule("a", "indices: " + indices + ", follow_index_pattern: \"" + text + "\""));
    };
    EXPECT_THAT(named("[one, \"-one\"]", "other"), IsEmpty());
    EXPECT_THAT(named("[one]", ".{{leader_index}}"), IsEmpty());
    EXPECT_THAT(
        named("[\"x-*\"]", "all"),
        ElementsAre(HasSubstr("every index of this rule would get the same follower \"all\"; put "
                              "{{leader_index}} into it")));
    EXPECT_THAT(named("[one, two]", "all"), ElementsAre(HasSubstr("the same follower")));
    EXPECT_THAT(named("[one]", "{{leader_index}}{{leader_index}}"),
                ElementsAre(HasSubstr("twice")));
    EXPECT_THAT(named("[one]", "{{leader}}-copy"), ElementsAre(HasSubstr("only the placeholder")));
    EXPECT_THAT(named("[one]", "Copy-{{leader_index}}"),
                ElementsAre(HasSubstr("holds a capital letter")));
    EXPECT_THAT(named("[one]", "-{{leader_index}}"), ElementsAre(HasSubstr("begins with -")));
    EXPECT_THAT(named("[one]", "{{leader_index}}*"),
                ElementsAre(HasSubstr("holds the character *")));
}

TEST(Follow, an_index_cannot_follow_itself) {
    const auto same_cluster = [](const std::string& more) {
        return mistakes_of_rules("  - {name: a, leader: beijing, follower: beijing, " + more +
                                 "}\n");
    };
    EXPECT_THAT(same_cluster("indices: [\"x-*\"]"),
                ElementsAre(AllOf(HasSubstr("f.yaml:5:5: follow[0].follow_index_pattern: "),
                                  HasSubstr("would follow itself"))));
    EXPECT_THAT(same_cluster("indices: [x], follow_index_pattern: x"),
                ElementsAre(HasSubstr("would follow itself")));
    EXPECT_THAT(same_cluster("indices: [x], follow_index_pattern: z"), IsEmpty());
    EXPECT_THAT(same_cluster("indices: [\"x-*\"], follow_index_pattern: \"{{leader_index}}-copy\""),
                IsEmpty());
}

TEST(Follow, claims_that_evidently_collide_are_refused) {
    EXPECT_THAT(
        mistakes_of_rules(rule("a", "indices: [\"x-*\"]") +
                          rule("b", "indices: [\"y-*\", \"x-*\"]")),
        ElementsAre("f.yaml:6:69: follow[1].indices[1]: its follower \"x-*\" on shanghai is "
                    "claimed by rule \"a\" too; change the patterns or follow_index_pattern "
                    "of one"));
    EXPECT_THAT(mistakes_of_rules(rule("a", "indices: [x-1]") + rule("b", "indices: [\"x-*\"]")),
                ElementsAre(AllOf(HasSubstr("f.yaml:5:"),
                                  HasSubstr("its follower \"x-1\" is claimed by rule \"b\" too; "
                                            "exclude it there with \"-x-1\""))));
    EXPECT_THAT(mistakes_of_rules(rule("a", "indices: [x-1]") + rule("b", "indices: [x-1]")),
                ElementsAre(HasSubstr("f.yaml:6:")));
    EXPECT_THAT(mistakes_of_rules(
                    rule("a", "indices: [x-1, y], follow_index_pattern: \"c-{{leader_index}}\"") +
                    rule("b", "indices: [\"c-x*\"]")),
                ElementsAre(HasSubstr("exclude it there with \"-c-x-1\"")));
}

TEST(Follow, claims_that_do_not_collide_are_taken) {
    EXPECT_THAT(
        mistakes_of_rules(rule("a", "indices: [x-1]") + rule("b", "indices: [\"x-*\", \"-x-1\"]")),
        IsEmpty());
    EXPECT_THAT(mistakes_of_rules(
                    rule("a", "indices: [\"x-*\"]") +
                    rule("b", "indices: [\"x-*\"], follow_index_pattern: \"{{leader_index}}-b\"")),
                IsEmpty());
    EXPECT_THAT(mistakes_of_rules(
                    rule("a", "indices: [\"x-*\"]") +
                    "  - {name: b, leader: shanghai, follower: beijing, indices: [\"x-*\"]}\n"),
                IsEmpty());
    EXPECT_THAT(mistakes_of_rules(
                    rule("a", "indices: [x-1]") +
                    "  - {name: b, leader: shanghai, follower: beijing, indices: [\"x-*\"]}\n"),
                IsEmpty());
}

TEST(Overrides, are_flat_names_with_json_values) {
    EXPECT_THAT(overrides_of("{index.number_of_replicas: 0, refresh_interval: 1s}"),
                ElementsAre(Pair("index.number_of_replicas", "0"),
                            Pair("index.refresh_interval", "\"1s\"")));
    EXPECT_THAT(
        overrides_of("{index: {codec: best_compression, mapping: {total_fields.limit: \"5\"}}}"),
        ElementsAre(Pair("index.codec", "\"best_compression\""),
                    Pair("index.mapping.total_fields.limit", "\"5\"")));
    EXPECT_THAT(overrides_of("{a: true, b: null, c: [x, 1, \"q\\\"\"], d: 007, e: -1.50}"),
                ElementsAre(Pair("index.a", "true"),
                            Pair("index.b", "null"),
                            Pair("index.c", R"(["x",1,"q\""])"),
                            Pair("index.d", "\"007\""),
                            Pair("index.e", "-1.50")));
    EXPECT_THAT(overrides_of("{}"), IsEmpty());
}

TEST(Overrides, what_followd_controls_is_refused_with_the_reason) {
    for (const char* name : {"index.number_of_shards",
                             "number_of_routing_shards",
                             "index.uuid",
                             "index.creation_date",
                             "index.version.created",
                             "index.routing_partition_size",
                             "soft_deletes.enabled",
                             "default_pipeline",
                             "index.final_pipeline",
                             "blocks.write",
                             "index.lifecycle.name",
                             "sort.field",
                             "index.sort"}) {
        EXPECT_THAT(mistakes_of_settings(std::string{"{"} + name + ": x}"),
                    ElementsAre(HasSubstr("followd sets this itself; leave it out: ")))
            << name;
    }
    EXPECT_THAT(mistakes_of_settings("{index: {blocks: {read_only: true}}}"),
                ElementsAre(HasSubstr("follow[0].settings.index.blocks.read_only: followd sets")));
    EXPECT_THAT(mistakes_of_settings("{index.sorted: 1, blocks_of: 2, default_pipeline_x: 3}"),
                IsEmpty());
}

TEST(Overrides, names_and_values_are_checked) {
    EXPECT_THAT(
        mistakes_of_settings("{\"index.*\": 1, \"a b\": 1, index: 5, \"a..b\": 1, \"\": 1}"),
        ElementsAre(HasSubstr("is no index setting's name"),
                    HasSubstr("is no index setting's name"),
                    HasSubstr("is no index setting's name"),
                    HasSubstr("is no index setting's name"),
                    HasSubstr("is no index setting's name")));
    EXPECT_THAT(mistakes_of_settings("{a: 1, index.a: 2}"),
                ElementsAre(HasSubstr("follow[0].settings.index.a: index.a is given twice")));
    EXPECT_THAT(mistakes_of_settings("{a: 1, a: 2}"),
                ElementsAre(HasSubstr("settings.a: is given twice")));
    EXPECT_THAT(mistakes_of_settings("{a: [{b: 1}]}"),
                ElementsAre(HasSubstr("a map is not a setting's value")));
    EXPECT_THAT(mistakes_of_settings("[a]"), ElementsAre(HasSubstr("a list is not a map")));
}

}  // namespace
}  // namespace followd::config
