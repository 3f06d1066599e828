#include "simulation/follower_side.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace followd::sim {

namespace {

// Elasticsearch's default of index.gc_deletes.
constexpr Duration gc_deletes = std::chrono::seconds{60};
// Values that no client of the leader ever writes.
constexpr int foreign_values = 1'000'000'000;

Failure absent(const IndexName& name) {
    return {FailureKind::not_found, "no such index or alias", "far/" + name.value()};
}

}  // namespace

FollowerIndexState* FollowerSide::find(const IndexName& name) {
    const auto index = indices_.find(name);
    return index == indices_.end() ? nullptr : &index->second;
}

Result<engine::FollowerIndex> FollowerSide::prepare(const engine::FollowerRequest& request) {
    const IndexName& name = request.follower_index;
    FollowerIndexState* index = find(name);
    if (index == nullptr) {
        create(request);
        engine::FollowerIndex created = find(name)->info;
        created.created = true;
        return created;
    }
    if (index->leader != request.leader.index.uuid) {
        return Failure{FailureKind::conflict, "it follows another index", "far/" + name.value()};
    }
    if (index->is_promoted) {
        return Failure{FailureKind::conflict, "it was promoted", "far/" + name.value()};
    }
    index->has_fence = true;
    return index->info;
}

void FollowerSide::create(const engine::FollowerRequest& request) {
    FollowerIndexState index;
    index.info.name = request.follower_index;
    index.info.uuid = IndexUuid{"f" + std::to_string(++made_)};
    index.info.fence_alias = ".followd-1-" + request.follower_index.value();
    index.info.is_loading = true;
    index.leader = request.leader.index.uuid;
    index.shards.resize(static_cast<std::size_t>(request.leader.index.shards));
    for (FollowerShardState& shard : index.shards) {
        shard.copy.mapping_version = request.leader.index.mapping_version;
    }
    scene_.note("follower: " + request.follower_index.value() + " is made");
    indices_.insert_or_assign(request.follower_index, std::move(index));
}

Result<std::int64_t> FollowerSide::claim_generation(const IndexName& name,
                                                    const std::vector<HistoryUuid>& histories) {
    FollowerIndexState* index = find(name);
    if (index == nullptr) {
        return absent(name);
    }
    engine::FollowerIndex& info = index->info;
    if (!info.histories.empty() && info.histories != histories) {
        ++info.generation;
        scene_.note("follower: generation " + std::to_string(info.generation));
    }
    info.histories = histories;
    return info.generation;
}

Result<void> FollowerSide::sync_mapping(const IndexName& name, std::int64_t version) {
    FollowerIndexState* index = find(name);
    if (index == nullptr) {
        return absent(name);
    }
    for (FollowerShardState& shard : index->shards) {
        // A mapping only ever grows.
        shard.copy.mapping_version = std::max(shard.copy.mapping_version, version);
    }
    return Result<void>{};
}

Result<void> FollowerSide::finish_loading(const IndexName& name) {
    FollowerIndexState* index = find(name);
    if (index == nullptr) {
        return absent(name);
    }
    index->info.is_loading = false;
    return Result<void>{};
}

Result<FollowerIdentity> FollowerSide::identity(const IndexName& name, int shard) {
    FollowerIndexState* index = find(name);
    if (index == nullptr) {
        return absent(name);
    }
    const FollowerShardState& state = index->shards.at(static_cast<std::size_t>(shard));
    return FollowerIdentity{index->info.uuid, history(*index, shard), PrimaryTerm{state.term}};
}

HistoryUuid FollowerSide::history(const FollowerIndexState& index, int shard) {
    const FollowerShardState& state = index.shards.at(static_cast<std::size_t>(shard));
    return HistoryUuid{index.info.uuid.value() + "/" + std::to_string(state.copy.history)};
}

Result<BulkOutcome> FollowerSide::apply(const IndexName& name,
                                        int shard,
                                        const std::vector<SentItem>& items) {
    FollowerIndexState* index = find(name);
    if (index == nullptr || !index->has_fence) {
        return absent(name);
    }
    FollowerShardState& state = index->shards.at(static_cast<std::size_t>(shard));
    BulkOutcome outcome;
    for (std::size_t at = 0; at < items.size(); ++at) {
        const SentItem& item = items[at];
        if (scene_.strikes(Fault::item_throttled)) {
            outcome.failed.push_back({at, {FailureKind::throttled, "rejected execution", "far"}});
            continue;
        }
        judge(*index, shard, item, state.copy);
        const WriteItem write{
            item.kind, Version{item.version}, SeqNo{item.seq}, item.id, {}, item.source};
        if (!state.copy.apply(write)) {
            outcome.conflicts.push_back(at);
        } else if (item.kind == WriteKind::remove) {
            state.buried[item.id] = scene_.clock.now();
        }
    }
    return outcome;
}

