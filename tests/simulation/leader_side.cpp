#include "simulation/leader_side.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace followd::sim {

HistoryUuid LeaderIndexState::history(int shard) const {
    const auto& group = shards.at(static_cast<std::size_t>(shard))->group;
    return HistoryUuid{listed.uuid.value() + "/" + std::to_string(shard) + "/" +
                       std::to_string(group.history)};
}

LeaderIndexState* LeaderSide::find(const IndexName& name) {
    const auto present = present_.find(name);
    return present == present_.end() ? nullptr : of(present->second);
}

LeaderIndexState* LeaderSide::of(const IndexUuid& uuid) {
    const auto index = all_.find(uuid);
    return index == all_.end() ? nullptr : &index->second;
}

std::vector<IndexName> LeaderSide::names() const {
    std::vector<IndexName> names;
    for (const auto& [name, uuid] : present_) {
        names.push_back(name);
    }
    return names;
}

void LeaderSide::make(const IndexName& name) {
    LeaderIndexState index;
    index.listed.name = name;
    index.listed.uuid = IndexUuid{"u" + std::to_string(all_.size() + 1)};
    index.listed.shards = scene_.weather.workload().shards;
    index.listed.mapping_version = 1;
    for (int shard = 0; shard < index.listed.shards; ++shard) {
        index.shards.push_back(
            std::make_unique<LeaderShardState>(scene_.dice, scene_.weather.workload().replicas));
    }
    const IndexUuid uuid = index.listed.uuid;
    scene_.note("leader: " + name.value() + " is made: " + uuid.value());
    present_.insert_or_assign(name, uuid);
    all_.emplace(uuid, std::move(index));
    for (int shard = 0; shard < scene_.weather.workload().shards; ++shard) {
        step(uuid, static_cast<std::size_t>(shard));
    }
}

void LeaderSide::remove(const IndexName& name) {
    scene_.note("leader: " + name.value() + " is DELETED");
    present_.erase(name);
}

void LeaderSide::change_mapping(LeaderIndexState& index) {
    index.mapping_version_before = index.listed.mapping_version++;
    for (const auto& shard : index.shards) {
        shard->group.mapping_version = index.listed.mapping_version;
    }
    // The cluster's nodes learn of it at once or a moment later.
    scene_.clock.after(std::chrono::milliseconds{200},
                       [this, uuid = index.listed.uuid, now = index.listed.mapping_version] {
                           LeaderIndexState& state = *of(uuid);
                           state.mapping_version_before =
                               std::max(state.mapping_version_before, now);
                       });
}

void LeaderSide::close(LeaderIndexState& index) {
    scene_.note("leader: " + index.listed.name.value() + " is closed");
    for (const auto& shard : index.shards) {
        shard->group.settle();
        shard->views.clear();
    }
    index.listed.state = engine::IndexState::closed;
}

void LeaderSide::open(LeaderIndexState& index) {
    scene_.note("leader: " + index.listed.name.value() + " is opened");
    for (const auto& shard : index.shards) {
        shard->group.move_primary();
    }
    index.listed.state = engine::IndexState::open;
}

void LeaderSide::restore(LeaderIndexState& index) {
    scene_.note("leader: " + index.listed.name.value() + " is RESTORED");
    for (const auto& shard : index.shards) {
        test::LeaderGroup& group = shard->group;
        for (const auto& [seq, op] : group.primary().ops) {
            if (seq <= group.highest_checkpoint()) {
                shard->committed_before.insert(op.value);
            }
        }
        group.restore_snapshot(scene_.weather.workload().replicas);
        shard->views.clear();
    }
}

void LeaderSide::step(IndexUuid uuid, std::size_t shard) {
    LeaderIndexState& index = *of(uuid);
    if (index.is_open()) {
        index.shards.at(shard)->group.step();
    }
    const Duration pause = scene_.about(scene_.weather.workload().pace);
    scene_.clock.after(scene_.weather.is_calm() ? 20 * pause : pause,
                       [this, uuid = std::move(uuid), shard] { step(uuid, shard); });
}

void LeaderSide::settle() {
    for (auto& [uuid, index] : all_) {
        for (const auto& shard : index.shards) {
            shard->group.settle();
        }
    }
}

}  // namespace followd::sim
