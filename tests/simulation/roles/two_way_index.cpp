#include "simulation/roles/two_way_index.hpp"

#include <iterator>

namespace followd::sim {

Origins TwoWayMark::whole_origins() const {
    return origins.empty() ? Origins{OriginSegment{{}, {OriginRow{leader_uuid, generation}}}}
                           : origins;
}

std::string TwoWayIndex::fence_of_epoch(std::int64_t epoch) const {
    return ".followd-" + std::to_string(epoch) + "-" + name.value();
}

HistoryUuid TwoWayIndex::history(std::size_t shard) const {
    return HistoryUuid{uuid.value() + "/" + std::to_string(shard)};
}

std::vector<HistoryUuid> TwoWayIndex::histories() const {
    std::vector<HistoryUuid> all;
    for (std::size_t shard = 0; shard < shards.size(); ++shard) {
        all.push_back(history(shard));
    }
    return all;
}

std::optional<TwoWayShard::Document> TwoWayIndex::document(const std::string& id) const {
    for (const TwoWayShard& shard : shards) {
        if (const auto found = shard.documents.find(id); found != shard.documents.end()) {
            return found->second;
        }
    }
    return std::nullopt;
}

engine::RoleIndex TwoWayIndex::shown() const {
    engine::RoleIndex role;
    role.name = name;
    role.uuid = uuid;
    role.shards = static_cast<int>(shards.size());
    role.is_write_blocked = is_blocked;
    role.meta = std::to_string(marks.size());
    role.aliases = has_write_alias ? "write" : "";
    for (const std::string& fence : fences) {
        role.alias_names.push_back(fence);
    }
    if (const TwoWayMark* const now = mark(); now != nullptr) {
        role.role = now->role;
        role.leader_cluster = now->leader_cluster;
        role.leader_index = now->leader_index;
        role.leader_uuid = now->leader_uuid;
        role.histories = now->histories;
        role.generation = now->generation;
        role.epoch = now->epoch;
        role.origins = now->whole_origins();
        role.promotion = now->promotion;
    }
    return role;
}

const TwoWayMark& TwoWayIndex::mark_in(const engine::RoleIndex& read) const {
    return marks.at(static_cast<std::size_t>(std::stoll(read.meta)) - 1);
}

ShardSample sample_of(const TwoWayIndex& index, std::size_t shard, std::int64_t deletes) {
    const TwoWayShard& state = index.shards.at(shard);
    ShardSample sample;
    sample.uuid = index.uuid;
    sample.history = index.history(shard);
    sample.node = NodeId{"n" + std::to_string(state.node)};
    sample.global_checkpoint = SeqNo{state.checkpoint};
    sample.max_seq_no = SeqNo{state.max_seq_no};
    sample.delete_total = deletes;
    sample.docs_count = std::ssize(state.searchable);
    return sample;
}

}  // namespace followd::sim
