#include "es/state_decoder.hpp"

#include "es/dom_answer.hpp"
#include "es/error_decoder.hpp"
#include "es/recovery.hpp"
#include "es/shard_bounds.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace followd::es {

namespace {

namespace dom = simdjson::dom;

/// An index may have 1024 shards; servers can be told to allow more, hardly so many.
constexpr std::size_t shards_max = 65536;

std::optional<std::size_t> shard_number(std::string_view key) {
    std::size_t number = 0;
    const char* const end = key.data() + key.size();
    const auto [stopped, error] = std::from_chars(key.data(), end, number);
    if (error != std::errc{} || stopped != end || number >= shards_max) {
        return std::nullopt;
    }
    return number;
}

/// The copy that takes writes: while it moves to another node it is still the one that moves, and
/// its target is INITIALIZING.
bool is_primary_in_service(const dom::object& copy) {
    dom::object routing;
    bool primary = false;
    if (copy["routing"].get(routing) != simdjson::SUCCESS ||
        routing["primary"].get(primary) != simdjson::SUCCESS || !primary) {
        return false;
    }
    const std::string_view state = text_at(routing, "state");
    return state == "STARTED" || state == "RELOCATING";
}

std::optional<std::int64_t> integer_in(const dom::object& copy,
                                       std::string_view group,
                                       std::string_view key) {
    dom::object members;
    if (copy[group].get(members) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    return integer_at(members, key);
}

/// Nothing where a counter is missing, as it is while a shard starts or closes, or cannot be right.
std::optional<ShardSample> read_primary(const dom::object& copy, const IndexUuid& uuid) {
    dom::object routing;
    dom::object user_data;
    if (copy["routing"].get(routing) != simdjson::SUCCESS ||
        copy["commit"]["user_data"].get(user_data) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    const std::string_view node = text_at(routing, "node");
    const std::string_view history = text_at(user_data, "history_uuid");
    const auto global_checkpoint = integer_in(copy, "seq_no", "global_checkpoint");
    const auto max_seq_no = integer_in(copy, "seq_no", "max_seq_no");
    const auto delete_total = integer_in(copy, "indexing", "delete_total");
    const auto docs_count = integer_in(copy, "docs", "count");
    const auto store_bytes = integer_in(copy, "store", "size_in_bytes");
    if (node.empty() || history.empty() || !global_checkpoint || !max_seq_no || !delete_total ||
        !docs_count || !store_bytes) {
        return std::nullopt;
    }
    // -1 is "no operation yet"; -2, "not known", comes while a shard recovers.
    const auto is_none_or_seq_no = [](std::int64_t value) {
        return value == SeqNo::none().value() || is_seq_no(value);
    };
    if (!is_none_or_seq_no(*global_checkpoint) || !is_none_or_seq_no(*max_seq_no) ||
        *delete_total < 0 || !is_document_count(*docs_count)) {
        return std::nullopt;
    }
    ShardSample sample;
    sample.uuid = uuid;
    sample.history = HistoryUuid{std::string(history)};
    sample.node = NodeId{std::string(node)};
    sample.global_checkpoint = SeqNo{*global_checkpoint};
    sample.max_seq_no = SeqNo{*max_seq_no};
    sample.delete_total = *delete_total;
    sample.docs_count = *docs_count;
    sample.store_bytes = std::clamp<std::int64_t>(*store_bytes, 0, store_bytes_max);
    return sample;
}

bool read_shards(const dom::object& shards, engine::IndexSample& index) {
    for (const dom::key_value_pair shard : shards) {
        const std::optional<std::size_t> number = shard_number(shard.key);
        dom::array copies;
        if (!number.has_value() || shard.value.get(copies) != simdjson::SUCCESS) {
            return false;
        }
        for (const dom::element element : copies) {
            dom::object copy;
            if (element.get(copy) != simdjson::SUCCESS) {
                return false;
            }
            if (!is_primary_in_service(copy)) {
                continue;
            }
            if (index.shards.size() <= *number) {
                index.shards.resize(*number + 1);
            }
            index.shards[*number] = read_primary(copy, index.uuid);
        }
    }
    return true;
}

}  // namespace

Result<LeaderIdentity> decode_identity(const std::string& body,
                                       const IndexName& index,
                                       int shard,
                                       std::string where) {
    constexpr std::string_view attempt = "read the index's metadata";
    dom::object answer;
    if (!parse_object(body, answer) || text_at(answer, "cluster_uuid").empty()) {
        return malformed(attempt, "it is cut or no cluster state", std::move(where));
    }
    if (answer["blocks"]["global"]["1"].error() == simdjson::SUCCESS) {
        return still_recovering(attempt, std::move(where));
    }
    // Of a name that no index has, the state holds nothing; of an alias, its indices.
    dom::object metadata;
    if (answer["metadata"]["indices"][index.value()].get(metadata) != simdjson::SUCCESS) {
        return Failure{FailureKind::not_found,
                       "could not read the index's metadata: there is no such index",
                       std::move(where)};
    }
    if (text_at(metadata, "state") == "close") {
        return Failure{FailureKind::unavailable,
                       "could not read the index's metadata: the index is closed",
                       std::move(where)};
    }
    dom::object settings;
    dom::object terms;
    if (metadata["settings"]["index"].get(settings) != simdjson::SUCCESS ||
        metadata["primary_terms"].get(terms) != simdjson::SUCCESS) {
        return malformed(attempt, "no settings or no primary terms", std::move(where));
    }
    const std::string_view uuid = text_at(settings, "uuid");
    const std::optional<std::int64_t> mapping_version = integer_at(metadata, "mapping_version");
    const std::optional<std::int64_t> term = integer_at(terms, std::to_string(shard));
    const bool is_counted = mapping_version.value_or(-1) >= 0 && term.value_or(-1) >= 0;
    if (uuid.empty() || !is_counted) {
        return malformed(
            attempt, "no UUID, mapping version or term of the shard", std::move(where));
    }
    return LeaderIdentity{IndexUuid{std::string(uuid)}, PrimaryTerm{*term}, *mapping_version};
}

Result<std::vector<engine::IndexSample>> decode_samples(const std::string& body,
                                                        std::string where) {
    constexpr std::string_view attempt = "read shard statistics";
    dom::object answer;
    dom::object reached;
    if (!parse_object(body, answer) || answer["_shards"].get(reached) != simdjson::SUCCESS) {
        return malformed(attempt, "it is cut or no statistics", std::move(where));
    }
    std::vector<engine::IndexSample> samples;
    dom::object indices;
    if (answer["indices"].get(indices) != simdjson::SUCCESS) {
        return samples;  // the answer's filter leaves empty objects out
    }
    samples.reserve(indices.size());
    for (const dom::key_value_pair entry : indices) {
        engine::IndexSample sample;
        sample.name = IndexName{std::string(entry.key)};
        dom::object index;
        dom::object shards;
        if (entry.value.get(index) != simdjson::SUCCESS || text_at(index, "uuid").empty()) {
            return malformed(attempt, "an index has no UUID", std::move(where));
        }
        sample.uuid = IndexUuid{std::string(text_at(index, "uuid"))};
        if (index["shards"].get(shards) == simdjson::SUCCESS && !read_shards(shards, sample)) {
            return malformed(attempt, "a shard is wrong", std::move(where));
        }
        samples.push_back(std::move(sample));
    }
    return samples;
}

Result<ShardSample> decode_sample(const std::string& body,
                                  const IndexName& index,
                                  int shard,
                                  std::string where) {
    Result<std::vector<engine::IndexSample>> samples = decode_samples(body, where);
    if (!samples.ok()) {
        return std::move(samples).failure();
    }
    const auto number = static_cast<std::size_t>(shard);
    for (engine::IndexSample& sample : *samples) {
        if (sample.name == index && number < sample.shards.size() &&
            sample.shards[number].has_value()) {
            return *std::move(sample.shards[number]);
        }
    }
    return Failure{FailureKind::unavailable,
                   "could not read shard statistics: the shard has no primary in service",
                   std::move(where)};
}

Result<ReachedCopies> decode_reached_copies(const std::string& body,
                                            std::string_view attempt,
                                            std::string where) {
    dom::object answer;
    dom::object shards;
    if (!parse_object(body, answer) || answer["_shards"].get(shards) != simdjson::SUCCESS) {
        return malformed(attempt, "it is cut or says nothing of shards", std::move(where));
    }
    const std::optional<std::int64_t> total = integer_at(shards, "total");
    const std::optional<std::int64_t> successful = integer_at(shards, "successful");
    const std::optional<std::int64_t> failed = integer_at(shards, "failed");
    const auto is_count = [](const std::optional<std::int64_t>& number) {
        return number && *number >= 0 && *number <= std::numeric_limits<int>::max();
    };
    if (!is_count(total) || !is_count(successful) || !is_count(failed)) {
        return malformed(attempt, "it does not count the shards", std::move(where));
    }
    return ReachedCopies{
        static_cast<int>(*total), static_cast<int>(*successful), static_cast<int>(*failed)};
}

Result<ViewId> decode_view(const std::string& body, std::string where) {
    constexpr std::string_view attempt = "open a point in time";
    dom::object answer;
    if (!parse_object(body, answer)) {
        return malformed(attempt, "it is cut or no JSON object", std::move(where));
    }
    std::string_view id = text_at(answer, "id");
    if (id.empty()) {
        id = text_at(answer, "pit_id");
    }
    if (id.empty()) {
        return malformed(attempt, "no id", std::move(where));
    }
    // Elasticsearch before 8.16 does not say; then every page tells (is_whole_search).
    dom::object shards;
    if (answer["_shards"].get(shards) == simdjson::SUCCESS &&
        (integer_at(shards, "total") != 1 || integer_at(shards, "successful") != 1)) {
        return Failure{FailureKind::unavailable,
                       "could not open a point in time: the shard is not there",
                       std::move(where)};
    }
    return ViewId{std::string(id)};
}

}  // namespace followd::es
