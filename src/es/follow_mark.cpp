#include "es/follow_mark.hpp"

#include "followd/base/assert.hpp"

#include "es/recovery_mark.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

constexpr std::int64_t mark_schema = 1;
constexpr std::string_view meta_key = "_meta";
constexpr std::string_view mark_key = "followd";
// The capital letter: a name that no index can have (bulk_encoder.hpp).
constexpr std::string_view fence_prefix = ".followd-E";

constexpr std::array<std::string_view, 14> known_keys{"schema",
                                                      "role",
                                                      "leader_cluster",
                                                      "leader_index",
                                                      "leader_uuid",
                                                      "histories",
                                                      "generation",
                                                      "epoch",
                                                      "held_back",
                                                      "origins",
                                                      "promotion",
                                                      "recovery",
                                                      "aliases",
                                                      "closed"};

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

Json to_numbers(const std::vector<SeqNo>& seq_nos) {
    Json numbers = Json::array();
    for (const SeqNo seq_no : seq_nos) {
        numbers.push_back(seq_no.value());
    }
    return numbers;
}

std::optional<std::vector<SeqNo>> read_seq_nos(const Json& parent, std::string_view key) {
    const Json* list = member(parent, key);
    const auto is_seq_no = [](const Json& item) {
        return item.is_number_integer() && item.get<std::int64_t>() >= -1;
    };
    if (list == nullptr || !list->is_array() || !std::ranges::all_of(*list, is_seq_no)) {
        return std::nullopt;
    }
    std::vector<SeqNo> seq_nos;
    for (const Json& item : *list) {
        seq_nos.emplace_back(item.get<std::int64_t>());
    }
    return seq_nos;
}

std::optional<OriginRow> read_row(const Json& json) {
    const Json* space = member(json, "space");
    const Json* generation = member(json, "generation");
    const bool has_through = member(json, "through") != nullptr;
    const bool is_row = space != nullptr && space->is_string() && generation != nullptr &&
                        generation->is_number_integer() && json.size() == (has_through ? 3 : 2);
    if (!is_row || generation->get<std::int64_t>() < 0 ||
        generation->get<std::int64_t>() > generation_max) {
        return std::nullopt;
    }
    OriginRow row{IndexUuid{space->get<std::string>()}, generation->get<std::int64_t>()};
    if (has_through) {
        std::optional<std::vector<SeqNo>> through = read_seq_nos(json, "through");
        if (!through) {
            return std::nullopt;
        }
        row.through = *std::move(through);
    }
    return row;
}

std::optional<OriginSegment> read_segment(const Json& json) {
    const Json* table = member(json, "table");
    std::optional<std::vector<SeqNo>> from = read_seq_nos(json, "from");
    const bool is_restored = is_true(json, "restored");
    if (!from || table == nullptr || !table->is_array() || json.size() != (is_restored ? 3 : 2) ||
        (is_restored && table->size() != 1)) {
        return std::nullopt;
    }
    OriginSegment segment{*std::move(from), {}, is_restored};
    for (const Json& item : *table) {
        std::optional<OriginRow> row = read_row(item);
        const bool rises =
            segment.table.empty() || (row && row->generation > segment.table.back().generation);
        if (!row || !rises) {
            return std::nullopt;
        }
        segment.table.push_back(*std::move(row));
    }
    return segment;
}

Result<Origins> read_origins(const Json& mark) {
    Origins origins;
    const Json* list = member(mark, "origins");
    if (list == nullptr) {
        return origins;
    }
    const Failure wrong = unreadable("has \"origins\" that this version does not understand");
    if (!list->is_array()) {
        return wrong;
    }
    for (const Json& item : *list) {
        std::optional<OriginSegment> segment = read_segment(item);
        const bool is_of_all = segment && (origins.empty() || origins.back().from.empty() ||
                                           origins.back().from.size() == segment->from.size());
        if (!is_of_all || (!origins.empty() && segment->from.empty())) {
            return wrong;
        }
        origins.push_back(*std::move(segment));
    }
    return origins;
}

Result<std::optional<Promotion>> read_promotion(const Json& mark) {
    const Json* json = member(mark, "promotion");
    if (json == nullptr) {
        return std::optional<Promotion>{};
    }
    std::optional<std::vector<SeqNo>> points = read_seq_nos(*json, "points");
    std::optional<std::vector<SeqNo>> applied = read_seq_nos(*json, "applied_through");
    if (!points || !applied || points->size() != applied->size()) {
        return unreadable("has a \"promotion\" that this version does not understand");
    }
    return std::optional{Promotion{
        *std::move(points), *std::move(applied), text_of(*json, "at"), text_of(*json, "by")}};
}

Result<std::optional<RecoveryPoint>> read_recovery(const Json& mark) {
    const Json* json = member(mark, "recovery");
    if (json == nullptr) {
        return std::optional<RecoveryPoint>{};
    }
    std::optional<RecoveryPoint> point = read_recovery_point(*json);
    if (!point) {
        return unreadable("has a \"recovery\" that this version does not understand");
    }
    return point;
}

