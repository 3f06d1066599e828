#include "followd/core/follow_matcher.hpp"

#include "followd/model/index_pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace followd::core {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

FollowRule rule(const std::string& name,
                std::vector<std::string> indices,
                const std::string& follow_index_pattern = "{{leader_index}}",
                const std::string& leader = "beijing") {
    FollowRule made;
    made.name = RuleName{name};
    made.leader = ClusterName{leader};
    made.follower = ClusterName{"shanghai"};
    made.indices = std::move(indices);
    made.follow_index_pattern = follow_index_pattern;
    return made;
}

LeaderIndex index(const std::string& name, std::vector<std::string> aliases = {}) {
    return LeaderIndex{.name = IndexName{name}, .aliases = std::move(aliases)};
}

/// "rule>follower index" of each claim.
std::vector<std::string> claims(const FollowMatcher& matcher,
                                const LeaderIndex& leader_index,
                                const std::string& leader = "beijing") {
    std::vector<std::string> texts;
    for (const FollowClaim& claim : matcher.match(ClusterName{leader}, leader_index)) {
        texts.push_back(claim.rule.value() + ">" + claim.follower_index.value() +
                        (claim.problem ? " (" + *claim.problem + ")" : ""));
    }
    return texts;
}

bool covers(std::vector<std::string> patterns, const std::string& name) {
    return rule_covers(rule("r", std::move(patterns)), name, {});
}

TEST(IndexPattern, a_star_stands_for_any_run) {
    EXPECT_TRUE(matches_wildcard("logs-*", "logs-"));
    EXPECT_TRUE(matches_wildcard("*", ""));
    EXPECT_TRUE(matches_wildcard("**a**", "a"));
    EXPECT_TRUE(matches_wildcard("a*b*c", "abbbc"));
    EXPECT_TRUE(matches_wildcard("*ab*ab", "abab"));
    EXPECT_TRUE(matches_wildcard("*aab", "aaaab"));
    EXPECT_TRUE(matches_wildcard("", ""));
    EXPECT_FALSE(matches_wildcard("*ab*ab", "ab"));
    EXPECT_FALSE(matches_wildcard("logs-*", "logs"));
    EXPECT_FALSE(matches_wildcard("a*b*c", "abcb"));
    EXPECT_FALSE(matches_wildcard("a", "ab"));
    EXPECT_FALSE(matches_wildcard("ab", "a"));
    EXPECT_FALSE(matches_wildcard("", "a"));
    EXPECT_FALSE(matches_wildcard("a.c", "abc"));
}

TEST(IndexPattern, many_stars_end_in_time) {
    std::string pattern;
    for (int count = 0; count < 100; ++count) {
        pattern += "*a";
    }
    EXPECT_FALSE(matches_wildcard(pattern + "*b", std::string(255, 'a')));
}

TEST(IndexPattern, an_exclusion_wins_in_any_order) {
    EXPECT_TRUE(covers({"logs-*", "-logs-debug-*"}, "logs-a"));
    EXPECT_FALSE(covers({"logs-*", "-logs-debug-*"}, "logs-debug-1"));
    EXPECT_FALSE(covers({"-logs-debug-*", "logs-*", "logs-debug-1"}, "logs-debug-1"));
    EXPECT_FALSE(covers({"-other"}, "logs"));
    EXPECT_FALSE(covers({}, "logs"));
}

TEST(IndexPattern, hidden_names_must_be_named) {
    EXPECT_FALSE(covers({"*"}, ".kibana"));
    EXPECT_FALSE(covers({"*kibana"}, ".kibana"));
    EXPECT_TRUE(covers({".kib*"}, ".kibana"));
    EXPECT_TRUE(covers({".kibana"}, ".kibana"));
    EXPECT_FALSE(covers({".*", "-*bana"}, ".kibana"));
}

