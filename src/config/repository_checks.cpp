#include "config/repository_checks.hpp"

#include "config/cluster_parser.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace followd::config {

namespace {

using RepositoryMap = std::map<std::string_view, const ParsedRepository*>;

void check_clusters(const ParsedRepository& parsed,
                    std::span<const ClusterSettings> clusters,
                    Mistakes& mistakes) {
    for (std::size_t at = 0; at < parsed.settings.clusters.size(); ++at) {
        check_cluster(parsed.settings.clusters[at],
                      parsed.path + ".clusters[" + std::to_string(at) + "]",
                      parsed.cluster_places[at],
                      clusters,
                      mistakes);
    }
}

// Under two names, a server would not know of the other's snapshots, and delete what it holds for
// leftovers.
void check_folders(std::span<const ParsedRepository> repositories, Mistakes& mistakes) {
    RepositoryMap seen;
    for (const ParsedRepository& parsed : repositories) {
        if (parsed.settings.leader_location.empty()) {
            continue;
        }
        const auto [first, fresh] = seen.emplace(parsed.settings.leader_location, &parsed);
        if (!fresh) {
            mistakes.add(parsed.folder_place,
                         parsed.folder_path,
                         in_quotes(parsed.settings.leader_location) + " is written by repository " +
                             in_quotes(first->second->settings.name.value()) + " already",
                         "name another folder, or use that repository");
        }
    }
}

/// Each of the rule's once; a missing one was reported already.
std::vector<ClusterName> clusters_of(const FollowRule& rule) {
    std::vector<ClusterName> clusters{rule.leader};
    if (rule.follower != rule.leader) {
        clusters.push_back(rule.follower);
    }
    std::erase(clusters, ClusterName{});
    return clusters;
}

void check_use(const ParsedRule& parsed, const ParsedRepository& repository, Mistakes& mistakes) {
    const std::vector<ClusterName>& allowed = repository.settings.clusters;
    if (allowed.empty() || !repository.are_clusters_whole) {
        return;
    }
    const FollowRule& rule = parsed.rule;
    for (const ClusterName& user : clusters_of(rule)) {
        if (std::ranges::find(allowed, user) == allowed.end()) {
            mistakes.add(parsed.repository_place,
                         parsed.path + ".repository",
                         in_quotes(rule.repository.value()) + " is not for cluster " +
                             in_quotes(user.value()),
                         "add it to " + repository.path + ".clusters, or name another repository");
        }
    }
}

/// Names that repositories have on the servers, and of which repository and leader they are.
using ServerNames = std::map<std::string, std::pair<RepositoryName, ClusterName>>;

void check_server_names(const ParsedRule& parsed, ServerNames& names, Mistakes& mistakes) {
    const FollowRule& rule = parsed.rule;
    // After a failback it is the follower's cluster that writes.
    for (const ClusterName& leader : clusters_of(rule)) {
        const std::string name = "followd-" + rule.repository.value() + "-" + leader.value();
        const auto [first, fresh] = names.emplace(name, std::pair{rule.repository, leader});
        const auto& [repository, cluster] = first->second;
        if (repository != rule.repository || cluster != leader) {
            mistakes.add(parsed.repository_place,
                         parsed.path + ".repository",
                         in_quotes(rule.repository.value()) + " for cluster " +
                             in_quotes(leader.value()) + " would be " + in_quotes(name) +
                             " on the servers, as " + in_quotes(repository.value()) +
                             " for cluster " + in_quotes(cluster.value()) + " is",
                         "call one of the repositories otherwise");
        }
    }
}

}  // namespace

void check_repositories(std::span<const ParsedRepository> repositories,
                        std::span<const ClusterSettings> clusters,
                        Mistakes& mistakes) {
    for (const ParsedRepository& parsed : repositories) {
        check_clusters(parsed, clusters, mistakes);
    }
    check_folders(repositories, mistakes);
}

void check_rule_repositories(std::span<const ParsedRule> rules,
                             std::span<const ParsedRepository> repositories,
                             Mistakes& mistakes) {
    RepositoryMap known;
    std::vector<std::string_view> names;
    for (const ParsedRepository& repository : repositories) {
        known.emplace(repository.settings.name.value(), &repository);
        names.push_back(repository.settings.name.value());
    }
    ServerNames server_names;
    for (const ParsedRule& parsed : rules) {
        const std::string& name = parsed.rule.repository.value();
        if (name.empty()) {
            continue;
        }
        const auto found = known.find(name);
        if (found == known.end()) {
            mistakes.add(parsed.repository_place,
                         parsed.path + ".repository",
                         in_quotes(name) + " is no repository of this file",
                         names.empty() ? "name it under repositories" : suggestion(name, names));
            continue;
        }
        check_use(parsed, *found->second, mistakes);
        if (found->second->settings.kind != RepositoryKind::existing) {
            check_server_names(parsed, server_names, mistakes);
        }
    }
}

}  // namespace followd::config
