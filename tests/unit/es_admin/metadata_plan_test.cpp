#include "es/metadata_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace followd::es {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class MetadataPlanTest : public testing::Test {
protected:
    MetadataPlanTest() {
        request.rule.name = RuleName{"rule"};
        request.follower_index = IndexName{"copy"};
        request.leader.index.name = IndexName{"logs"};
        request.leader.mappings = "{}";
        request.is_copied = true;
    }

    void leader(const std::string& settings, const std::string& aliases = "{}") {
        request.leader.settings = settings;
        request.leader.aliases = aliases;
    }
    void follower(const std::string& settings, const std::string& aliases = "{}") {
        present["settings"] = Json::parse(settings);
        present["aliases"] = Json::parse(aliases);
    }

    MetadataPlan plan() {
        const Result<MetadataPlan> planned = plan_metadata(request, present, mark, {});
        EXPECT_TRUE(planned.ok());
        return planned.ok() ? *planned : MetadataPlan{};
    }
    Json settings() { return merged(plan().settings); }
    Json closed_settings() { return merged(plan().closed_settings); }
    Json alias_actions() {
        Json actions = Json::array();
        for (const MetadataChange& change : plan().aliases) {
            actions.push_back(change.body);
        }
        return actions;
    }

    static Json merged(const std::vector<MetadataChange>& changes) {
        Json all = Json::object();
        for (const MetadataChange& change : changes) {
            all.update(change.body);
        }
        return all;
    }
    static std::vector<std::string> texts(const std::vector<MetadataChange>& changes) {
        std::vector<std::string> all;
        for (const MetadataChange& change : changes) {
            all.push_back(change.what);
        }
        return all;
    }

    engine::MetadataRequest request;
    Json present = Json::object();
    FollowMark mark;
};

TEST_F(MetadataPlanTest, WhatIsAlikeChangesNothing) {
    leader(R"({"index.max_ngram_diff":"7","index.query.default_field":["a","b"],
               "index.analysis.analyzer.a.type":"custom","index.number_of_shards":"2"})",
           R"({"a":{"filter":{"term":{"t":"x"}},"is_write_index":false}})");
    follower(R"({"index.max_ngram_diff":"7","index.query.default_field":["a","b"],
                 "index.analysis.analyzer.a.type":"custom","index.number_of_shards":"2"})",
             R"({"a":{"filter":{"term":{"t":"x"}},"is_write_index":false},
                 ".followd-E1-copy":{"is_hidden":true}})");
    EXPECT_EQ(plan(), MetadataPlan{});
}

TEST_F(MetadataPlanTest, SettingsAreSetChangedAndTakenAway) {
    leader(R"({"index.max_ngram_diff":"7","index.max_shingle_diff":"4"})");
    follower(R"({"index.max_ngram_diff":"2","index.max_terms_count":"9"})");
    EXPECT_EQ(settings(), Json::parse(R"({"index.max_ngram_diff":"7","index.max_shingle_diff":"4",
                              "index.max_terms_count":null})"));
    EXPECT_THAT(texts(plan().settings),
                ElementsAre("setting index.max_ngram_diff = 7",
                            "setting index.max_shingle_diff = 4",
                            "setting index.max_terms_count taken away"));
    EXPECT_THAT(plan().closed_settings, IsEmpty());
}

TEST_F(MetadataPlanTest, TheFollowersOwnSettingsAreLeftAlone) {
    leader(R"({"index.number_of_replicas":"2","index.refresh_interval":"1s","index.priority":"9",
               "index.default_pipeline":"p","index.lifecycle.name":"hot","index.codec":"zstd",
               "index.translog.durability":"async","index.uuid":"L","index.blocks.write":"true",
               "index.max_result_window":"5","index.number_of_routing_shards":"1024",
               "index.merge.policy.max_merged_segment":"1gb","index.hidden":"true"})");
    follower(R"({"index.number_of_replicas":"0","index.refresh_interval":"-1","index.uuid":"F",
                 "index.priority":"1","index.max_result_window":"100","index.gc_deletes":"1h",
                 "index.routing.allocation.include._tier_preference":"data_content"})");
    EXPECT_EQ(settings(), Json::object());
    EXPECT_EQ(closed_settings(), Json::object());
}

TEST_F(MetadataPlanTest, TheRulesSettingsWin) {
    request.rule.settings = {{"index.max_ngram_diff", "3"},
                             {"number_of_replicas", "1"},
                             {"index.max_terms_count", "null"},
                             {"index.max_shingle_diff", "4"}};
    leader(R"({"index.max_ngram_diff":"7","index.max_terms_count":"9"})");
    follower(R"({"index.max_ngram_diff":"7","index.number_of_replicas":"0",
                 "index.max_terms_count":"9","index.max_shingle_diff":"4"})");
    EXPECT_EQ(settings(), Json::parse(R"({"index.max_ngram_diff":3,"index.number_of_replicas":1,
                              "index.max_terms_count":null})"));
}

