#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include "simulation/follower_side.hpp"
#include "simulation/roles/truth.hpp"
#include "simulation/roles/two_way_index.hpp"
#include "simulation/scene.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

/// Both clusters of a world in which an index and its follower change roles. Judges every write of
/// followd, and every mark, as it lands.

namespace followd::sim {

inline const ClusterName near_cluster{"near"};
inline const ClusterName far_cluster{"far"};
inline const IndexName home_index{"logs-0"};
inline const IndexName away_index{"logs-0-copy"};

class Sides {
public:
    explicit Sides(Scene& scene) : scene_(scene), truth_(scene) { make_home(); }

    /// Null where there is no such index.
    [[nodiscard]] TwoWayIndex* find(const ClusterName& cluster, const IndexName& name);
    [[nodiscard]] std::vector<TwoWayIndex*> all();
    [[nodiscard]] std::vector<TwoWayIndex*> in(const ClusterName& cluster);
    /// The index of the other cluster; null where there is none yet.
    [[nodiscard]] TwoWayIndex* other_than(const TwoWayIndex& index);
    [[nodiscard]] Truth& truth() { return truth_; }

    TwoWayIndex& make(const ClusterName& cluster, const IndexName& name);
    void remove(const ClusterName& cluster, const IndexName& name);
    void put_mark(TwoWayIndex& index, TwoWayMark mark);
    /// The first of an index that was made from a snapshot.
    void mark_restored(TwoWayIndex& index, TwoWayMark mark);
    /// Past the fence.
    [[nodiscard]] Result<BulkOutcome> apply(const ClusterName& cluster,
                                            const IndexName& name,
                                            std::size_t shard,
                                            const std::vector<SentItem>& items);
    /// False where the index takes no writes now.
    [[nodiscard]] bool write(TwoWayIndex& index, WriteKind kind, std::size_t number);

    /// Servers and their replicas go on by themselves.
    void begin() { step(); }
    /// One of the clusters has a misfortune, or forgets what it may forget.
    void disturb();
    /// Nothing is on its way inside of the clusters.
    void settle();

private:
    void make_home();
    void step();

    Scene& scene_;
    Truth truth_;
    std::map<ClusterName, std::map<IndexName, TwoWayIndex>> clusters_;
    int removed_ = 0;
};

}  // namespace followd::sim
