#include "es/leader_cluster.hpp"

#include "es/error_decoder.hpp"
#include "es/follow_mark.hpp"
#include "es/followability.hpp"
#include "es/index_lists.hpp"
#include "es/json.hpp"
#include "es/metadata_versions.hpp"
#include "es/recovery.hpp"
#include "es/restore_plan.hpp"
#include "http/message.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

/// Of the whole cluster's listing: some 400 bytes an index.
constexpr std::size_t listing_bytes_max = 64U << 20U;

/// The metadata of the index in one entry of `_cluster/state`; aliases are names only there.
constexpr std::string_view state_fields =
    ",cluster_uuid,metadata.indices.*.state,metadata.indices.*.system,metadata.indices.*.aliases,"
    "metadata.indices.*.mapping_version,metadata.indices.*.settings_version,"
    "metadata.indices.*.aliases_version,metadata.indices.*.routing_num_shards,"
    "metadata.indices.*.settings.index.uuid,metadata.indices.*.settings.index.number_of_shards,"
    "metadata.indices.*.settings.index.max_result_window,"
    "metadata.indices.*.settings.index.routing.allocation.exclude.followd_restore,"
    "metadata.indices.*.mappings.*._meta.followd.role,"
    "metadata.indices.*.mappings.*._meta.followd.leader_cluster,"
    "metadata.indices.*.mappings.*._meta.followd.leader_index,"
    "metadata.indices.*.mappings.*._meta.followd.leader_uuid,"
    "metadata.indices.*.mappings.*._meta.followd.recovery.snapshot";

http::Request state_request(const std::string& index_list) {
    http::Request request = admin_request(
        http::Method::get,
        "/_cluster/state/metadata," + std::string(recovery_metric) + "/" + index_list +
            "?expand_wildcards=open,closed&ignore_unavailable=true&allow_no_indices=true"
            "&filter_path=" +
            std::string(recovery_field) + std::string(state_fields));
    request.response_bytes_max = listing_bytes_max;
    return request;
}

/// Nothing where there are none: then that is what the cluster says, and not just what is missing.
Result<const Json*> indices_of(const Json& state, std::string_view attempt, std::string where) {
    if (state.contains(Json::json_pointer{"/blocks/global/1"})) {
        return still_recovering(attempt, std::move(where));
    }
    const Json* metadata = member(state, "metadata");
    const Json* indices = metadata == nullptr ? nullptr : member(*metadata, "indices");
    if (indices == nullptr && text_of(state, "cluster_uuid").empty()) {
        return malformed(attempt, "it is no cluster state", std::move(where));
    }
    return indices;
}

/// Whether it says that it is being made from a snapshot (restore_plan.hpp).
bool is_being_made(const Json& entry) {
    std::string place = "/settings/" + std::string(restore_tag);
    std::ranges::replace(place, '.', '/');
    return entry.contains(Json::json_pointer{place});
}

/// Null where the index has none.
const Json* mark_of(const Json& entry) {
    const Json* mappings = member(entry, "mappings");
    if (mappings == nullptr || !mappings->is_object()) {
        return nullptr;
    }
    // One member, the mapping's type: "_doc", or what an index of the sixth version called it.
    for (const auto& [type, mapping] : mappings->items()) {
        const Json* meta = member(mapping, "_meta");
        const Json* mark = meta == nullptr ? nullptr : member(*meta, "followd");
        if (mark != nullptr && !text_of(*mark, "leader_index").empty()) {
            return mark;
        }
    }
    return nullptr;
}

/// Whether scheduled recovery made it, and nobody promoted it: the next one takes its place.
bool is_generation(const Json& entry) {
    const Json* mark = mark_of(entry);
    return mark != nullptr && member(*mark, "recovery") != nullptr &&
           text_of(*mark, "role") == to_string(MarkRole::follower);
}

