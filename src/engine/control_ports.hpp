#pragma once

#include "followd/base/assert.hpp"

#include "engine/control_store.hpp"
#include "engine/index_ports.hpp"
#include "engine/lost_writes.hpp"
#include "engine/ports.hpp"
#include "engine/role_ports.hpp"
#include "engine/supervisor.hpp"

#include <map>

namespace followd::engine {

/// What commands work with; all of it outlives them. Clusters are those of the supervisor.
struct ControlPorts {
    Supervisor& supervisor;
    std::map<ClusterName, ClusterPorts> clusters;
    ShardFactory& shards;
    CheckpointStore& checkpoints;
    ControlStore& store;
    LostWritesFolder& lost_writes;
    Timers& timers;
    WallClock clock;  ///< for people, who are told how old something is

    [[nodiscard]] RoleCluster& roles(const ClusterName& cluster) const {
        RoleCluster* roles = clusters.at(cluster).roles;
        FOLLOWD_ASSERT(roles != nullptr);
        return *roles;
    }
    [[nodiscard]] LeaderCluster& leader(const ClusterName& cluster) const {
        LeaderCluster* leader = clusters.at(cluster).leader;
        FOLLOWD_ASSERT(leader != nullptr);
        return *leader;
    }
};

}  // namespace followd::engine
