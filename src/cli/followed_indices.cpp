#include "cli/followed_indices.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace followd::cli {

namespace {

std::string why_left_out(const engine::LeaderIndex& index) {
    return index.is_system ? "it is a system index" : "";
}

core::LeaderIndex listed(const engine::LeaderIndex& index) {
    return core::LeaderIndex{index.name,
                             index.aliases,
                             index.follows ? std::optional{index.follows->cluster} : std::nullopt};
}

void take(const ClusterName& leader,
          const engine::LeaderIndex& index,
          const core::FollowMatcher& matcher,
          std::vector<core::FollowClaim>& claims,
          FollowedIndices& found) {
    const std::string why = why_left_out(index);
    for (core::FollowClaim& claim : matcher.match(leader, listed(index))) {
        found.indices.insert_or_assign({leader, index.name}, index);
        if (why.empty()) {
            claims.push_back(std::move(claim));
        } else {
            found.left_out.push_back(LeftOut{std::move(claim), why});
        }
    }
}

/// What a failback turned round: the listed index follows the one that the rule has follow it.
std::vector<core::FollowClaim> turned_claims(const std::vector<FollowRule>& rules,
                                             const ClusterName& leader,
                                             const engine::LeaderIndex& index) {
    std::vector<core::FollowClaim> claims;
    for (const FollowRule& rule : rules) {
        const core::LeaderIndex former_leader{index.name, index.aliases};
        const bool is_turned = index.follows && rule.leader == leader &&
                               rule.mode == FollowMode::history &&
                               index.follows->cluster == rule.follower &&
                               core::has_pair(rule, former_leader, index.follows->index);
        if (is_turned) {
            core::FollowClaim claim;
            claim.rule = rule.name;
            claim.leader = rule.follower;
            claim.leader_index = index.follows->index;
            claim.follower = leader;
            claim.follower_index = index.name;
            claims.push_back(std::move(claim));
        }
    }
    return claims;
}

/// Takes out of the plan what is recovered by schedule.
std::vector<core::FollowClaim> take_recovered(const std::vector<FollowRule>& rules,
                                              core::FollowPlan& plan) {
    std::vector<core::FollowClaim> followed;
    std::vector<core::FollowClaim> recovered;
    for (core::FollowClaim& claim : plan.follows) {
        const auto rule = std::ranges::find(rules, claim.rule, &FollowRule::name);
        FOLLOWD_ASSERT(rule != rules.end());
        (rule->mode == FollowMode::snapshot ? recovered : followed).push_back(std::move(claim));
    }
    plan.follows = std::move(followed);
    return recovered;
}

}  // namespace

Task<FollowedIndices> find_followed(Composition* composition, const Settings* settings) {
    FollowedIndices found;
    const core::FollowMatcher matcher{settings->follow};
    std::vector<core::FollowClaim> claims;
    std::vector<core::FollowClaim> turned;
    std::set<ClusterName> leaders;
    for (const FollowRule& rule : settings->follow) {
        leaders.insert(rule.leader);
    }
    for (const ClusterName& leader : leaders) {
        ClusterConnection& connection = composition->cluster(leader);
        std::vector<std::string> patterns = core::patterns_to_ask(settings->follow, leader);
        const Result<std::vector<engine::LeaderIndex>> indices =
            co_await connection.list_indices(std::move(patterns));
        if (!indices.ok()) {
            found.failures.emplace(leader, indices.failure());
            continue;
        }
        for (const engine::LeaderIndex& index : *indices) {
            take(leader, index, matcher, claims, found);
            std::ranges::move(turned_claims(settings->follow, leader, index),
                              std::back_inserter(turned));
        }
    }
    for (core::FollowClaim& claim : turned) {
        // A rule that has it so anyway was listed above.
        if (found.indices.contains({claim.leader, claim.leader_index})) {
            continue;
        }
        ClusterConnection& connection = composition->cluster(claim.leader);
        std::vector<std::string> name{claim.leader_index.value()};
        const Result<std::vector<engine::LeaderIndex>> indices =
            co_await connection.list_indices(std::move(name));
        if (!indices.ok()) {
            found.failures.emplace(claim.leader, indices.failure());
            continue;
        }
        for (const engine::LeaderIndex& index : *indices) {
            if (index.name == claim.leader_index) {
                found.indices.insert_or_assign({claim.leader, index.name}, index);
                claims.push_back(std::move(claim));
                break;
            }
        }
    }
    found.plan = core::settle(std::move(claims));
    found.recovered = take_recovered(settings->follow, found.plan);
    co_return found;
}

}  // namespace followd::cli