// Only what is going to be done is judged: what the version of the document refuses is harmless.
void FollowerSide::judge(const FollowerIndexState& index,
                         int shard,
                         const SentItem& item,
                         const test::FollowerCopy& before) {
    if (item.version <= before.version_of(item.id)) {
        return;
    }
    LeaderIndexState& leader = *leader_.of(index.leader);
    LeaderShardState& side = *leader.shards.at(static_cast<std::size_t>(shard));
    const VersionBase base = base_of_generation(index.info.generation);
    if (index.is_promoted) {
        return scene_.violated("a write of followd landed on the promoted index");
    }
    if (item.kind == WriteKind::index) {
        const int value = test::FollowerCopy::value_of(item.source);
        if (!side.was_committed(item.seq, value)) {
            return scene_.violated("invented: " + item.id + " of " + std::to_string(item.seq) +
                                   " was written, and the leader may still roll it back or never "
                                   "had it");
        }
        if (side.group.mapping_of.at(value) > before.mapping_version) {
            return scene_.violated("a document came before its mapping: " + item.id);
        }
        return;
    }
    // Of an older generation, a document is replaced by what has its id now, or is gone.
    const auto held = before.documents.find(item.id);
    if (held == before.documents.end() || held->second.version <= base.value()) {
        return;
    }
    const std::int64_t seq = base.origin_of(Version{held->second.version}).value();
    const auto live = side.group.primary().current.find(item.id);
    if (leader.listed.state == engine::IndexState::open &&
        live != side.group.primary().current.end() && live->second.kind == test::OpKind::index &&
        live->second.seq == seq && live->second.value == held->second.value) {
        scene_.violated("lost: " + item.id + " of " + std::to_string(seq) +
                        " was deleted, and the leader has it");
    }
}

void FollowerSide::remove(const IndexName& name) {
    scene_.note("follower: " + name.value() + " is DELETED");
    indices_.erase(name);
}

void FollowerSide::write_foreign(FollowerShardState& shard) {
    shard.has_foreign_writes = true;
    auto& documents = shard.copy.documents;
    if (documents.empty() || scene_.dice.chance(0.3)) {
        const std::string id = "\"foreign" + std::to_string(++written_foreign_) + "\"";
        documents[id] = {1, foreign_values + written_foreign_};
        return scene_.note("follower: foreign document " + id);
    }
    const auto picked = std::next(documents.begin(),
                                  static_cast<std::ptrdiff_t>(scene_.dice.below(documents.size())));
    if (scene_.dice.chance(0.5)) {
        picked->second = {picked->second.version + 1, foreign_values + ++written_foreign_};
        return scene_.note("follower: foreign update of " + picked->first);
    }
    scene_.note("follower: foreign delete of " + picked->first);
    shard.copy.tombstones[picked->first] = picked->second.version + 1;
    shard.buried[picked->first] = scene_.clock.now();
    documents.erase(picked);
}

void FollowerSide::restore(FollowerShardState& shard) {
    scene_.note("follower: a shard is RESTORED");
    const int history = shard.copy.history + 1;
    const std::int64_t mapping = shard.copy.mapping_version;
    shard.copy = shard.snapshot;
    shard.copy.history = history;
    shard.copy.mapping_version = mapping;
    shard.copy.refresh();
    ++shard.term;
}

void FollowerSide::forget_tombstones() {
    const Instant now = scene_.clock.now();
    for (auto& [name, index] : indices_) {
        for (FollowerShardState& shard : index.shards) {
            std::erase_if(shard.buried, [&shard, now](const auto& grave) {
                const bool is_old = now - grave.second > gc_deletes;
                if (is_old) {
                    shard.copy.tombstones.erase(grave.first);
                }
                return is_old;
            });
        }
    }
}

void FollowerSide::promote(FollowerIndexState& index, bool keeps_fence) {
    scene_.note("follower: " + index.info.name.value() + " is PROMOTED");
    index.is_promoted = true;
    index.has_fence = keeps_fence;
}

}  // namespace followd::sim
