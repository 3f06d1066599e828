#include "simulation/roles/sides.hpp"

#include <chrono>
#include <utility>

namespace followd::sim {

namespace {

// Elasticsearch's default of index.gc_deletes.
constexpr Duration gc_deletes = std::chrono::seconds{60};

}  // namespace

void Sides::make_home() {
    TwoWayIndex& home = make(near_cluster, home_index);
    home.has_write_alias = true;
    home.has_settings = true;
}

TwoWayIndex& Sides::make(const ClusterName& cluster, const IndexName& name) {
    TwoWayIndex index;
    index.cluster = cluster;
    index.name = name;
    index.uuid =
        IndexUuid{"of-" + name.value() + (removed_ == 0 ? "" : "-" + std::to_string(removed_))};
    index.shards.resize(static_cast<std::size_t>(scene_.weather.workload().shards));
    scene_.note(cluster.value() + ": " + name.value() + " is made");
    return clusters_[cluster].insert_or_assign(name, std::move(index)).first->second;
}

void Sides::remove(const ClusterName& cluster, const IndexName& name) {
    ++removed_;
    scene_.note(cluster.value() + ": " + name.value() + " is deleted");
    clusters_[cluster].erase(name);
}

TwoWayIndex* Sides::find(const ClusterName& cluster, const IndexName& name) {
    auto& indices = clusters_[cluster];
    const auto index = indices.find(name);
    return index == indices.end() ? nullptr : &index->second;
}

std::vector<TwoWayIndex*> Sides::in(const ClusterName& cluster) {
    std::vector<TwoWayIndex*> found;
    for (auto& [name, index] : clusters_[cluster]) {
        found.push_back(&index);
    }
    return found;
}

std::vector<TwoWayIndex*> Sides::all() {
    std::vector<TwoWayIndex*> found;
    for (auto& [cluster, indices] : clusters_) {
        for (auto& [name, index] : indices) {
            found.push_back(&index);
        }
    }
    return found;
}

TwoWayIndex* Sides::other_than(const TwoWayIndex& index) {
    return index.cluster == near_cluster ? find(far_cluster, away_index)
                                         : find(near_cluster, home_index);
}

void Sides::put_mark(TwoWayIndex& index, TwoWayMark mark) {
    scene_.note(index.cluster.value() + ": " + index.name.value() + " is marked " +
                std::string(to_string(mark.role)) + ", epoch " + std::to_string(mark.epoch) +
                ", generation " + std::to_string(mark.generation));
    index.marks.push_back(std::move(mark));
    truth_.judge_mark(index);
}

void Sides::mark_restored(TwoWayIndex& index, TwoWayMark mark) {
    truth_.restored(index, *other_than(index));
    put_mark(index, std::move(mark));
}

Result<BulkOutcome> Sides::apply(const ClusterName& cluster,
                                 const IndexName& name,
                                 std::size_t shard,
                                 const std::vector<SentItem>& items) {
    TwoWayIndex* const index = find(cluster, name);
    FOLLOWD_ASSERT(index != nullptr);
    TwoWayIndex* const leader = other_than(*index);
    TwoWayShard& state = index->shards.at(shard);
    BulkOutcome outcome;
    for (std::size_t at = 0; at < items.size(); ++at) {
        const SentItem& item = items[at];
        if (scene_.strikes(Fault::item_throttled)) {
            outcome.failed.push_back({at, {FailureKind::throttled, "rejected", cluster.value()}});
            continue;
        }
        if (index->is_blocked || !index->restored_from.empty()) {
            outcome.failed.push_back({at, {FailureKind::unavailable, "block", cluster.value()}});
            continue;
        }
        state.settle();
        if (item.version <= state.version_of(item.id)) {
            outcome.conflicts.push_back(at);
            continue;
        }
        const int value =
            item.kind == WriteKind::index ? test::FollowerCopy::value_of(item.source) : 0;
        truth_.judge_write(*index, *leader, shard, item.id, item.kind, value);
        if (!state.copy(item.kind, item.id, value, item.version, scene_.clock.now())) {
            outcome.conflicts.push_back(at);
        }
        truth_.copied(*index, shard, item.id);
    }
    return outcome;
}

bool Sides::write(TwoWayIndex& index, WriteKind kind, std::size_t number) {
    if (!index.takes_clients_writes()) {
        return false;
    }
    const std::size_t shard = number % index.shards.size();
    const std::string id = "\"k" + std::to_string(number) + "\"";
    const int value = truth_.next_value();
    const auto held = index.shards[shard].documents.find(id);
    const int before = held == index.shards[shard].documents.end() ? 0 : held->second.value;
    const std::optional<std::int64_t> seq =
        index.shards[shard].write(kind, id, value, scene_.clock.now(), [this, kind, value, before] {
            truth_.acknowledged(kind, value, before);
        });
    if (seq) {
        truth_.took(index, shard, *seq, value);
    }
    return true;
}

void Sides::step() {
    for (TwoWayIndex* const index : all()) {
        for (TwoWayShard& shard : index->shards) {
            if (shard.lags_until <= scene_.clock.now()) {
                shard.replicate_one();
            }
        }
    }
    const Duration pause = scene_.about(scene_.weather.workload().pace);
    scene_.clock.after(scene_.weather.is_calm() ? 20 * pause : pause, [this] { step(); });
}

void Sides::disturb() {
    for (TwoWayIndex* const index : all()) {
        for (TwoWayShard& shard : index->shards) {
            if (scene_.strikes(Fault::failover)) {
                scene_.note(index->cluster.value() + ": FAILOVER");
                shard.fail_over(scene_.dice);
            }
            if (scene_.weather.rate(Fault::forgetful) > 0) {
                shard.forget_tombstones(scene_.clock.now() - gc_deletes);
            }
            if (scene_.dice.chance(0.01)) {
                shard.refresh();
            }
        }
    }
}

void Sides::settle() {
    for (TwoWayIndex* const index : all()) {
        for (TwoWayShard& shard : index->shards) {
            shard.settle();
        }
    }
}

}  // namespace followd::sim