TEST(IndexPattern, aliases_speak_for_their_index) {
    const std::vector<std::string> aliases{"live", "Old"};
    EXPECT_TRUE(rule_covers(rule("r", {"live"}), "logs-1", aliases));
    EXPECT_TRUE(rule_covers(rule("r", {"O*"}), ".hidden", aliases));
    EXPECT_FALSE(rule_covers(rule("r", {"live", "-logs-*"}), "logs-1", aliases));
    EXPECT_FALSE(rule_covers(rule("r", {"logs-*", "-live"}), "logs-1", aliases));
    EXPECT_FALSE(rule_covers(rule("r", {"dead"}), "logs-1", aliases));
}

TEST(IndexPattern, names_that_no_index_can_have) {
    for (const char* good : {"a", "logs-2024.01", ".hidden", "a_b+c", "\xC3\xA9t\xC3\xA9"}) {
        EXPECT_EQ(index_name_problem(good), std::nullopt) << good;
    }
    EXPECT_EQ(index_name_problem(std::string(255, 'a')), std::nullopt);
    EXPECT_EQ(index_name_problem(std::string(256, 'a')), "is longer than 255 bytes");
    EXPECT_EQ(index_name_problem(""), "is empty");
    EXPECT_EQ(index_name_problem("Logs"), "holds a capital letter");
    EXPECT_EQ(index_name_problem("a b"), "holds a space");
    EXPECT_EQ(index_name_problem("a\nb"), "holds a control character");
    for (const char* bad : {".",
                            "..",
                            "-a",
                            "_a",
                            "+a",
                            "a\\",
                            "a/",
                            "a*",
                            "a?",
                            "a\"",
                            "a<",
                            "a>",
                            "a|",
                            "a,",
                            "a#",
                            "a:"}) {
        EXPECT_NE(index_name_problem(bad), std::nullopt) << bad;
    }
}

TEST(FollowMatcher, each_rule_of_the_leader_makes_a_claim) {
    const FollowMatcher matcher{{rule("plain", {"logs-*"}),
                                 rule("copy", {"logs-a"}, "{{leader_index}}-copy"),
                                 rule("other", {"logs-*"}, "{{leader_index}}", "tokyo"),
                                 rule("literal", {"logs-b"}, "b")}};
    EXPECT_THAT(claims(matcher, index("logs-a")), ElementsAre("plain>logs-a", "copy>logs-a-copy"));
    EXPECT_THAT(claims(matcher, index("logs-b")), ElementsAre("plain>logs-b", "literal>b"));
    EXPECT_THAT(claims(matcher, index("logs-b"), "tokyo"), ElementsAre("other>logs-b"));
    EXPECT_THAT(claims(matcher, index("x")), IsEmpty());
}

TEST(FollowMatcher, an_alias_claims_for_the_index_and_its_name) {
    const FollowMatcher matcher{{rule("r", {"live"}, "{{leader_index}}-copy")}};
    EXPECT_THAT(claims(matcher, index("logs-1", {"live"})), ElementsAre("r>logs-1-copy"));
}

TEST(FollowMatcher, impossible_names_are_said) {
    const FollowMatcher matcher{{rule("r", {"*"}, "{{leader_index}}-copy")}};
    EXPECT_THAT(claims(matcher, index(std::string(251, 'a'))),
                ElementsAre(HasSubstr("is longer than 255 bytes")));
    EXPECT_THAT(claims(matcher, index(std::string(250, 'a'))),
                ElementsAre(testing::Not(HasSubstr("longer"))));

    FollowRule self = rule("self", {"a"});
    self.follower = self.leader;
    EXPECT_THAT(claims(FollowMatcher{{self}}, index("a")),
                ElementsAre("self>a (\"a\" would follow itself)"));
}

