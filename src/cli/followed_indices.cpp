#include "cli/followed_indices.hpp"

#include <set>

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

}  // namespace

Task<FollowedIndices> find_followed(Composition* composition, const Settings* settings) {
    FollowedIndices found;
    const core::FollowMatcher matcher{settings->follow};
    std::vector<core::FollowClaim> claims;
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
        }
    }
    found.plan = core::settle(std::move(claims));
    co_return found;
}

}  // namespace followd::cli