TEST_F(MetadataPlanTest, AnalyzersNeedAClosedIndexAndGoTogether) {
    leader(R"({"index.analysis.analyzer.a.type":"custom","index.analysis.filter.f.type":"length",
               "index.mapping.coerce":"false","index.max_ngram_diff":"7"})");
    follower(R"({"index.analysis.filter.old.type":"length"})");
    const MetadataPlan made = plan();
    EXPECT_EQ(settings(), Json::parse(R"({"index.max_ngram_diff":"7"})"));
    ASSERT_EQ(made.closed_settings.size(), 2U);
    EXPECT_EQ(made.closed_settings[0].body,
              Json::parse(R"({"index.analysis.analyzer.a.type":"custom",
                              "index.analysis.filter.f.type":"length",
                              "index.analysis.filter.old.type":null})"));
    EXPECT_EQ(made.closed_settings[1].body, Json::parse(R"({"index.mapping.coerce":"false"})"));
    EXPECT_THAT(made.closed_names,
                ElementsAre("index.analysis.analyzer.a.type",
                            "index.analysis.filter.f.type",
                            "index.analysis.filter.old.type",
                            "index.mapping.coerce"));
}

TEST_F(MetadataPlanTest, WhatIsHeldBackIsReadAnew) {
    leader(R"({"index.final_pipeline":"p","index.number_of_replicas":"3"})",
           R"({"w":{"is_write_index":true}})");
    const HeldBack held_back = plan().held_back;
    ASSERT_EQ(held_back.settings.size(), 2U);
    EXPECT_EQ(held_back.settings[0].first, "index.final_pipeline");
    EXPECT_THAT(held_back.write_aliases, ElementsAre("w"));
}

TEST_F(MetadataPlanTest, AliasesKeepFilterAndRoutingButNotTheirWrites) {
    leader("{}", R"({"a":{"filter":{"term":{"t":"x"}},"index_routing":"1","search_routing":"1,2",
                          "is_hidden":true,"is_write_index":true},
                     ".followd-E1-logs":{"is_hidden":true}})");
    EXPECT_EQ(alias_actions(),
              Json::parse(R"([{"add":{"index":"copy","alias":"a","filter":{"term":{"t":"x"}},
                              "index_routing":"1","search_routing":"1,2","is_hidden":true,
                              "is_write_index":false}}])"));
    EXPECT_THAT(plan().alias_names_before, ElementsAre("a"));
    EXPECT_THAT(plan().alias_names_after, ElementsAre("a"));
    EXPECT_THAT(texts(plan().aliases), ElementsAre("alias a added"));
}

TEST_F(MetadataPlanTest, OnlyTheLeadersAliasesAreRemoved) {
    mark.aliases = {"gone", "kept", "lost"};
    leader("{}", R"({"kept":{},"same":{}})");
    follower("{}", R"({"gone":{},"kept":{"is_hidden":true},"same":{},"own":{},
                       ".followd-E1-copy":{"is_hidden":true}})");
    const MetadataPlan made = plan();
    EXPECT_EQ(alias_actions(), Json::parse(R"([{"add":{"index":"copy","alias":"kept"}},
                              {"remove":{"index":"copy","alias":"gone"}}])"));
    EXPECT_THAT(made.alias_names_before, ElementsAre("gone", "kept", "lost"));
    EXPECT_THAT(made.alias_names_after, ElementsAre("kept"));
    EXPECT_THAT(texts(made.aliases), ElementsAre("alias kept changed", "alias gone removed"));
}

TEST_F(MetadataPlanTest, AHalfCopiedIndexHasNoAliases) {
    request.is_copied = false;
    mark.aliases = {"gone"};
    leader(R"({"index.max_ngram_diff":"7"})", R"({"a":{}})");
    follower("{}", R"({"gone":{}})");
    const MetadataPlan made = plan();
    EXPECT_THAT(made.aliases, IsEmpty());
    EXPECT_THAT(made.alias_names_after, ElementsAre("gone"));
    EXPECT_EQ(made.settings.size(), 1U);
}

TEST_F(MetadataPlanTest, WhatIsNoDefinitionIsNoReasonToRemoveAnything) {
    leader("<html>");
    EXPECT_FALSE(plan_metadata(request, present, mark, {}).ok());
    leader("{}", "<html>");
    EXPECT_FALSE(plan_metadata(request, present, mark, {}).ok());
}

}  // namespace
}  // namespace followd::es