/// Sets what the index's mark says of it, if it has one.
void read_mark_into(const Json& entry, engine::LeaderIndex& index) {
    const Json* mark = mark_of(entry);
    if (mark == nullptr) {
        return;
    }
    index.is_promoted = text_of(*mark, "role") == to_string(MarkRole::promoted);
    if (!index.is_promoted) {
        index.follows = engine::Following{ClusterName{text_of(*mark, "leader_cluster")},
                                          IndexName{text_of(*mark, "leader_index")},
                                          IndexUuid{text_of(*mark, "leader_uuid")}};
    }
}

Result<engine::LeaderIndex> read_entry(const std::string& name, const Json& entry) {
    engine::LeaderIndex index;
    index.name = IndexName{name};
    const Json* settings = member(entry, "settings");
    const Json* own = settings == nullptr ? nullptr : member(*settings, "index");
    const Json* version = member(entry, "mapping_version");
    if (own != nullptr) {
        index.uuid = IndexUuid{text_of(*own, "uuid")};
        index.shards = number_at<int>(*own, "number_of_shards").value_or(0);
        const int window = number_at<int>(*own, "max_result_window").value_or(0);
        index.max_result_window = window > 0 ? window : index.max_result_window;
    }
    if (index.uuid.value().empty() || index.shards <= 0 || version == nullptr ||
        !version->is_number_integer()) {
        return Failure{FailureKind::malformed,
                       "the cluster state names no uuid, shard count or mapping version",
                       "index " + name};
    }
    const engine::MetadataVersions versions = versions_of(entry);
    index.mapping_version = version->get<std::int64_t>();
    index.settings_version = versions.settings;
    index.aliases_version = versions.aliases;
    index.state =
        text_of(entry, "state") == "close" ? engine::IndexState::closed : engine::IndexState::open;
    index.is_system = is_true(entry, "system");
    read_mark_into(entry, index);
    const Json* aliases = member(entry, "aliases");
    if (aliases != nullptr && aliases->is_array()) {
        for (const Json& alias : *aliases) {
            if (alias.is_string()) {
                index.aliases.push_back(alias.get<std::string>());
            }
        }
    }
    std::ranges::sort(index.aliases);
    return index;
}

/// The settings as the follower's creation needs them. The number of routing shards decides which
/// shard a document is in, and `GET /{index}` never shows it.
Json complete_settings(const Json& answer, const Json& entry) {
    Json settings = member(answer, "settings") == nullptr ? Json::object() : answer["settings"];
    const Json* routing_shards = member(entry, "routing_num_shards");
    if (routing_shards != nullptr && routing_shards->is_number_integer()) {
        settings["index.number_of_routing_shards"] = std::to_string(routing_shards->get<int>());
    }
    // Its default differs between versions: what the leader does counts.
    const std::string vectors = "index.mapping.exclude_source_vectors";
    const Json* defaults = member(answer, "defaults");
    if (defaults != nullptr && member(settings, vectors) == nullptr &&
        member(*defaults, vectors) != nullptr) {
        settings[vectors] = *member(*defaults, vectors);
    }
    return settings;
}

std::string text_or_empty_object(const Json& answer, std::string_view key) {
    const Json* found = member(answer, key);
    return found == nullptr ? "{}" : to_text(*found);
}

}  // namespace

RestLeaderCluster::RestLeaderCluster(http::Client& client, ClusterName cluster)
    : exchange_(client, cluster), sampler_(client, std::move(cluster)) {}

Task<Result<std::vector<engine::IndexSample>>> RestLeaderCluster::sample(
    std::vector<std::string> patterns) {
    Result<std::vector<engine::IndexSample>> samples =
        co_await sampler_.sample(std::move(patterns));
    co_return samples;
}

