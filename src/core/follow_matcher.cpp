#include "followd/core/follow_matcher.hpp"

#include "followd/base/assert.hpp"
#include "followd/model/index_pattern.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace followd::core {

namespace {

std::optional<std::string> claim_problem(const FollowClaim& claim) {
    const std::string& name = claim.follower_index.value();
    if (std::optional<std::string> problem = index_name_problem(name)) {
        return "the follower's name \"" + name + "\" " + *problem;
    }
    if (claim.leader == claim.follower && claim.leader_index == claim.follower_index) {
        return "\"" + name + "\" would follow itself";
    }
    return std::nullopt;
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
        if (rule.leader != leader || !rule_covers(rule, index.name.value(), index.aliases)) {
            continue;
        }
        FollowClaim claim{
            .rule = rule.name,
            .leader = leader,
            .leader_index = index.name,
            .follower = rule.follower,
            .follower_index = IndexName{follower_index_name(rule, index.name.value())},
            .problem = std::nullopt};
        claim.problem = claim_problem(claim);
        claims.push_back(std::move(claim));
    }
    return claims;
}

FollowPlan settle(std::vector<FollowClaim> claims) {
    using Place = std::pair<ClusterName, IndexName>;
    std::map<Place, std::vector<std::size_t>> claims_of_place;
    for (std::size_t at = 0; at < claims.size(); ++at) {
        if (!claims[at].problem) {
            claims_of_place[Place{claims[at].follower, claims[at].follower_index}].push_back(at);
        }
    }
    FollowPlan plan;
    for (const auto& [place, rivals] : claims_of_place) {
        for (std::size_t later = 1; later < rivals.size(); ++later) {
            plan.conflicts.push_back(
                FollowConflict{.first = claims[rivals.front()], .second = claims[rivals[later]]});
        }
    }
    for (FollowClaim& claim : claims) {
        if (claim.problem) {
            plan.refused.push_back(std::move(claim));
        } else if (claims_of_place[Place{claim.follower, claim.follower_index}].size() == 1) {
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
            if (!is_exclusion(pattern) && std::ranges::find(patterns, pattern) == patterns.end()) {
                patterns.push_back(pattern);
            }
        }
    }
    return patterns;
}

}  // namespace followd::core
