#include "es/repository.hpp"

#include "followd/base/assert.hpp"

#include <utility>

namespace followd::es {

namespace {

std::string own_name(const engine::RuleRepository& repository) {
    return "followd-" + repository.settings.name.value() + "-" + repository.leader.value();
}

std::string folder_of(const std::string& location, const ClusterName& leader) {
    return location + "/" + leader.value();
}

/// With the token where there is one: a repository on loopback may be served without.
std::string address_of(const engine::RuleRepository& repository) {
    return repository.settings.url + (repository.token.empty() ? "" : repository.token + "/") +
           repository.leader.value() + "/";
}

/// Servers take 0 for no ceiling; their default is 40 MB.
std::string ceiling(std::int64_t bytes_per_sec) {
    return std::to_string(bytes_per_sec) + "b";
}

std::string without_slash(std::string path) {
    while (path.size() > 1 && path.back() == '/') {
        path.pop_back();
    }
    return path;
}

Failure missing(const std::string& name, const engine::RuleRepository& repository) {
    return Failure{FailureKind::refused,
                   "the repository " + name + " (repositories." + repository.settings.name.value() +
                       ") is not registered there: register it, or correct its name",
                   {}};
}

}  // namespace

std::string leader_repository_name(const engine::RuleRepository& repository) {
    const RepositorySettings& settings = repository.settings;
    return settings.kind == RepositoryKind::existing ? settings.leader_name : own_name(repository);
}

std::string follower_repository_name(const engine::RuleRepository& repository) {
    const RepositorySettings& settings = repository.settings;
    return settings.kind == RepositoryKind::existing ? settings.follower_name
                                                     : own_name(repository) + "-readonly";
}

Json leader_registration(const engine::RuleRepository& repository) {
    const RepositorySettings& settings = repository.settings;
    if (settings.kind == RepositoryKind::existing) {
        return nullptr;
    }
    Json registration = Json::object();
    registration["type"] = "fs";
    registration["settings"] =
        Json{{"location", folder_of(settings.leader_location, repository.leader)},
             {"max_snapshot_bytes_per_sec", ceiling(settings.max_snapshot_bytes_per_sec)}};
    return registration;
}

Json follower_registration(const engine::RuleRepository& repository) {
    const RepositorySettings& settings = repository.settings;
    Json registration = Json::object();
    const std::string most = ceiling(settings.max_restore_bytes_per_sec);
    switch (settings.kind) {
        case RepositoryKind::existing:
            return nullptr;
        case RepositoryKind::fs:
            registration["type"] = "fs";
            registration["settings"] =
                Json{{"location", folder_of(settings.follower_location, repository.leader)},
                     {"readonly", "true"},
                     {"max_restore_bytes_per_sec", most}};
            return registration;
        case RepositoryKind::url:
            registration["type"] = "url";
            registration["settings"] =
                Json{{"url", address_of(repository)}, {"max_restore_bytes_per_sec", most}};
            return registration;
    }
    FOLLOWD_ASSERT(false);
    return registration;
}

bool is_registered_as(const Json& registered, const Json& wanted) {
    const Json* settings = member(registered, "settings");
    if (settings == nullptr || text_of(registered, "type") != text_of(wanted, "type")) {
        return false;
    }
    for (const auto& [key, value] : wanted.at("settings").items()) {
        if (text_of(*settings, key) != value.get<std::string>()) {
            return false;
        }
    }
    return true;
}

bool is_writable(const Json& registration) {
    if (text_of(registration, "type") == "url") {
        return false;
    }
    const Json* settings = member(registration, "settings");
    return settings == nullptr ||
           !(is_true(*settings, "readonly") || is_true(*settings, "readonly_state"));
}

Result<void> judge_leader_registration(const engine::RuleRepository& repository,
                                       const Json* registration) {
    const std::string name = leader_repository_name(repository);
    if (registration == nullptr) {
        return missing(name, repository);
    }
    if (!is_writable(*registration)) {
        return Failure{FailureKind::refused,
                       "the repository " + name +
                           " is registered read-only there: the leader's cluster has to write its "
                           "snapshots to it",
                       {}};
    }
    return {};
}

Result<void> judge_follower_registrations(const engine::RuleRepository& repository,
                                          const Json& registrations) {
    const RepositorySettings& settings = repository.settings;
    const std::string name = follower_repository_name(repository);
    if (settings.kind == RepositoryKind::existing) {
        const Json* registration = member(registrations, name);
        if (registration == nullptr) {
            return missing(name, repository);
        }
        if (is_writable(*registration)) {
            return Failure{FailureKind::conflict,
                           "the repository " + name +
                               " is registered so that this cluster could write to it, too: two "
                               "clusters that write to one repository destroy it. Register it with "
                               "readonly: true here",
                           {}};
        }
        return {};
    }
    if (settings.kind == RepositoryKind::url) {
        return {};
    }
    const std::string folder = folder_of(settings.follower_location, repository.leader);
    for (const auto& [other, registration] : registrations.items()) {
        const Json* present = member(registration, "settings");
        const bool is_same = present != nullptr && other != name &&
                             without_slash(text_of(*present, "location")) == folder;
        // A cluster that follows itself writes there under the leader's name.
        if (is_same && is_writable(registration) && other != leader_repository_name(repository)) {
            std::string what = "the repository ";
            what += other;
            what += " of this cluster is registered on ";
            what += folder;
            what +=
                " so that it could write there, too: two clusters that write to one repository "
                "destroy it. Register it with readonly: true, or remove it";
            return Failure{FailureKind::conflict, std::move(what), {}};
        }
    }
    return {};
}

Failure without_token(Failure failure, const engine::RuleRepository& repository) {
    if (repository.token.empty()) {
        return failure;
    }
    for (std::size_t at = failure.what.find(repository.token); at != std::string::npos;
         at = failure.what.find(repository.token, at)) {
        failure.what.replace(at, repository.token.size(), "TOKEN");
        at += 1;
    }
    return failure;
}

}  // namespace followd::es
