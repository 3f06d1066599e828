#pragma once

#include "engine/control.hpp"
#include "engine/supervisor.hpp"
#include "engine/task_group.hpp"
#include "simulation/link.hpp"
#include "simulation/process_time.hpp"
#include "simulation/roles/cluster_ports.hpp"
#include "simulation/roles/keeping.hpp"
#include "simulation/roles/repository.hpp"
#include "simulation/roles/role_port.hpp"
#include "simulation/roles/snapshot_ports.hpp"
#include "simulation/scene.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// One life of a followd that both follows and takes commands: the real engine on simulated ports
/// of two clusters, either of which can lead.

namespace followd::sim {

class Daemon final : public engine::ShardFactory {
public:
    Daemon(Scene& scene,
           Sides& sides,
           StateFile& file,
           LostWrites& lost_writes,
           Repository& repository,
           DiskStore::Judge judge,
           const std::string& name);

    using Done = std::function<void(const engine::ControlReport& report)>;
    [[nodiscard]] engine::Control& control() { return *control_; }
    /// A command of control(). `done` is not told what a dead process learns.
    void perform(Task<engine::ControlReport> command, Done done);

    /// Everything ends at once: what is under way reaches the clusters or not.
    void kill();
    void stop() { supervisor_->stop(); }
    [[nodiscard]] bool has_ended() const { return tasks_.running() == 0; }

    [[nodiscard]] ProcessTime& time() { return time_; }
    void cut_until(const ClusterName& cluster, Instant when);
    [[nodiscard]] std::vector<engine::FollowerStatus> status() const {
        return supervisor_->followers();
    }

private:
    /// One cluster as this process sees it. What changes roles is never executed later than its
    /// sender waits: followd has nothing that would tell such a step from a new one.
    struct Cluster {
        Cluster(Scene& scene,
                Sides& sides,
                Repository& repository,
                ProcessTime& time,
                ClusterName name,
                std::string link);

        [[nodiscard]] engine::ClusterPorts ports();

        Link data;
        Link admin;
        TwoWayLeaderCluster leader;
        TwoWayFollowerCluster follower;
        TwoWayRoles roles;
        TwoWaySnapshotSource snapshot_source;
        TwoWaySnapshotTarget snapshot_target;
    };

    [[nodiscard]] Task<void> run(Task<engine::ControlReport> command, Done done);
    [[nodiscard]] Cluster& cluster(const ClusterName& name) {
        return name == near_cluster ? near_ : far_;
    }
    [[nodiscard]] std::unique_ptr<engine::LeaderShard> leader_shard(
        const ClusterName& cluster_name,
        const engine::LeaderIndex& index,
        int shard,
        OriginStrips strips) override;
    [[nodiscard]] std::unique_ptr<engine::FollowerShard> follower_shard(
        const ClusterName& cluster_name,
        const engine::FollowerIndex& index,
        int shard,
        OriginStrips strips) override;

    Scene& scene_;
    Sides& sides_;
    ProcessTime time_;
    Cluster near_;
    Cluster far_;
    DiskStore store_;
    IntentStore intents_;
    std::unique_ptr<engine::Supervisor> supervisor_;
    std::unique_ptr<engine::Control> control_;
    engine::TaskGroup tasks_;
};

}  // namespace followd::sim