Task<Result<std::vector<engine::LeaderIndex>>> RestLeaderCluster::list_indices(
    std::vector<std::string> patterns) {
    // What two lists mean shows in both.
    std::map<std::string, engine::LeaderIndex> by_name;
    const std::vector<std::string> lists = index_lists(patterns);
    for (const std::string& list : lists) {
        http::Request request = state_request(list);
        const std::string attempt = "list the indices " + list;
        const Result<Json> state =
            co_await exchange_.send_expecting_success(std::move(request), attempt);
        if (!state.ok()) {
            co_return state.failure();
        }
        const Result<const Json*> entries = indices_of(*state, attempt, exchange_.where({}));
        if (!entries.ok()) {
            co_return entries.failure();
        }
        if (*entries == nullptr) {
            continue;
        }
        for (const auto& [name, entry] : (*entries)->items()) {
            Result<engine::LeaderIndex> index = read_entry(name, entry);
            if (!index.ok()) {
                co_return std::move(index).failure();
            }
            // What may be thrown away at any moment, or is followed by the next one, leads nobody.
            const bool is_half_restored = is_being_made(entry) && !index->follows;
            if (!is_half_restored && !is_generation(entry)) {
                by_name.insert_or_assign(name, std::move(index).value());
            }
        }
    }
    std::vector<engine::LeaderIndex> indices;
    indices.reserve(by_name.size());
    for (auto& [name, index] : by_name) {
        indices.push_back(std::move(index));
    }
    co_return indices;
}

Task<Result<engine::IndexDefinition>> RestLeaderCluster::read_definition(IndexName index) {
    const std::string where = exchange_.where(index);
    // The mapping's version is read before the mapping: it never claims more than was read.
    http::Request state_asked = state_request(http::encode_component(index.value()));
    std::string attempt = "read the state of " + index.value();
    const Result<Json> state =
        co_await exchange_.send_expecting_success(std::move(state_asked), attempt);
    if (!state.ok()) {
        co_return state.failure();
    }
    const Result<const Json*> entries = indices_of(*state, attempt, where);
    if (!entries.ok()) {
        co_return entries.failure();
    }
    const Json* entry = *entries == nullptr ? nullptr : member(**entries, index.value());
    if (entry == nullptr) {
        co_return Failure{
            FailureKind::not_found, "there is no index (only its name counts, no alias)", where};
    }
    Result<engine::LeaderIndex> read = read_entry(index.value(), *entry);
    if (!read.ok()) {
        co_return std::move(read).failure();
    }
    http::Request index_asked = admin_request(
        http::Method::get,
        "/" + http::encode_component(index.value()) + "?flat_settings=true&include_defaults=true");
    attempt = "read the definition of " + index.value();
    const Result<Json> answer =
        co_await exchange_.send_expecting_success(std::move(index_asked), std::move(attempt));
    if (!answer.ok()) {
        co_return answer.failure();
    }
    const Json* whole = member(*answer, index.value());
    const Json* settings = whole == nullptr ? nullptr : member(*whole, "settings");
    if (settings == nullptr || text_of(*settings, "index.uuid") != read->uuid.value()) {
        co_return Failure{
            FailureKind::unavailable, "the index was replaced while it was being read", where};
    }
    engine::IndexDefinition definition;
    definition.index = std::move(read).value();
    definition.settings = to_text(complete_settings(*whole, *entry));
    definition.mappings = text_or_empty_object(*whole, "mappings");
    definition.aliases = text_or_empty_object(*whole, "aliases");
    if (const Json* mappings = member(*whole, "mappings"); mappings != nullptr) {
        Result<std::optional<FollowMark>> mark = read_mark(*mappings);
        if (!mark.ok()) {
            co_return Failure{mark.failure().kind, mark.failure().what, where};
        }
        const std::optional<FollowMark> found = std::move(mark).value();
        const Result<void> fits =
            found ? check_shards(*found, definition.index.shards) : Result<void>{};
        if (!fits.ok()) {
            co_return Failure{fits.failure().kind, fits.failure().what, where};
        }
        definition.origins = found ? origins_of(*found) : Origins{};
    }
    co_return definition;
}

engine::FollowVerdict RestLeaderCluster::judge(const engine::IndexDefinition& definition) const {
    return judge_leader(definition);
}

}  // namespace followd::es
