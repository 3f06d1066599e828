#pragma once

#include "engine/generation_ports.hpp"
#include "engine/index_ports.hpp"
#include "engine/ports.hpp"
#include "engine/role_ports.hpp"
#include "engine/snapshot_ports.hpp"
#include "engine/wall_clock.hpp"

namespace followd::engine {

/// What a rule's indices are recovered with, by schedule. All referred to outlives whoever uses it.
struct RecoveryPorts {
    LeaderCluster& leader;
    GenerationTarget& leader_documents;  ///< of the leader's cluster, which counts its documents
    ShardFactory& shards;
    SnapshotSource& source;
    SnapshotTarget& target;
    GenerationTarget& generations;  ///< of the follower's cluster
    RoleCluster& roles;             ///< of the follower's cluster
    RuleRepository repository;
    Timers& timers;
    WallClock clock;
};

}  // namespace followd::engine
