#include "simulation/roles/repository.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace followd::sim {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double share_of_worlds = 0.4;
// Of snapshots, while the weather is bad.
constexpr double not_whole = 0.08;

}  // namespace

SnapshotPlan::SnapshotPlan(std::uint64_t seed, const Workload& workload) {
    // So chosen that the seeds which tests and documents name are worlds as they were.
    test::Dice dice{seed ^ 0x736e617073680291U};
    is_used = dice.chance(share_of_worlds);
    if (!is_used) {
        return;
    }
    bootstrap = dice.one_of({Bootstrap::automatic, Bootstrap::automatic, Bootstrap::snapshot});
    head_start = dice.one_of<Duration>({Duration{0}, milliseconds{200}, seconds{1}});
    lasts = dice.one_of<Duration>({milliseconds{5}, milliseconds{50}, milliseconds{300}});
    trouble = dice.one_of({0.1, 0.3, 0.6});
    // A failback knows of no version that a client gave and a deletion hides (CONSISTENCY.md).
    version_step =
        workload.removal > 0 ? 1 : dice.one_of<std::int64_t>({1, 1, 100, std::int64_t{1} << 34U});
}

void Repository::begin(const std::string& name, const TwoWayIndex& index) {
    if (snapshots_.contains(name)) {
        return;
    }
    scene_.note("snapshot begins");
    snapshots_[name].shards.resize(index.shards.size());
    for (std::size_t shard = 0; shard < index.shards.size(); ++shard) {
        scene_.clock.after(scene_.about(plan_.lasts),
                           [this, name, &index, shard] { copy(name, index, shard); });
    }
    let_lag(index);
    stepped();
}

// What it copies of the primary that now leads, if another does since it began.
void Repository::copy(const std::string& name, const TwoWayIndex& of, std::size_t shard) {
    const auto found = snapshots_.find(name);
    if (found == snapshots_.end()) {
        return;
    }
    const TwoWayShard& primary = of.shards[shard];
    scene_.note("snapshot has " + std::to_string(primary.max_seq_no) + " of " +
                std::to_string(primary.checkpoint) + " of shard " + std::to_string(shard));
    found->second.shards[shard] = Shard{primary.documents, primary.max_seq_no};
    let_fail(of, shard);
    const bool is_whole = std::ranges::all_of(
        found->second.shards, [](const std::optional<Shard>& one) { return one.has_value(); });
    if (!is_whole) {
        return;
    }
    const bool is_partial = !scene_.weather.is_calm() && scene_.dice.chance(not_whole);
    scene_.clock.after(scene_.about(plan_.lasts), [this, name, is_partial] {
        if (const auto taken = snapshots_.find(name); taken != snapshots_.end()) {
            taken->second.state =
                is_partial ? engine::SnapshotState::partial : engine::SnapshotState::success;
        }
    });
    stepped();
}

// Replicas fall behind, so that it holds what does not count yet; one of them takes over before it
// has caught up.
void Repository::let_lag(const TwoWayIndex& index) {
    for (TwoWayShard& shard : sides_.find(index.cluster, index.name)->shards) {
        if (!scene_.weather.is_calm() && scene_.dice.chance(plan_.trouble)) {
            shard.lags_until = scene_.clock.now() + 4 * plan_.lasts + milliseconds{20};
        }
    }
}

void Repository::let_fail(const TwoWayIndex& index, std::size_t shard) {
    const bool is_lagging = index.shards[shard].lags_until > scene_.clock.now();
    if (!is_lagging || !scene_.weather.has(Fault::failover) || !scene_.dice.chance(0.5)) {
        return;
    }
    scene_.clock.after(scene_.about(plan_.lasts),
                       [this, cluster = index.cluster, name = index.name, shard] {
                           if (!scene_.weather.is_calm()) {
                               scene_.note(cluster.value() + ": FAILOVER");
                               sides_.find(cluster, name)->shards[shard].fail_over(scene_.dice);
                           }
                       });
}

std::optional<engine::SnapshotProgress> Repository::progress(const std::string& name) const {
    const auto found = snapshots_.find(name);
    if (found == snapshots_.end()) {
        return std::nullopt;
    }
    engine::SnapshotProgress progress;
    progress.state = found->second.state;
    return progress;
}

std::vector<std::string> Repository::names(const std::string& prefix) const {
    std::vector<std::string> found;
    for (const auto& [name, snapshot] : snapshots_) {
        if (name.starts_with(prefix)) {
            found.push_back(name);
        }
    }
    return found;
}

Result<void> Repository::restore(const std::string& name,
                                 const ClusterName& cluster,
                                 const IndexName& index) {
    if (sides_.find(cluster, index) != nullptr) {
        return Failure{FailureKind::conflict, "an index of that name is there", cluster.value()};
    }
    const auto found = snapshots_.find(name);
    if (found == snapshots_.end() || found->second.state != engine::SnapshotState::success) {
        return Failure{FailureKind::refused, "there is no such snapshot", cluster.value()};
    }
    TwoWayIndex& made = sides_.make(cluster, index);
    made.restored_from = name;
    for (std::size_t shard = 0; shard < made.shards.size(); ++shard) {
        TwoWayShard& state = made.shards[shard];
        state.documents = found->second.shards[shard]->documents;
        state.max_seq_no = state.checkpoint = found->second.shards[shard]->point;
        state.refresh();
    }
    scene_.clock.after(scene_.about(plan_.lasts), [this, name, cluster, index, uuid = made.uuid] {
        TwoWayIndex* const there = sides_.find(cluster, index);
        if (there != nullptr && there->uuid == uuid) {
            there->is_restored = snapshots_.contains(name);
        }
    });
    stepped();
    return {};
}

}  // namespace followd::sim
