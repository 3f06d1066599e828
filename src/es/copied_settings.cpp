#include "es/copied_settings.hpp"

#include <algorithm>
#include <array>

namespace followd::es {

namespace {

/// One table row: a setting's name, or all settings below a name that ends in a dot.
bool is_in(const auto& table, std::string_view setting) {
    return std::ranges::any_of(table, [setting](std::string_view row) {
        return row.ends_with('.') ? setting.starts_with(row) : setting == row;
    });
}

constexpr std::array held_back = std::to_array<std::string_view>({
    "index.auto_expand_replicas",
    "index.default_pipeline",
    "index.final_pipeline",
    "index.lifecycle.",
    "index.number_of_replicas",
    "index.priority",
    "index.refresh_interval",
    "index.search.default_pipeline",
});

/// Identity of the leader's index: a server refuses them from others.
constexpr std::array identity = std::to_array<std::string_view>({
    "index.creation_date",
    "index.creation_date_string",
    "index.history.",
    "index.history_uuid",
    "index.provided_name",
    "index.resize.",
    "index.uuid",
    "index.version.",
});

/// Where and how the leader's cluster keeps the index; the follower's cluster has its own ways.
/// Newer servers refuse several of them.
constexpr std::array local = std::to_array<std::string_view>({
    "index.allocation.",
    "index.blocks.",
    "index.bloom_filter_for_id_field.",
    "index.codec",
    "index.compound_format",
    "index.data_path",
    "index.downsample.",
    "index.fast_refresh",
    "index.fielddata.cache",
    "index.flush_after_merge",
    "index.force_memory_term_dictionary",
    "index.format",
    "index.frozen",
    "index.gc_deletes",
    "index.indexing.slowlog.",
    "index.legacy",
    "index.mapper.dynamic",
    "index.mapping.single_type",
    "index.max_refresh_listeners",
    "index.max_result_window",
    "index.merge.",
    "index.opendistro.",
    "index.optimize_auto_generated_id",
    "index.plugins.",
    "index.recovery.",
    "index.remote_store.",
    "index.replication.",
    "index.rollup.",
    "index.routing.allocation.",
    "index.routing.rebalance.",
    "index.search.idle.",
    "index.search.slowlog.",
    "index.search.throttled",
    "index.shard.check_on_startup",
    "index.shard_limit.",
    "index.soft_deletes.",
    "index.source_only",
    "index.store.",
    "index.translog.",
    "index.unassigned.",
    "index.verified_before_close",
    "index.verified_read_only",
    "index.warmer.",
    "index.write.",
    "index.xpack.",
});

constexpr std::array fixed = std::to_array<std::string_view>({
    "index.blocks.",
    "index.default_pipeline",
    "index.disable_sequence_numbers",
    "index.final_pipeline",
    "index.mapping.source.mode",
    "index.mode",
    "index.number_of_routing_shards",
    "index.number_of_shards",
    "index.routing_partition_size",
    "index.routing_path",
    "index.sort.",
});

constexpr std::array decided_at_creation = std::to_array<std::string_view>({
    "index.append_only.",
    "index.derived_source.",
    "index.dimensions",
    "index.hidden",
    "index.knn",
    "index.logsdb.",
    "index.mapping.exclude_source_vectors",
    "index.mapping.semantic_text.",
    "index.seq_no.",
    "index.time_series.",
});

/// Copied ones only; what Elasticsearch 9.2 and OpenSearch 2.19 refuse for an open index.
constexpr std::array of_closed_index = std::to_array<std::string_view>({
    "index.analysis.",
    "index.load_fixed_bitset_filters_eagerly",
    "index.mapping.coerce",
    "index.mapping.ignore_above",
    "index.mapping.ignore_malformed",
    "index.mapping.synthetic_source_keep",
    "index.percolator.map_unmapped_fields_as_text",
    "index.queries.cache.enabled",
    "index.query.parse.allow_unmapped_fields",
    "index.query_string.lenient",
    "index.similarity.",
});

constexpr std::array set_by_server = std::to_array<std::string_view>({
    "index.number_of_replicas",
    "index.number_of_shards",
    "index.replication.type",
    "index.routing.allocation.include._tier_preference",
});

constexpr std::array bending = std::to_array<std::string_view>({
    "index.analysis.",
    "index.blocks.",
    "index.default_pipeline",
    "index.disable_sequence_numbers",
    "index.final_pipeline",
    "index.lifecycle.",
    "index.mapping.",
    "index.mode",
    "index.opendistro.index_state_management.",
    "index.plugins.index_state_management.",
    "index.similarity.",
    "index.sort.",
});

}  // namespace

bool is_held_back(std::string_view setting) {
    return is_in(held_back, setting);
}

bool is_copied(std::string_view setting) {
    return setting.starts_with("index.") && !is_held_back(setting) && !is_in(identity, setting) &&
           !is_in(local, setting);
}

bool is_decided_at_creation(std::string_view setting) {
    return is_fixed(setting) || is_in(decided_at_creation, setting);
}

bool needs_closed_index(std::string_view setting) {
    return is_in(of_closed_index, setting);
}

bool is_fixed(std::string_view setting) {
    return is_in(fixed, setting) || is_in(identity, setting);
}

bool is_set_by_server(std::string_view setting) {
    return is_in(set_by_server, setting) || is_in(identity, setting);
}

bool is_bending(std::string_view setting) {
    return is_in(bending, setting);
}

}  // namespace followd::es
