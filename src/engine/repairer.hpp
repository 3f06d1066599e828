#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"
#include "followd/model/follow_rule.hpp"
#include "followd/model/origins.hpp"
#include "followd/model/settings.hpp"

#include "engine/index_ports.hpp"
#include "engine/task.hpp"
#include "engine/verifier.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

/// Prepares a follower that somebody else wrote to for being made like its leader again: finds what
/// differs by reading all of both sides, since what somebody wrote can stand in the very place of a
/// document that he removed, and begins a generation of versions in which all of that can be
/// written. The writing itself is following's, which lists everything once (core::ShardPlanner).
///
/// Invariant: nothing is changed where nothing differs, and no document that is as the leader has
/// it is written.

namespace followd::engine {

struct RepairTask {
    FollowRule rule;  ///< in the direction in which the pair is followed now
    IndexName leader_index;
    IndexName follower_index;
    Duration wait{};  ///< how long a difference may take to go away by itself
    LimitSettings limits;
};

/// What a repair works with; outlives it.
struct RepairPorts {
    LeaderCluster& leader;
    FollowerCluster& follower;
    ShardFactory& shards;
    Timers& timers;
};

/// What differs, over all shards.
struct Damage {
    std::int64_t missing = 0;
    std::int64_t surplus = 0;
    std::int64_t contents = 0;

    [[nodiscard]] bool is_none() const { return missing + surplus + contents == 0; }
    [[nodiscard]] std::string text() const;
};

class Repairer {
public:
    Repairer(RepairPorts ports, RepairTask task);

    /// While the pair is followed. `unavailable` where it could not be told.
    [[nodiscard]] Task<Result<Damage>> inspect();
    /// What inspect() found can be written from now on; documents of other content have been.
    /// While nobody follows. Run again after a crash it begins anew.
    [[nodiscard]] Task<Result<void>> repair();

private:
    /// Both sides' ports of one shard.
    struct ShardPair {
        OriginLine line;
        std::unique_ptr<LeaderShard> leader;
        std::unique_ptr<FollowerShard> follower;
    };

    [[nodiscard]] Task<Result<void>> read_both();
    [[nodiscard]] ShardPair pair_of(int shard);
    [[nodiscard]] Task<Result<std::vector<SeqNo>>> read_leader_points();
    [[nodiscard]] Task<Result<void>> write_contents(int shard);
    [[nodiscard]] Task<Result<void>> write_pages(ShardPair* pair, ViewId view, int shard);
    [[nodiscard]] Task<Result<void>> write_page(ShardPair* pair, OperationBatch batch);
    [[nodiscard]] std::string where() const;

    RepairPorts ports_;
    RepairTask task_;
    IndexDefinition leader_;
    FollowerIndex follower_;
    std::map<int, std::vector<SeqNo>> contents_;  // by shard, places of other content
};

}  // namespace followd::engine
