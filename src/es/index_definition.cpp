#include "es/index_definition.hpp"

#include "followd/base/assert.hpp"

#include "es/copied_settings.hpp"
#include "es/followed_aliases.hpp"
#include "es/mapping_fields.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

constexpr std::string_view exclude_vectors = "index.mapping.exclude_source_vectors";

/// Sent as null where no template guard stands: null beats an index template. Every server knows
/// these; `index.number_of_replicas` must not be null (9.2 answers 500).
constexpr std::array<std::string_view, 2> nullable{"index.default_pipeline",
                                                   "index.final_pipeline"};
constexpr std::string_view never = "-1";

bool has_vectors(const Json& mappings) {
    constexpr std::array<std::string_view, 4> types{
        "dense_vector", "sparse_vector", "rank_vectors", "semantic_text"};
    return std::ranges::any_of(
        types, [&mappings](std::string_view type) { return has_field_of_type(mappings, type); });
}

Json copied_settings(const Json& leader, const Json& mappings, const CreationOptions& options) {
    Json settings = Json::object();
    for (const auto& [name, value] : leader.items()) {
        if (is_copied(name) && !value.is_null() && name != exclude_vectors) {
            settings[name] = value;
        }
    }
    // A leader older than the setting answers with vectors; a newer follower would not by default.
    if (options.has_exclude_vectors && has_vectors(mappings)) {
        settings[std::string(exclude_vectors)] = is_true(leader, exclude_vectors);
    }
    return settings;
}

/// Whether the rule says anything of that setting.
bool is_the_rules(const FollowRule& rule, std::string_view setting) {
    return std::ranges::any_of(rule.settings, [setting](const auto& entry) {
        return full_setting_name(entry.first) == setting;
    });
}

/// A rule's own settings over the leader's; null takes a setting away.
Result<void> override_settings(Json& settings, const FollowRule& rule) {
    for (const auto& [given, text] : rule.settings) {
        const std::string name = full_setting_name(given);
        if (is_fixed(name)) {
            return Failure{FailureKind::refused,
                           "the rule's settings replace " + name +
                               ", which must be the leader's: take it out of the rule",
                           "rule " + rule.name.value()};
        }
        const Result<Json> value = parse_json(text, "the rule's value of " + name);
        if (!value.ok()) {
            return Failure{FailureKind::refused, value.failure().what, "rule " + rule.name.value()};
        }
        if (value->is_null()) {
            settings.erase(name);
        } else {
            settings[name] = *value;
        }
    }
    return {};
}

/// A generation gets the leader's aliases when it is shown, and is known by its mark before.
Result<void> name_aliases(const engine::FollowerRequest& request, FollowMark& mark) {
    const Result<Json> aliases =
        followed_aliases(request.leader.aliases, request.leader.index.name);
    if (!aliases.ok()) {
        return aliases.failure();
    }
    for (const auto& [name, properties] : aliases->items()) {
        mark.aliases.push_back(name);
    }
    return {};
}

/// The leader's own keys stay, a mark of the leader's own following goes.
Json marked_mapping(const Json& leader, const FollowMark& mark) {
    Json mappings = leader.is_object() ? leader : Json::object();
    set_mark(mappings, mark);
    return mappings;
}

}  // namespace

std::string full_setting_name(const std::string& given) {
    return given.starts_with("index.") ? given : "index." + given;
}

bool is_loading(const FollowRule& rule, const Json& settings) {
    return !is_the_rules(rule, refresh_interval) && text_of(settings, refresh_interval) == never;
}

Result<Json> wanted_settings(const engine::IndexDefinition& leader,
                             const FollowRule& rule,
                             const CreationOptions& options) {
    const std::string& name = leader.index.name.value();
    const Result<Json> settings = parse_json(leader.settings, "the settings of " + name);
    if (!settings.ok()) {
        return settings.failure();
    }
    const Result<Json> mappings = parse_json(leader.mappings, "the mapping of " + name);
    if (!mappings.ok()) {
        return mappings.failure();
    }
    Json wanted = copied_settings(*settings, *mappings, options);
    const Result<void> overridden = override_settings(wanted, rule);
    if (!overridden.ok()) {
        return overridden.failure();
    }
    return wanted;
}

std::string IndexPlan::body() const {
    Json whole = Json::object();
    whole["settings"] = settings;
    whole["mappings"] = mappings;
    whole["aliases"] = aliases;
    return to_text(whole);
}

