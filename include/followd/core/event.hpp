#pragma once

#include "followd/base/result.hpp"
#include "followd/core/action.hpp"
#include "followd/model/checkpoint.hpp"
#include "followd/model/shard_view.hpp"

#include <cstdint>
#include <variant>
#include <vector>

/// What can happen to a followed shard: the answers to actions, and what nobody asked for.

namespace followd::core {

struct IdentityRead {
    Result<LeaderIdentity> result;
};
struct SampleRead {
    Result<ShardSample> result;
};
struct LeaderRefreshed {
    Result<void> result;
};
struct ViewOpened {
    Result<ViewId> result;
};
struct ViewClosed {
    Result<void> result;
};
struct PageRead {
    Result<Page> result;
};

/// The follower's mapping is at least this version of the leader's.
struct MappingState {
    std::int64_t version = 0;
    bool has_nested = false;  ///< then Lucene's document count includes children
};
struct MappingSynced {
    Result<MappingState> result;
};
struct BulkDone {
    BulkId id = 0;
    Result<BulkOutcome> result;
};
struct CheckpointSaved {
    Result<void> result;
};
struct FollowerIdentityRead {
    Result<FollowerIdentity> result;
};
struct FollowerRefreshed {
    Result<void> result;
};
struct LeaderCounted {
    Result<std::vector<Bucket>> result;
};
struct FollowerCounted {
    Result<std::vector<Bucket>> result;
};
struct LeaderListed {
    Result<std::vector<SeqNo>> result;
};
struct FollowerListed {
    Result<std::vector<FollowerDocument>> result;
};
struct LookedUp {
    Result<std::vector<LookupResult>> result;
};
struct DocumentsCounted {
    Result<std::int64_t> result;
};
struct Woke {};

/// Not an answer: the shared poll of the leader cluster, begun at `began`, saw this shard's
/// primary.
struct SampleTaken {
    ShardSample sample;
    Instant began;
};
/// Not an answer: the shared poll succeeded and did not see a started primary of this shard.
struct PrimaryMissing {};
/// Not an answer: apply and sweep everything up to this operation, however seldom sweeps are due.
struct DrainRequested {
    SeqNo through;
};
/// Not an answer: finish what is under way, begin nothing.
struct StopRequested {};

using Event = std::variant<IdentityRead,
                           SampleRead,
                           LeaderRefreshed,
                           ViewOpened,
                           ViewClosed,
                           PageRead,
                           MappingSynced,
                           BulkDone,
                           CheckpointSaved,
                           FollowerIdentityRead,
                           FollowerRefreshed,
                           LeaderCounted,
                           FollowerCounted,
                           LeaderListed,
                           FollowerListed,
                           LookedUp,
                           DocumentsCounted,
                           Woke,
                           SampleTaken,
                           PrimaryMissing,
                           DrainRequested,
                           StopRequested>;

}  // namespace followd::core