TEST(FollowPlan, claims_to_one_place_are_conflicts_and_none_is_followed) {
    const FollowMatcher matcher{{rule("one", {"*-2024"}),
                                 rule("two", {"logs-*"}),
                                 rule("three", {"logs-*"}, "{{leader_index}}-copy"),
                                 rule("tokyo", {"logs-*"}, "{{leader_index}}", "tokyo")}};
    std::vector<FollowClaim> all = matcher.match(ClusterName{"beijing"}, index("logs-2024"));
    for (FollowClaim& claim : matcher.match(ClusterName{"tokyo"}, index("logs-2024"))) {
        all.push_back(std::move(claim));
    }
    const FollowPlan plan = settle(all);
    ASSERT_THAT(plan.follows, SizeIs(1));
    EXPECT_EQ(plan.follows[0].rule, RuleName{"three"});
    ASSERT_THAT(plan.conflicts, SizeIs(2));
    EXPECT_EQ(plan.conflicts[0].text(),
              "rule one (from beijing/logs-2024) and rule two (from beijing/logs-2024) both claim "
              "shanghai/logs-2024");
    EXPECT_EQ(plan.conflicts[1].second.rule, RuleName{"tokyo"});
    EXPECT_THAT(plan.refused, IsEmpty());
}

TEST(FollowPlan, one_rule_can_conflict_with_itself_through_an_alias) {
    const FollowMatcher matcher{{rule("r", {"live"}, "all")}};
    std::vector<FollowClaim> all = matcher.match(ClusterName{"beijing"}, index("a", {"live"}));
    for (FollowClaim& claim : matcher.match(ClusterName{"beijing"}, index("b", {"live"}))) {
        all.push_back(std::move(claim));
    }
    const FollowPlan plan = settle(all);
    EXPECT_THAT(plan.follows, IsEmpty());
    ASSERT_THAT(plan.conflicts, SizeIs(1));
    EXPECT_THAT(plan.conflicts[0].text(), HasSubstr("beijing/b"));
}

TEST(FollowPlan, an_impossible_name_is_refused_and_conflicts_with_nothing) {
    const FollowMatcher matcher{
        {rule("a", {"x"}, "Bad"), rule("b", {"x"}, "Bad"), rule("c", {"x"})}};
    const FollowPlan plan = settle(matcher.match(ClusterName{"beijing"}, index("x")));
    EXPECT_THAT(plan.refused, SizeIs(2));
    EXPECT_THAT(plan.conflicts, IsEmpty());
    EXPECT_THAT(plan.follows, SizeIs(1));
}

TEST(PatternsToAsk, are_what_the_rules_of_that_leader_include_each_once) {
    FollowRule other = rule("c", {"metrics"});
    other.leader = ClusterName{"elsewhere"};
    const std::vector<FollowRule> rules{
        rule("a", {"logs-*", "-logs-debug-*"}), rule("b", {"-x", "logs-debug-*", "logs-*"}), other};
    EXPECT_THAT(patterns_to_ask(rules, ClusterName{"beijing"}),
                ElementsAre("logs-*", "logs-debug-*"));
    EXPECT_THAT(patterns_to_ask(rules, ClusterName{"elsewhere"}), ElementsAre("metrics"));
}

// --- rules turned round, copies ------------------------------------------------------------------

FollowRule pair(const std::string& name,
                const std::string& leader,
                const std::string& follower,
                std::vector<std::string> indices,
                const std::string& follow_index_pattern = "{{leader_index}}") {
    FollowRule made = rule(name, std::move(indices), follow_index_pattern, leader);
    made.follower = ClusterName{follower};
    return made;
}

LeaderIndex copy_of(const std::string& cluster, const std::string& name) {
    LeaderIndex made = index(name);
    made.copied_from = ClusterName{cluster};
    return made;
}

