#include "cli/snapshots_choice.hpp"

#include "config/mistake.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace followd::cli {

namespace {

Failure mistake(std::string what) {
    return Failure{FailureKind::refused, std::move(what), {}};
}

/// "berlin or lisbon".
std::string either_of(const std::vector<ClusterName>& clusters) {
    std::string text;
    for (const ClusterName& cluster : clusters) {
        text += (text.empty() ? "" : cluster == clusters.back() ? " or " : ", ") + cluster.value();
    }
    return text;
}

std::vector<ClusterName> leaders_of(const Settings& settings,
                                    const RepositorySettings& repository) {
    std::set<ClusterName> leaders;
    for (const FollowRule& rule : settings.follow) {
        if (rule.repository == repository.name) {
            leaders.insert(rule.leader);
        }
    }
    return leaders.empty() ? users_of(settings, repository)
                           : std::vector<ClusterName>(leaders.begin(), leaders.end());
}

Failure unknown_repository(const Settings& settings, const std::string& name) {
    if (settings.repositories.empty()) {
        return mistake("the configuration has no repositories");
    }
    std::vector<std::string_view> names;
    names.reserve(settings.repositories.size());
    for (const RepositorySettings& repository : settings.repositories) {
        names.push_back(repository.name.value());
    }
    return mistake("the configuration has no repository " + name + ": " +
                   config::suggestion(name, names));
}

}  // namespace

std::vector<ClusterName> users_of(const Settings& settings, const RepositorySettings& repository) {
    if (!repository.clusters.empty()) {
        return repository.clusters;
    }
    std::vector<ClusterName> all;
    all.reserve(settings.clusters.size());
    for (const ClusterSettings& cluster : settings.clusters) {
        all.push_back(cluster.name);
    }
    return all;
}

Result<ClusterName> choose_cluster(const Settings& settings,
                                   const RepositorySettings& repository,
                                   const std::string& cluster,
                                   const std::string& option) {
    const std::vector<ClusterName> users = users_of(settings, repository);
    if (std::ranges::find(users, ClusterName{cluster}) == users.end()) {
        return mistake(option + " " + cluster + ": the repository " + repository.name.value() +
                       " is for " + either_of(users));
    }
    return ClusterName{cluster};
}

Result<SnapshotsPlace> choose_place(const Settings& settings,
                                    const std::string& repository,
                                    const std::string& leader) {
    const RepositorySettings* const found = settings.repository(RepositoryName{repository});
    if (found == nullptr) {
        return unknown_repository(settings, repository);
    }
    if (!leader.empty()) {
        Result<ClusterName> named = choose_cluster(settings, *found, leader, "--leader");
        if (!named.ok()) {
            return std::move(named).failure();
        }
        return SnapshotsPlace{*found, std::move(named).value()};
    }
    const std::vector<ClusterName> leaders = leaders_of(settings, *found);
    if (leaders.size() != 1) {
        return mistake("say with --leader whose snapshots in " + repository +
                       " are meant: " + either_of(leaders));
    }
    return SnapshotsPlace{*found, leaders.front()};
}

}  // namespace followd::cli
