#include "followd/core/follow_matcher.hpp"
#include "followd/model/generation_name.hpp"
#include "followd/model/index_pattern.hpp"

#include "fuzz/oracle.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Follow patterns and index names: a line each. The first line is the index, the next its alias;
/// then patterns, by rules: a line "=NAME" ends a rule and says what its followers are called.
///
/// The matcher agrees with a naive one, and settling claims loses and doubles none.

namespace followd::fuzz {
namespace {

constexpr std::size_t line_bytes_max = 64;
constexpr std::size_t lines_max = 24;

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (lines.size() < lines_max) {
        const std::size_t end = text.find('\n');
        lines.emplace_back(text.substr(0, std::min(end, line_bytes_max)));
        if (end == std::string_view::npos) {
            break;
        }
        text.remove_prefix(end + 1);
    }
    return lines;
}

/// By definition: a row for each prefix of the pattern, a column for each of the text.
bool matches_naively(std::string_view pattern, std::string_view text) {
    std::vector<bool> row(text.size() + 1, false);
    row[0] = true;
    for (const char character : pattern) {
        std::vector<bool> next(text.size() + 1, false);
        for (std::size_t at = 0; at <= text.size(); ++at) {
            if (character == '*') {
                next[at] = row[at] || (at > 0 && next[at - 1]);
            } else {
                next[at] = at > 0 && row[at - 1] && text[at - 1] == character;
            }
        }
        row = std::move(next);
    }
    return row.back();
}

bool covers_naively(const FollowRule& rule, const std::vector<std::string>& names) {
    bool included = false;
    for (const std::string& name : names) {
        for (const std::string& pattern : rule.indices) {
            const bool excludes = !pattern.empty() && pattern.front() == '-';
            const bool matches = matches_naively(excludes ? pattern.substr(1) : pattern, name);
            const bool is_hidden = name.starts_with('.') && !pattern.starts_with('.');
            if (excludes && matches) {
                return false;
            }
            included = included || (!excludes && matches && !is_hidden);
        }
    }
    return included;
}

std::vector<FollowRule> rules_of(const std::vector<std::string>& lines) {
    std::vector<FollowRule> rules;
    std::vector<std::string> patterns;
    for (const std::string& line : lines) {
        if (!line.starts_with('=')) {
            patterns.push_back(line);
            continue;
        }
        FollowRule rule;
        rule.name = RuleName{"rule-" + std::to_string(rules.size())};
        rule.leader = ClusterName{rules.size() % 3 == 2 ? "b" : "a"};
        rule.follower = ClusterName{rules.size() % 2 == 1 ? "b" : "a"};
        rule.indices = std::exchange(patterns, {});
        rule.follow_index_pattern = line.substr(1);
        rule.mode = rules.size() % 4 == 3 ? FollowMode::snapshot : FollowMode::history;
        rules.push_back(std::move(rule));
    }
    return rules;
}

using Place = std::pair<ClusterName, IndexName>;

Place place_of(const core::FollowClaim& claim) {
    return {claim.follower, claim.follower_index};
}

void check_plan(const std::vector<core::FollowClaim>& claims, const core::FollowPlan& plan) {
    std::map<Place, std::size_t> rivals;
    for (const core::FollowClaim& claim : claims) {
        rivals[place_of(claim)] += claim.problem ? 0 : 1;
    }
    std::set<Place> followed;
    for (const core::FollowClaim& claim : plan.follows) {
        require(!claim.problem, "what is followed has a possible name");
        require(followed.insert(place_of(claim)).second, "a follower has one leader");
        require(rivals[place_of(claim)] == 1, "of claims in conflict none is followed");
    }
    std::size_t expected_conflicts = 0;
    std::size_t disputed = 0;
    for (const auto& [place, count] : rivals) {
        expected_conflicts += count > 1 ? count - 1 : 0;
        disputed += count > 1 ? count : 0;
    }
    require(plan.conflicts.size() == expected_conflicts, "a conflict for each later claim");
    for (const core::FollowConflict& conflict : plan.conflicts) {
        require(place_of(conflict.first) == place_of(conflict.second), "rivals claim one place");
        require(conflict.first != conflict.second, "no claim is its own rival", conflict.text());
    }
    require(plan.follows.size() + plan.refused.size() + disputed == claims.size(),
            "each claim is in exactly one list");
    for (const core::FollowClaim& claim : plan.refused) {
        require(claim.problem.has_value(), "what is refused has a reason");
    }
}

/// What is followed by that claim can be found again by its name.
void check_names(const FollowRule& rule,
                 const core::LeaderIndex& leader,
                 const core::FollowClaim& claim) {
    const std::string& follower = claim.follower_index.value();
    const bool is_recovered = rule.mode == FollowMode::snapshot;
    const std::string index = is_recovered ? generation_name(follower, WallTime{}) : follower;
    require(!index_name_problem(index), "a follower has a legal name", index);
    require(core::has_pair(rule, leader, IndexName{index}), "a claim is a pair", index);
    require(!is_recovered || !core::has_pair(rule, leader, claim.follower_index),
            "an alias is no generation",
            follower);
    if (rule.follow_index_pattern.find(leader_index_placeholder) != std::string::npos) {
        require(leader_index_name(rule, index) == leader.name.value(),
                "a follower's name tells its leader's",
                index);
    }
}

void play(std::string_view text) {
    std::vector<std::string> lines = lines_of(text);
    if (lines.size() < 2 || lines[0].empty()) {
        return;
    }
    const std::vector<std::string> names{lines[0], lines[1]};
    const core::LeaderIndex index{IndexName{lines[0]}, {lines[1]}};
    lines.erase(lines.begin(), lines.begin() + 2);
    for (const std::string& pattern : lines) {
        require(matches_wildcard(pattern, names[0]) == matches_naively(pattern, names[0]),
                "the matcher agrees with a naive one",
                pattern);
        const bool is_legal = !index_name_problem(pattern);
        require(!is_legal || !is_wildcard(pattern), "no index's name is a pattern", pattern);
        require(!is_legal || !is_exclusion(pattern), "no index's name is an exclusion", pattern);
    }

    const core::FollowMatcher matcher{rules_of(lines)};
    std::vector<core::FollowClaim> claims;
    // A second index, so that two may claim one follower.
    std::vector<core::LeaderIndex> indices{index};
    if (!lines.empty() && !lines[0].empty() && lines[0] != names[0]) {
        indices.push_back(core::LeaderIndex{IndexName{lines[0]}, {}});
    }
    for (const char* const leader : {"a", "b"}) {
        for (const core::LeaderIndex& seen : indices) {
            for (core::FollowClaim& claim : matcher.match(ClusterName{leader}, seen)) {
                const auto rule = std::ranges::find(matcher.rules(), claim.rule, &FollowRule::name);
                if (!claim.problem) {
                    check_names(*rule, seen, claim);
                }
                claims.push_back(std::move(claim));
            }
        }
        const std::vector<std::string> asked =
            core::patterns_to_ask(matcher.rules(), ClusterName{leader});
        for (const FollowRule& rule : matcher.rules()) {
            const bool covers = rule_covers(rule, names[0], index.aliases);
            require(covers == covers_naively(rule, names), "a rule covers what it naively covers");
            const auto shows = [&names](const std::string& pattern) {
                return matches_naively(pattern, names[0]) || matches_naively(pattern, names[1]);
            };
            require(rule.leader.value() != leader || !covers || std::ranges::any_of(asked, shows),
                    "the leader is asked for every index that a rule means");
        }
    }
    check_plan(claims, core::settle(claims));
}

}  // namespace
}  // namespace followd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    followd::fuzz::play(followd::fuzz::text_of(data, size));
    return 0;
}
