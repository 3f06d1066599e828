#include "engine/marked_index.hpp"

#include "followd/core/follow_matcher.hpp"
#include "followd/model/generation_name.hpp"
#include "followd/model/index_pattern.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace followd::engine {

namespace {

/// What to ask each cluster for. A failback's follower is on the rule's leader side, so both sides
/// are asked.
std::map<ClusterName, std::vector<std::string>> patterns_of(const std::vector<FollowRule>& rules) {
    std::map<ClusterName, std::vector<std::string>> patterns;
    for (const FollowRule& rule : rules) {
        const std::vector<FollowRule> both{rule, turned_round(rule)};
        for (const FollowRule& side : both) {
            std::vector<std::string>& of_cluster = patterns[side.leader];
            for (std::string& pattern : core::patterns_to_ask({side}, side.leader)) {
                of_cluster.push_back(std::move(pattern));
            }
        }
        // A follower has its leader's aliases, by which a rule may name it.
        for (const std::string& pattern : rule.indices) {
            if (!is_exclusion(pattern)) {
                patterns[rule.follower].push_back(pattern);
            }
        }
    }
    return patterns;
}

bool is_of_rule(const ClusterName& cluster, const RoleIndex& index, const FollowRule& rule) {
    const bool is_recovering = rule.mode == FollowMode::snapshot;
    if (is_recovering != index.recovery.has_value()) {
        return false;
    }
    const bool is_away = cluster == rule.follower && index.leader_cluster == rule.leader;
    // What is recovered by schedule is not turned round.
    const bool is_home =
        cluster == rule.leader && index.leader_cluster == rule.follower && !is_recovering;
    const std::string& name = index.name.value();
    const std::optional<std::string> home =
        is_away ? leader_index_name(rule, name) : std::optional{name};
    if (!home || !(is_away || is_home)) {
        return false;
    }
    // The alias before a generation is our own, and none of its leader's.
    std::vector<std::string> aliases = index.alias_names;
    if (is_recovering) {
        std::erase(aliases, follower_index_name(rule, *home));
    }
    return rule_covers(rule, *home, aliases);
}

// Older generations stay for a moment, for searches under way.
bool is_superseded(const MarkedIndex& marked) {
    return marked.is_generation() && !marked.index.is(MarkRole::promoted) &&
           !marked.is_shown_by_alias();
}

// Both sides of a pair that has changed roles before have a mark.
std::vector<MarkedIndex> without_former(const std::vector<MarkedIndex>& found) {
    std::vector<MarkedIndex> present;
    for (const MarkedIndex& one : found) {
        const bool is_former =
            one.index.is(MarkRole::promoted) &&
            std::ranges::any_of(found, [&one](const MarkedIndex& partner) {
                return partner.place() == one.leader() && (partner.index.is(MarkRole::follower) ||
                                                           partner.index.epoch > one.index.epoch);
            });
        if (!is_former) {
            present.push_back(one);
        }
    }
    return present;
}

}  // namespace

IndexPlace MarkedIndex::known_as() const {
    const std::optional<GenerationName> generation =
        is_generation() ? parse_generation_name(index.name.value()) : std::nullopt;
    return generation ? IndexPlace{cluster, IndexName{generation->alias}} : place();
}

bool MarkedIndex::is_shown_by_alias() const {
    return std::ranges::find(index.alias_names, known_as().index.value()) !=
           index.alias_names.end();
}

Task<std::vector<MarkedIndex>> find_marked(const ControlPorts* ports,
                                           ControlTargets targets,
                                           ControlReport* report) {
    // A copy: a reload may come in between.
    const std::vector<FollowRule> rules = ports->supervisor.settings().follow;
    const std::map<ClusterName, std::vector<std::string>> asked = patterns_of(rules);
    std::vector<MarkedIndex> found;
    for (const auto& [cluster, patterns] : asked) {
        const Result<std::vector<RoleIndex>> indices =
            co_await ports->roles(cluster).list_marked(patterns);
        if (!indices.ok()) {
            report->warnings.push_back("cluster " + cluster.value() +
                                       " was not asked: " + indices.failure().what);
            continue;
        }
        for (const RoleIndex& index : *indices) {
            const auto rule = std::ranges::find_if(rules, [&](const FollowRule& candidate) {
                return is_of_rule(cluster, index, candidate);
            });
            if (rule == rules.end()) {
                continue;
            }
            MarkedIndex marked{*rule, cluster, index};
            if (!is_superseded(marked)) {
                found.push_back(std::move(marked));
            }
        }
    }
    co_return choose(
        without_former(found),
        targets,
        [](const MarkedIndex& marked) {
            return std::vector{marked.known_as().index, marked.index.name};
        },
        [](const MarkedIndex& marked) { return std::vector{marked.index.leader_index}; });
}

}  // namespace followd::engine
