#pragma once

#include "followd/base/result.hpp"
#include "followd/model/follow_rule.hpp"
#include "followd/model/ids.hpp"

#include "engine/snapshot_ports.hpp"
#include "simulation/roles/sides.hpp"
#include "simulation/scene.hpp"
#include "support/dice.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// Snapshots of the index that leads first, in a repository that both clusters see. A snapshot is
/// what the primary holds at a moment after it began: also what is under way there, which a
/// failover may take back and whose numbers it may give to others.

namespace followd::sim {

/// Whether and how followers of a world begin from snapshots. Drawn apart from all else, so that a
/// world without them is what it would be if there were none.
struct SnapshotPlan {
    SnapshotPlan(std::uint64_t seed, const Workload& workload);

    bool is_used = false;
    Bootstrap bootstrap = Bootstrap::automatic;
    Duration head_start{};          ///< of the clients
    std::int64_t version_step = 1;  ///< clients' versions of a document rise by it
    Duration lasts{};               ///< taking, and restoring, at the mean
    double trouble = 0;             ///< share of steps at which something fails on purpose
};

class Repository {
public:
    Repository(Scene& scene, Sides& sides, SnapshotPlan plan)
        : scene_(scene), sides_(sides), plan_(plan) {}

    [[nodiscard]] const SnapshotPlan& plan() const { return plan_; }
    /// Called at steps at which a daemon had better not die.
    std::function<void()> on_step;

    void begin(const std::string& name, const TwoWayIndex& index);
    /// Nothing where there is no such snapshot.
    [[nodiscard]] std::optional<engine::SnapshotProgress> progress(const std::string& name) const;
    [[nodiscard]] std::vector<std::string> names(const std::string& prefix) const;
    void remove(const std::string& name) { snapshots_.erase(name); }

    /// Makes the index, which is not readable before its files are there.
    [[nodiscard]] Result<void> restore(const std::string& name,
                                       const ClusterName& cluster,
                                       const IndexName& index);
    void stepped() const {
        if (on_step) {
            on_step();
        }
    }

private:
    struct Shard {
        std::map<std::string, TwoWayShard::Document> documents;
        std::int64_t point = -1;
    };
    struct Snapshot {
        std::vector<std::optional<Shard>> shards;
        engine::SnapshotState state = engine::SnapshotState::in_progress;
    };

    void copy(const std::string& name, const TwoWayIndex& of, std::size_t shard);
    void let_lag(const TwoWayIndex& index);
    void let_fail(const TwoWayIndex& index, std::size_t shard);

    Scene& scene_;
    Sides& sides_;
    SnapshotPlan plan_;
    std::map<std::string, Snapshot> snapshots_;
};

}  // namespace followd::sim
