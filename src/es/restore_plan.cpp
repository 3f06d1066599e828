#include "es/restore_plan.hpp"

#include "es/copied_settings.hpp"
#include "es/follow_mark.hpp"

#include <optional>
#include <utility>

namespace followd::es {

namespace {

constexpr std::string_view replicas = "index.number_of_replicas";
constexpr std::string_view auto_replicas = "index.auto_expand_replicas";
constexpr std::string_view write_block = "index.blocks.write";

/// `$` refers to a group of the pattern.
std::string as_replacement(const std::string& name) {
    std::string replacement;
    for (const char character : name) {
        replacement += character == '$' ? "\\$" : std::string(1, character);
    }
    return replacement;
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

engine::Standing standing_of(const Json& index) {
    engine::Standing standing;
    standing.exists = true;
    if (const Json* settings = member(index, "settings"); settings != nullptr) {
        standing.snapshot = text_of(*settings, restore_tag);
    }
    const Json* mappings = member(index, "mappings");
    if (mappings == nullptr || standing.snapshot.empty()) {
        return standing;
    }
    // The leader's own mark comes with the snapshot where it was a follower once: ours is
    // another's.
    const Result<std::optional<FollowMark>> mark = read_mark(*mappings);
    standing.is_marked = mark.ok() && mark->has_value() && (*mark)->role == MarkRole::follower &&
                         !(*mark)->origins.empty() && (*mark)->origins.front().is_restored;
    return standing;
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
