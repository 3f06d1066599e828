#include "es/follow_mark.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace followd::es {

namespace {

constexpr std::int64_t mark_schema = 1;
constexpr std::string_view meta_key = "_meta";
constexpr std::string_view mark_key = "followd";

constexpr std::array<std::string_view, 9> known_keys{"schema",
                                                     "role",
                                                     "leader_cluster",
                                                     "leader_index",
                                                     "leader_uuid",
                                                     "histories",
                                                     "generation",
                                                     "epoch",
                                                     "held_back"};

Failure unreadable(const std::string& why) {
    return Failure{FailureKind::refused, "the index's mark _meta.followd " + why, {}};
}

Result<std::string> read_name(const Json& mark, std::string_view key) {
    std::string name = text_of(mark, key);
    if (name.empty()) {
        return unreadable("has no text under \"" + std::string(key) + "\"");
    }
    return name;
}

Result<std::int64_t> read_number(const Json& mark, std::string_view key, std::int64_t least) {
    const Json* number = member(mark, key);
    if (number == nullptr || !number->is_number_integer() || number->get<std::int64_t>() < least) {
        return unreadable("has no whole number of at least " + std::to_string(least) + " under \"" +
                          std::string(key) + "\"");
    }
    return number->get<std::int64_t>();
}

Result<std::vector<std::string>> read_texts(const Json& parent, std::string_view key) {
    const Json* list = member(parent, key);
    const auto is_text = [](const Json& item) { return item.is_string(); };
    if (list == nullptr || !list->is_array() || !std::ranges::all_of(*list, is_text)) {
        return unreadable("has no list of texts under \"" + std::string(key) + "\"");
    }
    return list->get<std::vector<std::string>>();
}

Result<MarkRole> read_role(const Json& mark) {
    const std::string role = text_of(mark, "role");
    for (const MarkRole candidate : {MarkRole::follower, MarkRole::leader, MarkRole::promoted}) {
        if (role == to_string(candidate)) {
            return candidate;
        }
    }
    return unreadable("has a role that this version does not know: upgrade followd");
}

Result<HeldBack> read_held_back(const Json& mark) {
    const Json* json = member(mark, "held_back");
    const Json* settings = json == nullptr ? nullptr : member(*json, "settings");
    if (settings == nullptr || !settings->is_object() || json->size() != 2) {
        return unreadable("has no \"held_back\" of settings and write_aliases");
    }
    HeldBack held_back;
    for (const auto& [name, value] : settings->items()) {
        held_back.settings.emplace_back(name, value);
    }
    Result<std::vector<std::string>> aliases = read_texts(*json, "write_aliases");
    if (!aliases.ok()) {
        return std::move(aliases).failure();
    }
    held_back.write_aliases = std::move(aliases).value();
    return held_back;
}

/// Schema and keys: whether this version may interpret the mark at all.
Result<void> check_schema(const Json& mark) {
    const Json* schema = member(mark, "schema");
    if (schema == nullptr || !schema->is_number_integer()) {
        return unreadable("has no schema number");
    }
    if (schema->get<std::int64_t>() != mark_schema) {
        return unreadable("has schema " + schema->dump() + ", this followd reads schema " +
                          std::to_string(mark_schema) +
                          ": use the version that wrote it, or a later one");
    }
    for (const auto& [key, value] : mark.items()) {
        if (std::ranges::find(known_keys, std::string_view{key}) == known_keys.end()) {
            return unreadable("has the key \"" + key +
                              "\" that this version does not know: upgrade followd");
        }
    }
    return {};
}

Result<FollowMark> parse_mark(const Json& json) {
    FollowMark mark;
    const Result<void> schema = check_schema(json);
    const Result<MarkRole> role = read_role(json);
    const Result<std::string> cluster = read_name(json, "leader_cluster");
    const Result<std::string> index = read_name(json, "leader_index");
    const Result<std::string> uuid = read_name(json, "leader_uuid");
    const Result<std::vector<std::string>> histories = read_texts(json, "histories");
    const Result<std::int64_t> generation = read_number(json, "generation", 0);
    const Result<std::int64_t> epoch = read_number(json, "epoch", 1);
    Result<HeldBack> held_back = read_held_back(json);
    if (!schema.ok()) {
        return schema.failure();
    }
    if (!role.ok()) {
        return role.failure();
    }
    for (const Result<std::string>* name : {&cluster, &index, &uuid}) {
        if (!name->ok()) {
            return name->failure();
        }
    }
    if (!histories.ok()) {
        return histories.failure();
    }
    for (const Result<std::int64_t>* number : {&generation, &epoch}) {
        if (!number->ok()) {
            return number->failure();
        }
    }
    if (!held_back.ok()) {
        return std::move(held_back).failure();
    }
    mark.role = *role;
    mark.leader_cluster = ClusterName{*cluster};
    mark.leader_index = IndexName{*index};
    mark.leader_uuid = IndexUuid{*uuid};
    for (const std::string& history : *histories) {
        mark.histories.emplace_back(history);
    }
    mark.generation = *generation;
    mark.epoch = *epoch;
    mark.held_back = std::move(held_back).value();
    return mark;
}

}  // namespace

std::string_view to_string(MarkRole role) noexcept {
    switch (role) {
        case MarkRole::follower:
            return "follower";
        case MarkRole::leader:
            return "leader";
        case MarkRole::promoted:
            return "promoted";
    }
    FOLLOWD_ASSERT(false);
    return {};
}

Json to_json(const FollowMark& mark) {
    FOLLOWD_ASSERT(mark.epoch >= 1);
    FOLLOWD_ASSERT(mark.generation >= 0);
    Json histories = Json::array();
    for (const HistoryUuid& history : mark.histories) {
        histories.push_back(history.value());
    }
    Json settings = Json::object();
    for (const auto& [name, value] : mark.held_back.settings) {
        settings[name] = value;
    }
    Json json = Json::object();
    json["schema"] = mark_schema;
    json["role"] = std::string(to_string(mark.role));
    json["leader_cluster"] = mark.leader_cluster.value();
    json["leader_index"] = mark.leader_index.value();
    json["leader_uuid"] = mark.leader_uuid.value();
    json["histories"] = std::move(histories);
    json["generation"] = mark.generation;
    json["epoch"] = mark.epoch;
    json["held_back"]["settings"] = std::move(settings);
    json["held_back"]["write_aliases"] = mark.held_back.write_aliases;
    return json;
}

Result<std::optional<FollowMark>> read_mark(const Json& mappings) {
    const Json* meta = member(mappings, meta_key);
    const Json* mark = meta == nullptr ? nullptr : member(*meta, mark_key);
    if (mark == nullptr) {
        return std::optional<FollowMark>{};
    }
    Result<FollowMark> parsed = parse_mark(*mark);
    if (!parsed.ok()) {
        return std::move(parsed).failure();
    }
    return std::optional<FollowMark>{std::move(parsed).value()};
}

void set_mark(Json& mappings, const FollowMark& mark) {
    FOLLOWD_ASSERT(mappings.is_object());
    Json& meta = mappings[std::string(meta_key)];
    if (!meta.is_object()) {
        meta = Json::object();
    }
    meta[std::string(mark_key)] = to_json(mark);
}

std::string fence_alias_of(const IndexName& index, std::int64_t epoch) {
    FOLLOWD_ASSERT(epoch >= 1);
    // The capital letter: a name that no index can have (bulk_encoder.hpp).
    return ".followd-E" + std::to_string(epoch) + "-" + index.value();
}

}  // namespace followd::es