TEST(LeaderIndexName, is_what_the_followers_name_was_made_from) {
    struct Case {
        const char* pattern;
        std::vector<std::string> indices;
        const char* follower;
        std::optional<std::string> leader;
    };
    const Case cases[] = {{"{{leader_index}}", {"*"}, "logs", "logs"},
                          {"{{leader_index}}-copy", {"*"}, "logs-copy", "logs"},
                          {"{{leader_index}}-copy", {"*"}, "logs-copy-copy", "logs-copy"},
                          {"{{leader_index}}-copy", {"*"}, "-copy", std::nullopt},
                          {"{{leader_index}}-copy", {"*"}, "logs", std::nullopt},
                          {"a-{{leader_index}}-z", {"*"}, "a-b-z", "b"},
                          {"aa{{leader_index}}aa", {"*"}, "aaa", std::nullopt},
                          {"all", {"logs"}, "all", "logs"},
                          {"all", {"logs"}, "other", std::nullopt},
                          {"all", {"logs-*"}, "all", std::nullopt},
                          {"all", {"logs", "apps"}, "all", std::nullopt}};
    for (const Case& one : cases) {
        const FollowRule of = rule("r", one.indices, one.pattern);
        EXPECT_EQ(leader_index_name(of, one.follower), one.leader)
            << one.pattern << " " << one.follower;
    }
}

TEST(TurnedRule, claims_the_leader_that_its_follower_was_copied_from) {
    const FollowRule turned =
        turned_round(pair("r", "a", "b", {"logs-*", "-logs-x"}, "{{leader_index}}-copy"));
    const FollowMatcher matcher{{turned}};
    EXPECT_THAT(claims(matcher, index("logs-1-copy"), "b"), ElementsAre("r>logs-1"));
    EXPECT_THAT(claims(matcher, index("logs-1"), "b"), IsEmpty());
    EXPECT_THAT(claims(matcher, index("logs-x-copy"), "b"), IsEmpty());
    EXPECT_THAT(claims(matcher, index("apps-copy"), "b"), IsEmpty());
    EXPECT_THAT(claims(matcher, index("logs-1-copy"), "a"), IsEmpty());
}

TEST(TurnedRule, turned_twice_is_the_rule_again) {
    const FollowRule once = pair("r", "a", "b", {"logs-*"});
    EXPECT_EQ(turned_round(turned_round(once)), once);
    EXPECT_NE(turned_round(once), once);
}

TEST(TurnedRule, asks_for_the_followers_names_and_for_aliases_by_their_own) {
    const FollowRule turned =
        turned_round(pair("r", "a", "b", {"logs-*", "-logs-x", "live"}, "{{leader_index}}-copy"));
    EXPECT_THAT(patterns_to_ask({turned}, ClusterName{"b"}),
                ElementsAre("logs-*-copy", "live-copy", "live"));
    EXPECT_THAT(patterns_to_ask({turned}, ClusterName{"a"}), IsEmpty());
    EXPECT_THAT(
        patterns_to_ask({turned_round(pair("r", "a", "b", {"logs-*", "live"}))}, ClusterName{"b"}),
        ElementsAre("logs-*", "live"));
}

TEST(FollowCopies, are_never_followed_back) {
    const FollowMatcher matcher{{pair("ab", "a", "b", {"*"}), pair("ba", "b", "a", {"*"})}};
    EXPECT_THAT(claims(matcher, index("logs"), "a"), ElementsAre("ab>logs"));
    EXPECT_THAT(claims(matcher, copy_of("a", "logs"), "b"), IsEmpty());
}

// Three clusters follow each other: of each index the others have copies, whose claims are rivals.
TEST(FollowCopies, go_behind_their_leader_in_a_full_mesh) {
    std::vector<FollowRule> rules;
    const std::vector<std::string> names{"a", "b", "c"};
    for (const std::string& leader : names) {
        for (const std::string& follower : names) {
            if (leader != follower) {
                rules.push_back(pair(leader + follower, leader, follower, {"*"}));
            }
        }
    }
    const FollowMatcher matcher{rules};
    std::vector<FollowClaim> all = matcher.match(ClusterName{"a"}, index("logs"));
    for (const std::string copy : {"b", "c"}) {
        for (FollowClaim& claim : matcher.match(ClusterName{copy}, copy_of("a", "logs"))) {
            all.push_back(std::move(claim));
        }
    }
    const FollowPlan plan = settle(all);
    EXPECT_THAT(plan.conflicts, IsEmpty());
    ASSERT_THAT(plan.follows, SizeIs(2));
    EXPECT_EQ(plan.follows[0].rule, RuleName{"ab"});
    EXPECT_EQ(plan.follows[1].rule, RuleName{"ac"});
}