/// What is in the mark only where there is something to say: marks of earlier versions have none.
Result<void> read_optional(const Json& json, FollowMark& mark) {
    if (member(json, "aliases") != nullptr) {
        Result<std::vector<std::string>> aliases = read_texts(json, "aliases");
        if (!aliases.ok()) {
            return std::move(aliases).failure();
        }
        mark.aliases = std::move(aliases).value();
    }
    const Json* closed = member(json, "closed");
    if (closed != nullptr && !closed->is_boolean()) {
        return unreadable("has no answer under \"closed\"");
    }
    mark.is_closed = closed != nullptr && closed->get<bool>();
    Result<Origins> origins = read_origins(json);
    if (!origins.ok()) {
        return std::move(origins).failure();
    }
    mark.origins = std::move(origins).value();
    Result<std::optional<Promotion>> promotion = read_promotion(json);
    if (!promotion.ok()) {
        return std::move(promotion).failure();
    }
    mark.promotion = std::move(promotion).value();
    Result<std::optional<RecoveryPoint>> recovery = read_recovery(json);
    if (!recovery.ok()) {
        return std::move(recovery).failure();
    }
    mark.recovery = std::move(recovery).value();
    return {};
}

/// What the segments must end with, by the role.
Result<void> check_origins(const FollowMark& mark) {
    if (mark.promotion && mark.role == MarkRole::promoted && mark.origins.size() < 2) {
        return unreadable("has a \"promotion\" without \"origins\"");
    }
    if (mark.origins.empty()) {
        return {};
    }
    const OriginSegment& last = mark.origins.back();
    const bool follows = !last.is_own() && !last.is_restored &&
                         last.table.back().space == mark.leader_uuid &&
                         last.table.back().generation <= mark.generation;
    const bool is_of_role = mark.role == MarkRole::follower   ? follows
                            : mark.role == MarkRole::promoted ? last.is_own()
                                                              : true;
    return is_of_role ? Result<void>{} : unreadable("has \"origins\" of another role");
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
    const Result<void> optional = read_optional(json, mark);
    if (!optional.ok()) {
        return optional.failure();
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
    const Result<void> origins = check_origins(mark);
    if (!origins.ok()) {
        return origins.failure();
    }
    return mark;
}

}  // namespace

FollowMark MarkEdit::applied_to(FollowMark mark) const {
    mark.held_back = held_back.value_or(std::move(mark.held_back));
    mark.aliases = aliases.value_or(std::move(mark.aliases));
    mark.is_closed = is_closed.value_or(mark.is_closed);
    return mark;
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
    for (const OriginSegment& segment : mark.origins) {
        Json table = Json::array();
        for (const OriginRow& row : segment.table) {
            Json& json_row = table.emplace_back(
                Json{{"space", row.space.value()}, {"generation", row.generation}});
            if (!row.through.empty()) {
                json_row["through"] = to_numbers(row.through);
            }
        }
        Json& json_segment = json["origins"].emplace_back(
            Json{{"from", to_numbers(segment.from)}, {"table", std::move(table)}});
        if (segment.is_restored) {
            json_segment["restored"] = true;
        }
    }
    if (mark.promotion) {
        json["promotion"] = Json{{"points", to_numbers(mark.promotion->points)},
                                 {"applied_through", to_numbers(mark.promotion->applied_through)},
                                 {"at", mark.promotion->at},
                                 {"by", mark.promotion->by}};
    }
    if (mark.recovery) {
        json["recovery"] = to_json(*mark.recovery);
    }
    if (!mark.aliases.empty()) {
        json["aliases"] = mark.aliases;
    }
    if (mark.is_closed) {
        json["closed"] = true;
    }
    return json;
}

FollowMark mark_in(const std::string& meta) {
    const Result<Json> json = parse_json(meta, "kept metadata");
    FOLLOWD_ASSERT(json.ok());
    Json mapping = Json::object();
    mapping["_meta"] = *json;
    Result<std::optional<FollowMark>> read = read_mark(mapping);
    FOLLOWD_ASSERT(read.ok());
    const std::optional<FollowMark> mark = std::move(read).value();
    FOLLOWD_ASSERT(mark.has_value());
    return *mark;
}

Result<void> check_shards(const FollowMark& mark, int shards) {
    const auto is_other = [shards](std::size_t count) { return !std::cmp_equal(count, shards); };
    const bool is_of_others =
        (!mark.histories.empty() && is_other(mark.histories.size())) ||
        (mark.promotion && is_other(mark.promotion->points.size())) ||
        std::ranges::any_of(mark.origins, [&is_other](const OriginSegment& segment) {
            const auto is_row_of_others = [&is_other](const OriginRow& row) {
                return !row.through.empty() && is_other(row.through.size());
            };
            return (!segment.from.empty() && is_other(segment.from.size())) ||
                   std::ranges::any_of(segment.table, is_row_of_others);
        });
    return is_of_others ? unreadable(
                              "is of an index with another number of shards: was it "
                              "copied from there? Take it off, or make the index afresh")
                        : Result<void>{};
}

Origins origins_of(const FollowMark& mark) {
    if (!mark.origins.empty()) {
        return mark.origins;
    }
    return {OriginSegment{{}, {OriginRow{mark.leader_uuid, mark.generation}}}};
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
    return std::string(fence_prefix) + std::to_string(epoch) + "-" + index.value();
}

bool is_fence_alias(std::string_view alias) {
    return alias.starts_with(fence_prefix);
}

}  // namespace followd::es
