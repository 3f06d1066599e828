#include "followd/core/follow_matcher.hpp"

#include "followd/base/assert.hpp"
#include "followd/model/generation_name.hpp"
#include "followd/model/index_pattern.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace followd::core {

namespace {

std::optional<std::string> claim_problem(const FollowRule& rule, const FollowClaim& claim) {
    const std::string& name = claim.follower_index.value();
    if (std::optional<std::string> problem = index_name_problem(name)) {
        return "the follower's name \"" + name + "\" " + *problem;
    }
    if (claim.leader == claim.follower && claim.leader_index == claim.follower_index) {
        return "\"" + name + "\" would follow itself";
    }
    // A rule that is turned round claims for a plain index, as any other does.
    const bool makes_generations = rule.mode == FollowMode::snapshot && !rule.is_turned;
    const std::string generation = generation_name(name, WallTime{});
    if (makes_generations && generation.size() > index_name_bytes_max) {
        return "the follower's name \"" + name + "\" is longer than " +
               std::to_string(index_name_bytes_max - (generation.size() - name.size())) +
               " bytes, so the indices behind that alias could not be called after it";
    }
    return std::nullopt;
}

/// Where a cluster is recovered into itself, what was made there is no leader.
bool is_own_generation(const FollowRule& rule, const LeaderIndex& index) {
    if (rule.mode != FollowMode::snapshot || rule.leader != rule.follower) {
        return false;
    }
    const std::optional<std::string> home = leader_index_name(rule, index.name.value());
    return home && rule_covers(rule, *home, index.aliases);
}

/// What the follower of this index is called; nothing where the rule does not mean the index.
std::optional<std::string> follower_name(const FollowRule& rule, const LeaderIndex& index) {
    const std::string& name = index.name.value();
    if (!rule.is_turned) {
        return rule_covers(rule, name, index.aliases) && !is_own_generation(rule, index)
                   ? std::optional{follower_index_name(rule, name)}
                   : std::nullopt;
    }
    // The rule's patterns name what is the follower now.
    std::optional<std::string> home = leader_index_name(rule, name);
    return home && rule_covers(rule, *home, index.aliases) ? home : std::nullopt;
}

/// What a turned rule asks the other side for.
std::string asked_pattern(const FollowRule& rule, const std::string& pattern) {
    if (!rule.is_turned) {
        return pattern;
    }
    const std::string follower = follower_index_name(rule, pattern);
    return rule.mode == FollowMode::snapshot ? follower + ".*" : follower;
}

std::string describe(const FollowClaim& claim) {
    return "rule " + claim.rule.value() + " (from " + claim.leader.value() + "/" +
           claim.leader_index.value() + ")";
}

}  // namespace

std::string FollowConflict::text() const {
    return describe(first) + " and " + describe(second) + " both claim " + first.follower.value() +
           "/" + first.follower_index.value();
}

FollowMatcher::FollowMatcher(std::vector<FollowRule> rules) : rules_(std::move(rules)) {}

std::vector<FollowClaim> FollowMatcher::match(const ClusterName& leader,
                                              const LeaderIndex& index) const {
    FOLLOWD_ASSERT(!index.name.value().empty());
    std::vector<FollowClaim> claims;
    for (const FollowRule& rule : rules_) {
        const std::optional<std::string> follower = follower_name(rule, index);
        if (rule.leader != leader || !follower || index.copied_from == rule.follower) {
            continue;
        }
        FollowClaim claim{.rule = rule.name,
                          .leader = leader,
                          .leader_index = index.name,
                          .follower = rule.follower,
                          .follower_index = IndexName{*follower},
                          .problem = std::nullopt,
                          .is_of_copy = index.copied_from.has_value()};
        claim.problem = claim_problem(rule, claim);
        claims.push_back(std::move(claim));
    }
    return claims;
}

bool has_pair(const FollowRule& rule, const LeaderIndex& leader, const IndexName& follower) {
    const std::string& name = leader.name.value();
    if (!rule_covers(rule, name, leader.aliases)) {
        return false;
    }
    const std::string follower_name = follower_index_name(rule, name);
    if (rule.mode != FollowMode::snapshot) {
        return follower_name == follower.value();
    }
    const std::optional<GenerationName> generation = parse_generation_name(follower.value());
    return generation && generation->alias == follower_name;
}

FollowPlan settle(std::vector<FollowClaim> claims) {
    using Place = std::pair<ClusterName, IndexName>;
    std::map<Place, std::vector<std::size_t>> claims_of_place;
    for (std::size_t at = 0; at < claims.size(); ++at) {
        if (!claims[at].problem) {
            claims_of_place[Place{claims[at].follower, claims[at].follower_index}].push_back(at);
        }
    }
    // A leader's own claim goes before those of its copies: in a full mesh each index has one.
    for (auto& [place, rivals] : claims_of_place) {
        const auto is_of_copy = [&claims](std::size_t at) { return claims[at].is_of_copy; };
        if (!std::ranges::all_of(rivals, is_of_copy)) {
            std::erase_if(rivals, is_of_copy);
        }
    }
    FollowPlan plan;
    for (const auto& [place, rivals] : claims_of_place) {
        for (std::size_t later = 1; later < rivals.size(); ++later) {
            plan.conflicts.push_back(
                FollowConflict{.first = claims[rivals.front()], .second = claims[rivals[later]]});
        }
    }
    for (std::size_t at = 0; at < claims.size(); ++at) {
        FollowClaim& claim = claims[at];
        if (claim.problem) {
            plan.refused.push_back(std::move(claim));
            continue;
        }
        const std::vector<std::size_t>& rivals =
            claims_of_place[Place{claim.follower, claim.follower_index}];
        if (rivals.size() == 1 && rivals.front() == at) {
            plan.follows.push_back(std::move(claim));
        }
    }
    return plan;
}

std::vector<std::string> patterns_to_ask(const std::vector<FollowRule>& rules,
                                         const ClusterName& leader) {
    std::vector<std::string> patterns;
    for (const FollowRule& rule : rules) {
        if (rule.leader != leader) {
            continue;
        }
        for (const std::string& pattern : rule.indices) {
            std::vector<std::string> asked{asked_pattern(rule, pattern)};
            // A name may be an alias, which followers have under the same name.
            if (rule.is_turned && !is_wildcard(pattern)) {
                asked.push_back(pattern);
            }
            for (std::string& one : asked) {
                if (!is_exclusion(pattern) && std::ranges::find(patterns, one) == patterns.end()) {
                    patterns.push_back(std::move(one));
                }
            }
        }
    }
    return patterns;
}

}  // namespace followd::core
