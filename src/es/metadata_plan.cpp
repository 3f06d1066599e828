#include "es/metadata_plan.hpp"

#include "es/copied_settings.hpp"
#include "es/followed_aliases.hpp"
#include "es/name_list.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

constexpr std::size_t shown_value_bytes_max = 60;

/// As a server shows it: everything is text, and a list of one may be written without brackets.
std::vector<std::string> texts_of(const Json& value) {
    std::vector<std::string> texts;
    if (value.is_array()) {
        for (const Json& item : value) {
            texts.push_back(item.is_string() ? item.get<std::string>() : to_text(item));
        }
    } else {
        texts.push_back(value.is_string() ? value.get<std::string>() : to_text(value));
    }
    return texts;
}

std::string description_of(const std::string& name, const Json& value) {
    if (value.is_null()) {
        return "setting " + name + " taken away";
    }
    const std::string text = name_list(texts_of(value));
    const bool is_short = text.size() <= shown_value_bytes_max;
    return "setting " + name + (is_short ? " = " + text : "");
}

/// Flat name -> value, null where it is to go.
Json differing_settings(const Json& wanted, const Json& present) {
    Json changes = Json::object();
    for (const auto& [name, value] : wanted.items()) {
        const Json* has = member(present, name);
        const bool is_same = has != nullptr && texts_of(*has) == texts_of(value);
        if (!is_same && !is_decided_at_creation(name)) {
            changes[name] = value;
        }
    }
    for (const auto& [name, value] : present.items()) {
        // What is not copied is the follower's own, whoever set it there.
        const bool is_leaders =
            is_copied(name) && !is_set_by_server(name) && !is_decided_at_creation(name);
        if (is_leaders && member(wanted, name) == nullptr) {
            changes[name] = nullptr;
        }
    }
    return changes;
}

/// "index.analysis" of "index.analysis.filter.f.type": an analyzer and its filters go together.
std::string family_of(const std::string& name) {
    constexpr std::array<std::string_view, 2> families{"index.analysis.", "index.similarity."};
    for (const std::string_view family : families) {
        if (name.starts_with(family)) {
            return std::string(family.substr(0, family.size() - 1));
        }
    }
    return name;
}

void add_settings(const Json& changes, MetadataPlan& plan) {
    std::map<std::string, Json> families;
    for (const auto& [name, value] : changes.items()) {
        if (needs_closed_index(name)) {
            families[family_of(name)][name] = value;
            plan.closed_names.push_back(name);
        } else {
            Json body = Json::object();
            body[name] = value;
            plan.settings.push_back({description_of(name, value), std::move(body)});
        }
    }
    for (auto& [family, body] : families) {
        std::vector<std::string> names;
        for (const auto& [name, value] : body.items()) {
            names.push_back(name);
        }
        plan.closed_settings.push_back({"setting " + name_list(names), std::move(body)});
    }
}

MetadataChange alias_change(const std::string& what,
                            const IndexName& index,
                            const std::string& alias,
                            const char* action,
                            Json properties) {
    properties["index"] = index.value();
    properties["alias"] = alias;
    Json body = Json::object();
    body[action] = std::move(properties);
    return {"alias " + alias + " " + what, std::move(body)};
}

void add_aliases(const IndexName& index,
                 const Json& followed,
                 const Json& present,
                 const FollowMark& mark,
                 MetadataPlan& plan) {
    std::set<std::string> ours(mark.aliases.begin(), mark.aliases.end());
    std::set<std::string> after;
    for (const auto& [name, wanted] : followed.items()) {
        const Json* has = member(present, name);
        const bool is_same = has != nullptr && followed_alias(*has) == wanted;
        if (!is_same) {
            plan.aliases.push_back(
                alias_change(has == nullptr ? "added" : "changed", index, name, "add", wanted));
        }
        // One that is there already, and just like it, is whoever's it was.
        if (!is_same || ours.contains(name)) {
            after.insert(name);
        }
    }
    for (const std::string& name : ours) {
        if (!after.contains(name) && member(present, name) != nullptr) {
            plan.aliases.push_back(alias_change("removed", index, name, "remove", Json::object()));
        }
    }
    ours.insert(after.begin(), after.end());
    plan.alias_names_before.assign(ours.begin(), ours.end());
    plan.alias_names_after.assign(after.begin(), after.end());
}

Json part_of(const Json& index, std::string_view key) {
    const Json* part = member(index, key);
    return part == nullptr ? Json::object() : *part;
}

}  // namespace

Result<MetadataPlan> plan_metadata(const engine::MetadataRequest& request,
                                   const Json& follower,
                                   const FollowMark& mark,
                                   const CreationOptions& options) {
    const Result<Json> wanted = wanted_settings(request.leader, request.rule, options);
    if (!wanted.ok()) {
        return wanted.failure();
    }
    Result<HeldBack> held_back = held_back_of(request.leader);
    if (!held_back.ok()) {
        return std::move(held_back).failure();
    }
    MetadataPlan plan;
    plan.held_back = std::move(held_back).value();
    plan.alias_names_before = mark.aliases;
    plan.alias_names_after = mark.aliases;
    add_settings(differing_settings(*wanted, part_of(follower, "settings")), plan);
    if (!request.is_copied) {
        return plan;
    }
    const Result<Json> aliases =
        followed_aliases(request.leader.aliases, request.leader.index.name);
    if (!aliases.ok()) {
        return aliases.failure();
    }
    add_aliases(request.follower_index, *aliases, part_of(follower, "aliases"), mark, plan);
    return plan;
}

}  // namespace followd::es
