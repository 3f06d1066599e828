#include "es/followability.hpp"

#include "es/json.hpp"
#include "es/mapping_fields.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

/// Index modes whose sequence numbers are kept and searchable unless a setting says otherwise.
constexpr std::array<std::string_view, 4> followed_modes{"", "standard", "logsdb", "lookup"};

/// What stands in the way, as "reason: remedy"; empty where nothing does.
std::string state_obstacle(const engine::LeaderIndex& index, const Json& settings) {
    if (index.is_system) {
        return "it is a system index that the cluster keeps for itself: exclude it from the rule";
    }
    if (index.state == engine::IndexState::closed) {
        return "it is closed: open it on the leader";
    }
    if (text_of(settings, "index.store.type") == "snapshot") {
        return "it is a searchable snapshot, which never changes: mount the snapshot on the other "
               "cluster, or restore it into a regular index";
    }
    if (is_true(settings, "index.frozen")) {
        return "it is frozen: unfreeze it on the leader (POST /INDEX/_unfreeze)";
    }
    if (is_true(settings, "index.source_only")) {
        return "it was restored from a source-only snapshot and cannot be searched: reindex it";
    }
    return {};
}

std::string content_obstacle(const Json& settings, const Json& mappings) {
    const Json* source = member(mappings, "_source");
    if (source != nullptr && is_false(*source, "enabled")) {
        return "its _source is disabled, so no API returns its documents: reindex it with _source "
               "enabled";
    }
    if (text_of(settings, "index.mapping.source.mode") == "disabled" ||
        (source != nullptr && text_of(*source, "mode") == "disabled")) {
        return "its _source is disabled, so no API returns its documents: reindex it with _source "
               "enabled";
    }
    if (is_true(settings, "index.disable_sequence_numbers")) {
        return "its sequence numbers are disabled (index.disable_sequence_numbers): reindex it "
               "into an index that keeps them";
    }
    const std::string mode = text_of(settings, "index.mode");
    if (mode == "time_series") {
        return "it is a time series index, whose document ids and time bounds are made by its own "
               "cluster: follow a copy with index.mode standard";
    }
    if (std::ranges::find(followed_modes, std::string_view{mode}) == followed_modes.end() &&
        !is_false(settings, "index.disable_sequence_numbers")) {
        return "its index.mode " + mode +
               " does not keep sequence numbers by default: set "
               "index.disable_sequence_numbers to false when creating it";
    }
    return {};
}

void warn_of_source(const Json& settings,
                    const Json& mappings,
                    std::vector<std::string>& warnings) {
    const Json* source = member(mappings, "_source");
    if (source != nullptr &&
        (member(*source, "includes") != nullptr || member(*source, "excludes") != nullptr)) {
        warnings.emplace_back(
            "its _source leaves fields out (includes or excludes): they are not on the follower, "
            "not even for searching");
    }
    const bool synthetic = text_of(settings, "index.mapping.source.mode") == "synthetic" ||
                           (source != nullptr && text_of(*source, "mode") == "synthetic");
    const bool logsdb = text_of(settings, "index.mode") == "logsdb";
    if (synthetic) {
        warnings.emplace_back(
            "its _source is synthetic: documents arrive as the leader rebuilds them, with arrays "
            "sorted and duplicates dropped");
    } else if (logsdb) {
        warnings.emplace_back(
            "its index.mode is logsdb: where its _source is synthetic, documents arrive as the "
            "leader rebuilds them");
    }
}

std::vector<std::string> warnings_of(const std::string& name,
                                     const Json& settings,
                                     const Json& mappings) {
    std::vector<std::string> warnings;
    warn_of_source(settings, mappings, warnings);
    if (text_of(settings, "index.seq_no.index_options") == "doc_values_only") {
        warnings.emplace_back(
            "its sequence numbers are kept without points (index.seq_no.index_options): reading "
            "scans the shard, so following costs the leader more");
    }
    if (has_field_of_type(mappings, "nested")) {
        warnings.emplace_back(
            "it has nested fields: document counts of _stats and _cat count the nested ones too");
    }
    if (name.starts_with(".ds-")) {
        warnings.emplace_back(
            "it is a backing index of a data stream: it is followed as a plain index");
    }
    return warnings;
}

}  // namespace

engine::FollowVerdict judge_leader(const engine::IndexDefinition& definition) {
    engine::FollowVerdict verdict;
    const std::string& name = definition.index.name.value();
    const Result<Json> settings = parse_json(definition.settings, "the settings of " + name);
    const Result<Json> mappings = parse_json(definition.mappings, "the mapping of " + name);
    for (const Result<Json>* part : {&settings, &mappings}) {
        if (!part->ok()) {
            verdict.refusal = part->failure();
            return verdict;
        }
    }
    std::string obstacle = state_obstacle(definition.index, *settings);
    if (obstacle.empty()) {
        obstacle = content_obstacle(*settings, *mappings);
    }
    if (!obstacle.empty()) {
        verdict.refusal = Failure{
            FailureKind::refused, "cannot be followed: " + obstacle, "leader index " + name};
        return verdict;
    }
    verdict.warnings = warnings_of(name, *settings, *mappings);
    return verdict;
}

}  // namespace followd::es