TEST(FollowCopies, lead_on_in_a_chain) {
    const FollowMatcher matcher{{pair("ab", "a", "b", {"*"}), pair("bc", "b", "c", {"*"})}};
    std::vector<FollowClaim> all = matcher.match(ClusterName{"a"}, index("logs"));
    for (FollowClaim& claim : matcher.match(ClusterName{"b"}, copy_of("a", "logs"))) {
        all.push_back(std::move(claim));
    }
    const FollowPlan plan = settle(all);
    ASSERT_THAT(plan.follows, SizeIs(2));
    EXPECT_EQ(plan.follows[1].rule, RuleName{"bc"});
}

TEST(FollowCopies, of_two_leaders_are_rivals_still) {
    const FollowMatcher matcher{{pair("bd", "b", "d", {"*"}), pair("cd", "c", "d", {"*"})}};
    std::vector<FollowClaim> all;
    for (const std::string copy : {"b", "c"}) {
        for (FollowClaim& claim : matcher.match(ClusterName{copy}, copy_of("a", "logs"))) {
            all.push_back(std::move(claim));
        }
    }
    const FollowPlan plan = settle(all);
    EXPECT_THAT(plan.follows, IsEmpty());
    EXPECT_THAT(plan.conflicts, SizeIs(1));
}

// --- mode snapshot -------------------------------------------------------------------------------

FollowRule recovered(FollowRule rule) {
    rule.mode = FollowMode::snapshot;
    return rule;
}

TEST(LeaderIndexName, of_a_generation_is_that_of_its_alias) {
    const FollowRule copies = recovered(rule("r", {"*"}, "{{leader_index}}-copy"));
    EXPECT_EQ(leader_index_name(copies, "logs-copy.20261130t080000z"), "logs");
    EXPECT_EQ(leader_index_name(copies, "logs-copy"), std::nullopt);
    EXPECT_EQ(leader_index_name(copies, "logs.20261130t080000z"), std::nullopt);
    EXPECT_EQ(leader_index_name(copies, "logs-copy.20261131t080000z"), std::nullopt);
    EXPECT_EQ(leader_index_name(copies, "-copy.20261130t080000z"), std::nullopt);
    EXPECT_EQ(leader_index_name(recovered(rule("r", {"logs"}, "all")), "all.20261130t080000z"),
              "logs");
    EXPECT_EQ(leader_index_name(rule("r", {"*"}), "logs.20261130t080000z"),
              "logs.20261130t080000z");
}

TEST(LeaderOfFollowerName, takes_back_what_the_rule_makes_of_a_name) {
    for (const FollowRule& one : {rule("r", {"*"}, "a-{{leader_index}}-b"),
                                  recovered(rule("r", {"*"}, "a-{{leader_index}}-b"))}) {
        EXPECT_EQ(leader_of_follower_name(one, follower_index_name(one, "logs")), "logs");
        EXPECT_EQ(leader_of_follower_name(one, "logs"), std::nullopt);
    }
}

TEST(Recovered, claims_an_alias) {
    const FollowMatcher matcher{{recovered(rule("r", {"logs-*"}, "{{leader_index}}-copy"))}};
    EXPECT_THAT(claims(matcher, index("logs-1")), ElementsAre("r>logs-1-copy"));
}

