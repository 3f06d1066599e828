#pragma once

#include "followd/model/ids.hpp"
#include "followd/model/seq_no.hpp"

#include <optional>
#include <string>

/// What we remember of a followed shard across restarts (design.md section 10).

namespace followd {

/// Which shard of which pair of indices. The leader's index UUID is part of the key: an index that
/// was deleted and created again under its name is another one.
struct ShardKey {
    ClusterName leader;
    IndexUuid leader_index;
    ClusterName follower;
    IndexName follower_index;
    int shard = 0;

    friend auto operator<=>(const ShardKey&, const ShardKey&) = default;
};

/// The follower's side of the same shard, to notice that it was restored or lost operations.
struct FollowerIdentity {
    IndexUuid uuid;
    HistoryUuid history;
    PrimaryTerm term;

    friend bool operator==(const FollowerIdentity&, const FollowerIdentity&) = default;
};

/// A shard's checkpoint. Invariant, in memory and in the store:
/// swept_through <= applied_through <= the leader's global checkpoint when it was taken, and every
/// operation <= applied_through was acknowledged by the follower before this value existed.
struct Checkpoint {
    HistoryUuid history;                    ///< the leader shard's, for which the numbers hold
    PrimaryTerm term;                       ///< the leader shard's, when they were confirmed
    SeqNo applied_through = SeqNo::none();  ///< C: every live document <= C is on the follower
    SeqNo swept_through = SeqNo::none();    ///< D: every deletion <= D is on the follower
    VersionBase base;                       ///< of this history when the follower was last swept
    FollowerIdentity follower;

    friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

}  // namespace followd
