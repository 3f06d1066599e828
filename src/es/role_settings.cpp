#include "es/role_settings.hpp"

#include "es/follow_mark.hpp"
#include "es/index_definition.hpp"
#include "es/index_lists.hpp"
#include "http/message.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

bool is_ingest_pipeline(std::string_view setting) {
    return setting == "index.default_pipeline" || setting == "index.final_pipeline";
}

/// What a setting's value names, and where a server shows it.
struct NamedThing {
    std::string what;
    std::string path;
};

std::optional<NamedThing> named_by(std::string_view setting, const Json& value) {
    const std::string name = value.is_string() ? value.get<std::string>() : std::string{};
    if (name.empty() || name == "_none") {
        return std::nullopt;
    }
    const std::string part = http::encode_component(name);
    if (is_ingest_pipeline(setting)) {
        return NamedThing{"the ingest pipeline " + name, "/_ingest/pipeline/" + part};
    }
    if (setting == "index.lifecycle.name") {
        return NamedThing{"the lifecycle policy " + name, "/_ilm/policy/" + part};
    }
    if (setting == "index.search.default_pipeline") {
        return NamedThing{"the search pipeline " + name, "/_search/pipeline/" + part};
    }
    return std::nullopt;
}

}  // namespace

RoleSettings::RoleSettings(AdminExchange& exchange) : exchange_(exchange) {}

Task<Result<void>> RoleSettings::put(std::vector<std::string> names,
                                     Json settings,
                                     std::string attempt) {
    const std::string body = to_text(settings);
    const std::vector<std::string> lists = index_lists(names);
    for (const std::string& list : lists) {
        http::Request request = change_request(http::Method::put, "/" + list + "/_settings", body);
        Result<void> done =
            co_await exchange_.send_expecting_acknowledgement(std::move(request), attempt);
        if (!done.ok()) {
            co_return done;
        }
    }
    co_return Result<void>{};
}

Task<std::vector<std::string>> RoleSettings::put_singly(std::vector<std::string> names,
                                                        Json settings) {
    std::vector<std::string> warnings;
    for (const auto& [name, value] : settings.items()) {
        Json one = Json::object();
        one[name] = value;
        const Result<void> done = co_await put(names, std::move(one), "restore " + name);
        if (!done.ok()) {
            warnings.push_back(done.failure().what + " on " + names.front() +
                               (names.size() > 1 ? " and others" : "") +
                               ": set it by hand if it is needed");
        }
    }
    co_return warnings;
}

Task<Result<std::vector<std::string>>> RoleSettings::restore(
    std::vector<engine::RoleIndex> indices) {
    std::map<Json, std::vector<std::string>> names_by_settings;
    std::vector<std::string> warnings;
    std::map<std::string, Presence> pipelines;
    for (const engine::RoleIndex& index : indices) {
        const FollowMark mark = mark_in(index.meta);
        Json settings = Json::object();
        // A follower that was promoted while it was bootstrapped does not refresh by itself.
        settings[std::string(refresh_interval)] = nullptr;
        for (const auto& [name, value] : mark.held_back.settings) {
            const std::optional<NamedThing> named = named_by(name, value);
            if (!named || !is_ingest_pipeline(name)) {
                settings[name] = value;
                continue;
            }
            if (!pipelines.contains(named->path)) {
                const Result<Presence> found = co_await look_for(named->path);
                pipelines.emplace(named->path, found.ok() ? *found : Presence::hidden);
            }
            if (pipelines.at(named->path) == Presence::there) {
                settings[name] = value;
                continue;
            }
            // Without its pipeline every write would fail.
            std::string& warning = warnings.emplace_back(index.name.value());
            warning.append(": ").append(name).append(" was not set, since ").append(named->what);
            warning.append(pipelines.at(named->path) == Presence::missing
                               ? " is not on this cluster"
                               : " could not be looked for: our user needs read_pipeline");
        }
        names_by_settings[std::move(settings)].push_back(index.name.value());
    }
    for (const auto& [settings, names] : names_by_settings) {
        const Result<void> done = co_await put(names, settings, "restore the settings");
        if (done.ok()) {
            continue;
        }
        if (done.failure().kind != FailureKind::refused) {
            co_return done.failure();
        }
        std::vector<std::string> more = co_await put_singly(names, settings);
        std::ranges::move(more, std::back_inserter(warnings));
    }
    co_return warnings;
}

Task<Result<void>> RoleSettings::hold_back(engine::RoleIndex index) {
    const FollowMark mark = mark_in(index.meta);
    // Those that would change what is written, or the index's life. Replicas, refresh and priority
    // stay as this cluster has them.
    const std::set<std::string> kept{"index.auto_expand_replicas",
                                     "index.number_of_replicas",
                                     "index.priority",
                                     "index.refresh_interval"};
    Json settings = Json::object();
    for (const auto& [name, value] : mark.held_back.settings) {
        if (!kept.contains(name)) {
            settings[name] = nullptr;
        }
    }
    if (settings.empty()) {
        co_return Result<void>{};
    }
    Result<void> done = co_await put(
        {index.name.value()}, std::move(settings), "take off what a follower must not have");
    co_return done;
}

Task<Result<RoleSettings::Presence>> RoleSettings::look_for(std::string path) {
    http::Request request = admin_request(http::Method::get, std::move(path));
    const Result<AdminAnswer> answer = co_await exchange_.send(std::move(request));
    if (!answer.ok()) {
        co_return answer.failure();
    }
    if (answer->ok()) {
        co_return Presence::there;
    }
    co_return answer->status == 404 ? Presence::missing : Presence::hidden;
}

Task<Result<std::vector<std::string>>> RoleSettings::find_missing(
    std::vector<engine::RoleIndex> indices) {
    // Each thing once, however many indices name it.
    std::map<std::string, std::string> paths;
    for (const engine::RoleIndex& index : indices) {
        const FollowMark mark = mark_in(index.meta);
        for (const auto& [name, value] : mark.held_back.settings) {
            if (std::optional<NamedThing> named = named_by(name, value)) {
                paths.emplace(std::move(named->what), std::move(named->path));
            }
        }
    }
    std::vector<std::string> missing;
    for (const auto& [what, path] : paths) {
        const Result<Presence> found = co_await look_for(path);
        if (!found.ok()) {
            co_return found.failure();
        }
        const std::string& cluster = exchange_.cluster().value();
        if (*found == Presence::missing) {
            missing.emplace_back(what).append(" is not on cluster ").append(cluster);
        } else if (*found == Presence::hidden) {
            std::string& warning = missing.emplace_back("our user on cluster ");
            warning.append(cluster).append(" may not look for ").append(what);
            warning.append(" (read_pipeline, read_ilm)");
        }
    }
    co_return missing;
}

}  // namespace followd::es
