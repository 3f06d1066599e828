#include "config/follow_checks.hpp"

#include "followd/model/index_pattern.hpp"

#include "config/cluster_parser.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace followd::config {

namespace {

std::string name_of(const ParsedRule& parsed) {
    const std::string& name = parsed.rule.name.value();
    return name.empty() ? parsed.path : "rule " + in_quotes(name);
}

void check_names(std::span<const ParsedRule> rules, Mistakes& mistakes) {
    std::map<std::string_view, Place> seen;
    for (const ParsedRule& parsed : rules) {
        const std::string& name = parsed.rule.name.value();
        if (name.empty()) {
            continue;
        }
        const auto [first, fresh] = seen.emplace(name, parsed.place);
        if (!fresh) {
            mistakes.add(parsed.place,
                         parsed.path + ".name",
                         in_quotes(name) + " is the name of the rule in line " +
                             std::to_string(first->second.line) + " already",
                         "give each rule its own");
        }
    }
}

void check_self(const ParsedRule& parsed, Mistakes& mistakes) {
    const FollowRule& rule = parsed.rule;
    if (rule.leader != rule.follower || rule.leader.value().empty() || rule.indices.empty()) {
        return;
    }
    const std::string& text = rule.follow_index_pattern;
    const bool keeps_the_name = text == leader_index_placeholder || rule_covers(rule, text, {});
    if (keeps_the_name) {
        const bool is_alias = rule.mode == FollowMode::snapshot;
        mistakes.add(
            parsed.template_place,
            parsed.path + ".follow_index_pattern",
            "leader and follower are one cluster, " +
                std::string{is_alias ? "where no alias can have the name of an index"
                                     : "so an index would follow itself"},
            "change the name, for example \"" + std::string{leader_index_placeholder} + "-copy\"");
    }
}

/// The leader index that would get this follower by the rule's placeholder.
std::optional<std::string> leader_index_for(const FollowRule& rule, std::string_view follower) {
    const std::string_view text = rule.follow_index_pattern;
    const std::size_t at = text.find(leader_index_placeholder);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view before = text.substr(0, at);
    const std::string_view after = text.substr(at + leader_index_placeholder.size());
    if (follower.size() <= before.size() + after.size() || !follower.starts_with(before) ||
        !follower.ends_with(after)) {
        return std::nullopt;
    }
    follower.remove_prefix(before.size());
    follower.remove_suffix(after.size());
    return std::string{follower};
}

/// Whether a wildcard of the rule, and no literal name, brings this index in.
bool covers_by_wildcard(const FollowRule& rule, const std::string& name) {
    const bool literal =
        std::find(rule.indices.begin(), rule.indices.end(), name) != rule.indices.end();
    return !literal && rule_covers(rule, name, {});
}

/// A literal name of one rule against the wildcards of the others.
void check_literal(const ParsedRule& parsed,
                   std::size_t pattern_at,
                   std::span<const ParsedRule> rules,
                   Mistakes& mistakes) {
    const std::string& literal = parsed.rule.indices[pattern_at];
    const std::string follower = follower_index_name(parsed.rule, literal);
    for (const ParsedRule& other : rules) {
        if (&other == &parsed || other.rule.follower != parsed.rule.follower) {
            continue;
        }
        const std::optional<std::string> rival = leader_index_for(other.rule, follower);
        if (rival && covers_by_wildcard(other.rule, *rival)) {
            mistakes.add(
                parsed.pattern_places[pattern_at],
                parsed.path + ".indices[" + std::to_string(pattern_at) + "]",
                "its follower " + in_quotes(follower) + " is claimed by " + name_of(other) + " too",
                "exclude it there with " + in_quotes("-" + *rival));
            return;
        }
    }
}

void check_collisions(std::span<const ParsedRule> rules, Mistakes& mistakes) {
    using FollowerPlace = std::pair<ClusterName, std::string>;
    std::map<FollowerPlace, const ParsedRule*> claimed;
    for (const ParsedRule& parsed : rules) {
        for (std::size_t at = 0; at < parsed.rule.indices.size(); ++at) {
            const std::string& pattern = parsed.rule.indices[at];
            if (is_exclusion(pattern) || parsed.rule.follower.value().empty()) {
                continue;
            }
            const std::string follower = follower_index_name(parsed.rule, pattern);
            const auto [first, fresh] =
                claimed.emplace(FollowerPlace{parsed.rule.follower, follower}, &parsed);
            if (!fresh && first->second != &parsed) {
                mistakes.add(parsed.pattern_places[at],
                             parsed.path + ".indices[" + std::to_string(at) + "]",
                             "its follower " + in_quotes(follower) + " on " +
                                 as_word(parsed.rule.follower.value()) + " is claimed by " +
                                 name_of(*first->second) + " too",
                             "change the patterns or follow_index_pattern of one");
            } else if (!is_wildcard(pattern)) {
                check_literal(parsed, at, rules, mistakes);
            }
        }
    }
}

}  // namespace

void check_follow(std::span<const ParsedRule> rules,
                  std::span<const ClusterSettings> clusters,
                  Mistakes& mistakes) {
    check_names(rules, mistakes);
    for (const ParsedRule& parsed : rules) {
        check_cluster(
            parsed.rule.leader, parsed.path + ".leader", parsed.leader_place, clusters, mistakes);
        check_cluster(parsed.rule.follower,
                      parsed.path + ".follower",
                      parsed.follower_place,
                      clusters,
                      mistakes);
        check_self(parsed, mistakes);
    }
    check_collisions(rules, mistakes);
}

}  // namespace followd::config