Result<IndexPlan> plan_follower_index(const engine::FollowerRequest& request,
                                      const FollowMark& mark,
                                      const CreationOptions& options) {
    const std::string& name = request.leader.index.name.value();
    Result<Json> settings = wanted_settings(request.leader, request.rule, options);
    if (!settings.ok()) {
        return std::move(settings).failure();
    }
    const Result<Json> mappings = parse_json(request.leader.mappings, "the mapping of " + name);
    if (!mappings.ok()) {
        return mappings.failure();
    }
    IndexPlan plan;
    plan.settings = std::move(settings).value();
    if (member(plan.settings, "index.number_of_shards") == nullptr) {
        return Failure{
            FailureKind::malformed, "the leader's settings name no number of shards", name};
    }
    // Segments are then made by the size of what is written, not by the clock: a bootstrap costs
    // the follower about a tenth less.
    if (!is_the_rules(request.rule, refresh_interval)) {
        plan.settings[std::string(refresh_interval)] = never;
    }
    if (options.null_held_back) {
        for (const std::string_view name_of_held_back : nullable) {
            plan.settings[std::string(name_of_held_back)] = nullptr;
        }
    }
    plan.mappings = marked_mapping(*mappings, mark);
    plan.aliases = Json::object();
    plan.aliases[fence_alias_of(request.follower_index, mark.epoch)]["is_hidden"] = true;
    return plan;
}

Result<FollowMark> first_mark(const engine::FollowerRequest& request) {
    Result<HeldBack> held_back = held_back_of(request.leader);
    if (!held_back.ok()) {
        return std::move(held_back).failure();
    }
    FollowMark mark;
    mark.leader_cluster = request.rule.leader;
    mark.leader_index = request.leader.index.name;
    mark.leader_uuid = request.leader.index.uuid;
    mark.held_back = std::move(held_back).value();
    if (request.recovery) {
        mark.recovery = request.recovery;
        const Result<void> named = name_aliases(request, mark);
        if (!named.ok()) {
            return named.failure();
        }
    }
    return mark;
}

Result<HeldBack> held_back_of(const engine::IndexDefinition& leader) {
    const std::string& name = leader.index.name.value();
    const Result<Json> settings = parse_json(leader.settings, "the settings of " + name);
    if (!settings.ok()) {
        return settings.failure();
    }
    HeldBack held_back;
    for (const auto& [setting, value] : settings->items()) {
        if (is_held_back(setting) && !value.is_null()) {
            held_back.settings.emplace_back(setting, value);
        }
    }
    std::ranges::sort(held_back.settings, {}, &std::pair<std::string, Json>::first);
    if (leader.aliases.empty()) {
        return held_back;
    }
    const Result<Json> aliases = parse_json(leader.aliases, "the aliases of " + name);
    if (!aliases.ok()) {
        return aliases.failure();
    }
    for (const auto& [alias, properties] : aliases->items()) {
        if (is_true(properties, "is_write_index")) {
            held_back.write_aliases.push_back(alias);
        }
    }
    std::ranges::sort(held_back.write_aliases);
    return held_back;
}

Additions find_additions(const IndexPlan& plan, const Json& created) {
    Additions additions;
    if (const Json* settings = member(created, "settings"); settings != nullptr) {
        for (const auto& [name, value] : settings->items()) {
            if (value.is_null() || is_set_by_server(name) ||
                member(plan.settings, name) != nullptr) {
                continue;
            }
            (is_bending(name) ? additions.bending : additions.harmless)
                .push_back("setting " + name);
        }
    }
    if (const Json* mappings = member(created, "mappings"); mappings != nullptr) {
        std::vector<std::string> added = find_added(plan.mappings, *mappings);
        std::ranges::move(added, std::back_inserter(additions.bending));
    }
    if (const Json* aliases = member(created, "aliases"); aliases != nullptr) {
        for (const auto& [alias, properties] : aliases->items()) {
            if (member(plan.aliases, alias) == nullptr) {
                (is_true(properties, "is_write_index") ? additions.bending : additions.harmless)
                    .push_back("alias " + alias);
            }
        }
    }
    return additions;
}

Json plan_mapping_update(const Json& leader, const Json& follower, const FollowMark& mark) {
    Json update = marked_mapping(leader, mark);
    const Json* present = member(follower, "runtime");
    if (present == nullptr || !present->is_object()) {
        return update;
    }
    // PUT _mapping keeps runtime fields that it does not name: a removal must be said.
    const Json* wanted = member(leader, "runtime");
    for (const auto& [name, field] : present->items()) {
        if (wanted == nullptr || member(*wanted, name) == nullptr) {
            update["runtime"][name] = nullptr;
        }
    }
    return update;
}

}  // namespace followd::es
