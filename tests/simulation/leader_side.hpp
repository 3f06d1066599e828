#pragma once

#include "followd/model/ids.hpp"
#include "followd/model/shard_view.hpp"

#include "engine/index_ports.hpp"
#include "simulation/scene.hpp"
#include "support/leader_group.hpp"
#include "support/shard_search.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

/// The leader's cluster: indices that come and go, each of shard groups that go on by themselves.

namespace followd::sim {

struct LeaderShardState {
    LeaderShardState(test::Dice& dice, std::size_t replicas) : group(dice, replicas) {}

    test::LeaderGroup group;
    std::map<ViewId, test::LeaderView> views;
    int views_opened = 0;
    std::set<int> committed_before;  ///< values that other histories of the shard had committed

    /// Whether a client's document of this value was ever beyond being rolled back.
    [[nodiscard]] bool was_committed(std::int64_t seq, int value) {
        return group.is_committed(seq, value) || committed_before.contains(value);
    }
};

struct LeaderIndexState {
    engine::LeaderIndex listed;
    std::vector<std::unique_ptr<LeaderShardState>> shards;
    /// What a node that lags behind still answers.
    std::int64_t mapping_version_before = 1;

    [[nodiscard]] bool is_open() const { return listed.state == engine::IndexState::open; }
    [[nodiscard]] HistoryUuid history(int shard) const;
};

class LeaderSide {
public:
    explicit LeaderSide(Scene& scene) : scene_(scene) {}

    /// The index that stands under this name; null where none does.
    [[nodiscard]] LeaderIndexState* find(const IndexName& name);
    /// Also one that was deleted; null where there never was one of that UUID.
    [[nodiscard]] LeaderIndexState* of(const IndexUuid& uuid);
    [[nodiscard]] std::vector<IndexName> names() const;

    /// Gives the name to a new index; the one before is gone.
    void make(const IndexName& name);
    void remove(const IndexName& name);
    void change_mapping(LeaderIndexState& index);
    void close(LeaderIndexState& index);
    /// Every shard has a primary with counters that begin anew.
    void open(LeaderIndexState& index);
    void restore(LeaderIndexState& index);

    /// Nothing is on its way inside of any group any more.
    void settle();

private:
    void step(IndexUuid uuid, std::size_t shard);

    Scene& scene_;
    std::map<IndexUuid, LeaderIndexState> all_;
    std::map<IndexName, IndexUuid> present_;
};

}  // namespace followd::sim
