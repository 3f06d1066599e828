#include "es/restore_plan.hpp"

#include "es/copied_settings.hpp"

#include <algorithm>
#include <utility>

namespace followd::es {

namespace {

constexpr std::string_view replicas = "index.number_of_replicas";
constexpr std::string_view auto_replicas = "index.auto_expand_replicas";
constexpr std::string_view write_block = "index.blocks.write";

/// Empty: it is not being made from one, or no more.
std::string snapshot_of(const Json& index) {
    const Json* settings = member(index, "settings");
    return settings == nullptr ? std::string{} : text_of(*settings, restore_tag);
}

bool has_fence(const Json& index) {
    const Json* aliases = member(index, "aliases");
    if (aliases == nullptr || !aliases->is_object()) {
        return false;
    }
    const auto is_fence = [](const auto& alias) { return is_fence_alias(alias.key()); };
    const auto items = aliases->items();
    return std::any_of(items.begin(), items.end(), is_fence);
}

/// Whether mark_restored() wrote it. A generation's names the snapshot, and no earlier one's does.
/// That of a follower is written after the fence alias, and no alias comes with a snapshot.
bool is_of_restore(const FollowMark& mark, const std::string& snapshot, const Json& index) {
    if (mark.recovery) {
        return mark.recovery->snapshot == snapshot;
    }
    return mark.role == MarkRole::follower && !mark.origins.empty() &&
           mark.origins.front().is_restored && has_fence(index);
}

/// Elasticsearch writes 9039001 for an index made by 9.2 and 8534000 for one of 8.19: the major
/// version leads in all of them, before six digits of the rest.
std::optional<int> major_of_index(const std::string& settings) {
    const Result<Json> parsed = parse_json(settings, "the leader's settings");
    if (!parsed.ok()) {
        return std::nullopt;
    }
    const std::optional<std::int64_t> created =
        number_at<std::int64_t>(*parsed, "index.version.created");
    return created ? std::optional{static_cast<int>(*created / 1'000'000)} : std::nullopt;
}

}  // namespace

std::string as_replacement(const std::string& name) {
    std::string replacement;
    for (const char character : name) {
        replacement += character == '$' ? "\\$" : std::string(1, character);
    }
    return replacement;
}

Result<Json> plan_restore(const engine::RestoreRequest& request, const CreationOptions& options) {
    const engine::FollowerRequest& follower = request.follower;
    const Result<Json> wanted = wanted_settings(follower.leader, follower.rule, options);
    if (!wanted.ok()) {
        return wanted.failure();
    }
    const Result<Json> present = parse_json(follower.leader.settings, "the leader's settings");
    if (!present.ok()) {
        return present.failure();
    }
    Json left_out = Json::array();
    for (const auto& [name, value] : present->items()) {
        // Servers keep these two from being left out: they get a value instead.
        const bool is_kept = is_set_by_server(name) && !name.starts_with("index.routing.");
        if (member(*wanted, name) == nullptr && !is_kept && name != auto_replicas) {
            left_out.push_back(name);
        }
    }
    Json changed = Json::object();
    changed[std::string(replicas)] = 1;
    if (member(*present, auto_replicas) != nullptr) {
        changed[std::string(auto_replicas)] = "false";
    }
    for (const auto& [name, value] : wanted->items()) {
        const Json* leaders = member(*present, name);
        if (leaders == nullptr || *leaders != value || changed.contains(name)) {
            changed[name] = value;
        }
    }
    changed[std::string(write_block)] = true;
    changed[std::string(restore_tag)] = request.snapshot;
    return Json{{"indices", follower.leader.index.name.value()},
                {"ignore_unavailable", false},
                {"include_global_state", false},
                {"include_aliases", false},
                {"partial", false},
                {"rename_pattern", ".+"},
                {"rename_replacement", as_replacement(follower.follower_index.value())},
                {"index_settings", std::move(changed)},
                {"ignore_index_settings", std::move(left_out)}};
}

Json admission_settings() {
    Json settings = Json::object();
    settings[std::string(write_block)] = nullptr;
    settings[std::string(restore_tag)] = nullptr;
    return settings;
}

Json completion_settings() {
    Json settings = Json::object();
    settings[std::string(restore_tag)] = nullptr;
    return settings;
}

engine::Standing standing_of(const Json& index) {
    engine::Standing standing;
    standing.exists = true;
    standing.snapshot = snapshot_of(index);
    const Result<std::optional<FollowMark>> mark = own_mark(index);
    standing.is_marked = mark.ok() && mark->has_value();
    return standing;
}

Result<std::optional<FollowMark>> own_mark(const Json& index) {
    const Json* mappings = member(index, "mappings");
    if (mappings == nullptr) {
        return std::optional<FollowMark>{};
    }
    Result<std::optional<FollowMark>> mark = read_mark(*mappings);
    const std::string snapshot = snapshot_of(index);
    if (snapshot.empty()) {
        return mark;
    }
    const bool is_own = mark.ok() && mark->has_value() && is_of_restore(**mark, snapshot, index);
    return is_own ? std::move(mark) : std::optional<FollowMark>{};
}

std::string why_not_restorable(const engine::Release& leader,
                               const engine::Release& follower,
                               const std::string& settings) {
    const std::string pair = leader.text + " snapshots, " + follower.text + " restores";
    if (leader.is_opensearch != follower.is_opensearch) {
        return "the clusters are of different products (" + pair + ")";
    }
    const auto release = [](const engine::Release& of) { return std::pair{of.major, of.minor}; };
    if (release(leader) > release(follower)) {
        return "a snapshot of a newer version cannot be restored (" + pair + ")";
    }
    if (leader.is_opensearch) {
        return follower.major - leader.major > 1
                   ? "a snapshot can be restored one major version later at most (" + pair + ")"
                   : std::string{};
    }
    const std::optional<int> made_by = major_of_index(settings);
    if (made_by && follower.major - *made_by > 1) {
        return "the index was made by version " + std::to_string(*made_by) +
               ", and its snapshot can be restored one major version later at most (" + pair + ")";
    }
    return {};
}

}  // namespace followd::es
