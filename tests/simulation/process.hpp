#pragma once

#include "engine/index_ports.hpp"
#include "engine/supervisor.hpp"
#include "engine/task_group.hpp"
#include "simulation/disk.hpp"
#include "simulation/follower_ports.hpp"
#include "simulation/follower_side.hpp"
#include "simulation/leader_ports.hpp"
#include "simulation/leader_side.hpp"
#include "simulation/link.hpp"
#include "simulation/process_time.hpp"
#include "simulation/scene.hpp"

#include <memory>
#include <string>
#include <vector>

/// One life of a followd: the real engine and planner on simulated ports. Dead, it does nothing any
/// more that anybody could see, and is to be kept until it has ended.

namespace followd::sim {

struct Clusters {
    LeaderSide& leader;
    FollowerSide& follower;
};

class Process final : public engine::ShardFactory {
public:
    Process(Scene& scene,
            Clusters clusters,
            Disk& disk,
            DiskStore::Judge judge,
            const std::string& name);

    /// Everything ends at once: what is under way reaches the clusters or not.
    void kill();
    /// As an operator stops it.
    void stop() { supervisor_->stop(); }
    [[nodiscard]] bool has_ended() const { return tasks_.running() == 0; }

    [[nodiscard]] ProcessTime& time() { return time_; }
    [[nodiscard]] Link& leader_link() { return leader_link_; }
    [[nodiscard]] Link& follower_link() { return follower_link_; }
    [[nodiscard]] std::vector<engine::FollowerStatus> status() const {
        return supervisor_->followers();
    }

private:
    [[nodiscard]] std::unique_ptr<engine::LeaderShard> leader_shard(
        const ClusterName& cluster,
        const engine::LeaderIndex& index,
        int shard,
        OriginStrips strips) override;
    [[nodiscard]] std::unique_ptr<engine::FollowerShard> follower_shard(
        const ClusterName& cluster,
        const engine::FollowerIndex& index,
        int shard,
        OriginStrips strips) override;

    Scene& scene_;
    Clusters clusters_;
    ProcessTime time_;
    Link leader_link_;
    Link follower_link_;
    LeaderClusterPort leader_;
    FollowerClusterPort follower_;
    DiskStore store_;
    std::unique_ptr<engine::Supervisor> supervisor_;
    engine::TaskGroup tasks_;
};

/// One rule: every index of the cluster near is followed in the cluster far.
[[nodiscard]] Settings settings_of(const Weather& weather);

/// What a leader index's follower is called.
[[nodiscard]] IndexName follower_of(const IndexName& leader);

}  // namespace followd::sim