TEST(Recovered, an_alias_leaves_room_for_the_stamp_of_a_generation) {
    const FollowRule whole = rule("r", {"*"});
    EXPECT_THAT(claims(FollowMatcher{{recovered(whole)}}, index(std::string(238, 'a'))),
                ElementsAre("r>" + std::string(238, 'a')));
    EXPECT_THAT(claims(FollowMatcher{{recovered(whole)}}, index(std::string(239, 'a'))),
                ElementsAre(HasSubstr("is longer than 238 bytes")));
    EXPECT_THAT(claims(FollowMatcher{{whole}}, index(std::string(239, 'a'))),
                ElementsAre("r>" + std::string(239, 'a')));
    // Turned round, the name is that of an index.
    const std::string home(239, 'a');
    EXPECT_THAT(claims(FollowMatcher{{turned_round(recovered(rule("r", {home}, "b")))}},
                       index("b.20261130t080000z"),
                       "shanghai"),
                ElementsAre("r>" + home));
}

TEST(Recovered, an_alias_has_one_rule_of_whatever_mode) {
    for (const FollowRule& rival : {rule("two", {"logs-*"}), recovered(rule("two", {"logs-*"}))}) {
        const FollowMatcher matcher{{recovered(rule("one", {"*-2024"})), rival}};
        const FollowPlan plan = settle(matcher.match(ClusterName{"beijing"}, index("logs-2024")));
        EXPECT_THAT(plan.follows, IsEmpty());
        ASSERT_THAT(plan.conflicts, SizeIs(1));
        EXPECT_THAT(plan.conflicts[0].text(), HasSubstr("both claim shanghai/logs-2024"));
    }
}

TEST(Recovered, into_its_own_cluster_no_generation_is_recovered_again) {
    FollowRule own = recovered(rule("r", {"logs*"}, "{{leader_index}}-copy"));
    own.follower = own.leader;
    const FollowMatcher matcher{{own}};
    EXPECT_THAT(claims(matcher, index("logs")), ElementsAre("r>logs-copy"));
    EXPECT_THAT(claims(matcher, index("logs-copy.20261130t080000z")), IsEmpty());
    EXPECT_THAT(claims(matcher, index("logs-copy.20261131t080000z")), SizeIs(1));
    EXPECT_THAT(claims(matcher, index("logs.20261130t080000z")), SizeIs(1));
    // Between two clusters the name means nothing.
    EXPECT_THAT(claims(FollowMatcher{{recovered(rule("r", {"logs*"}, "{{leader_index}}-copy"))}},
                       index("logs-copy.20261130t080000z")),
                SizeIs(1));
}

TEST(Recovered, a_pair_is_a_leader_and_any_generation) {
    const FollowRule copies = recovered(rule("r", {"logs-*"}, "{{leader_index}}-copy"));
    EXPECT_TRUE(has_pair(copies, index("logs-1"), IndexName{"logs-1-copy.20261130t080000z"}));
    EXPECT_FALSE(has_pair(copies, index("logs-1"), IndexName{"logs-1-copy"}));
    EXPECT_FALSE(has_pair(copies, index("logs-1"), IndexName{"logs-2-copy.20261130t080000z"}));
    EXPECT_FALSE(has_pair(copies, index("apps-1"), IndexName{"apps-1-copy.20261130t080000z"}));
    EXPECT_FALSE(
        has_pair(rule("r", {"logs-*"}), index("logs-1"), IndexName{"logs-1.20261130t080000z"}));
}

TEST(Recovered, turned_round_asks_for_generations) {
    const FollowRule turned = turned_round(
        recovered(pair("r", "a", "b", {"logs-*", "-logs-x", "live"}, "{{leader_index}}-copy")));
    EXPECT_THAT(patterns_to_ask({turned}, ClusterName{"b"}),
                ElementsAre("logs-*-copy.*", "live-copy.*", "live"));
    const FollowMatcher matcher{{turned}};
    EXPECT_THAT(claims(matcher, index("logs-1-copy.20261130t080000z"), "b"),
                ElementsAre("r>logs-1"));
    EXPECT_THAT(claims(matcher, index("logs-1-copy"), "b"), IsEmpty());
    EXPECT_THAT(claims(matcher, index("logs-x-copy.20261130t080000z"), "b"), IsEmpty());
}

}  // namespace
}  // namespace followd::core
