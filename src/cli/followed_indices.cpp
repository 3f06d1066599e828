#include "cli/followed_indices.hpp"

#include <set>

namespace followd::cli {

namespace {

std::string why_left_out(const engine::LeaderIndex& index) {
    if (index.follows) {
        return "it is itself a follower, of " + index.follows->value();
    }
    return index.is_system ? "it is a system index" : "";
}

void take(const ClusterName& leader,
          const engine::LeaderIndex& index,
          const core::FollowMatcher& matcher,
          std::vector<core::FollowClaim>& claims,
          FollowedIndices& found) {
    const std::string why = why_left_out(index);
    for (core::FollowClaim& claim :
         matcher.match(leader, core::LeaderIndex{index.name, index.aliases})) {
        found.indices.insert_or_assign({leader, index.name}, index);
        if (why.empty()) {
            claims.push_back(std::move(claim));
        } else {
            found.left_out.push_back(LeftOut{std::move(claim), why});
        }
    }
}

}  // namespace

Task<FollowedIndices> find_followed(Composition* composition, const Settings* settings) {
    FollowedIndices found;
    const core::FollowMatcher matcher{settings->follow};
    std::vector<core::FollowClaim> claims;
    std::set<std::pair<ClusterName, IndexName>> seen;
    for (const FollowRule& rule : settings->follow) {
        if (found.failures.contains(rule.leader)) {
            continue;
        }
        ClusterConnection& leader = composition->cluster(rule.leader);
        std::string patterns = core::expression(rule);
        const Result<std::vector<engine::LeaderIndex>> indices =
            co_await leader.list_indices(std::move(patterns));
        if (!indices.ok()) {
            found.failures.emplace(rule.leader, indices.failure());
            continue;
        }
        for (const engine::LeaderIndex& index : *indices) {
            // Another rule's listing may have shown it: it was matched with all rules then.
            if (seen.emplace(rule.leader, index.name).second) {
                take(rule.leader, index, matcher, claims, found);
            }
        }
    }
    found.plan = core::settle(std::move(claims));
    co_return found;
}

}  // namespace followd::cli
