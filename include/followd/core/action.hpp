#pragma once

#include "followd/base/time.hpp"
#include "followd/model/checkpoint.hpp"
#include "followd/model/operation.hpp"
#include "followd/model/shard_view.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

/// What a shard's planner asks of the world. Every action is answered by exactly one event of the
/// matching name (event.hpp), also when it fails; the planner counts on it.

namespace followd::core {

/// A bulk's number within its planner, so that its answer finds it again.
using BulkId = std::uint64_t;

struct ReadIdentity {};
struct ReadSample {};
struct RefreshLeader {};
struct OpenView {};
struct CloseView {
    ViewId view;
};
struct ReadPage {
    PageRequest request;
};
/// Put the leader's mapping on the follower unless it has this version or a later one already.
struct SyncMapping {
    std::int64_t version = 0;
};
struct SendBulk {
    BulkId id = 0;
    Bulk bulk;
};
struct SaveCheckpoint {
    Checkpoint checkpoint;
};
struct ReadFollowerIdentity {};
struct RefreshFollower {};
struct CountLeader {
    ViewId view;
    HistogramRequest request;
};
struct CountFollower {
    VersionBase base;
    HistogramRequest request;
};
struct ListLeader {
    ViewId view;
    SeqNoRange range;
    std::size_t limit = 0;
};
struct ListFollower {
    VersionBase base;
    std::vector<SeqNoRange> ranges;
    std::size_t limit = 0;
};
struct LookUp {
    std::vector<Lookup> lookups;
};
struct CountDocuments {
    ViewId view;
};
struct Sleep {
    Instant until;
};

using Action = std::variant<ReadIdentity,
                            ReadSample,
                            RefreshLeader,
                            OpenView,
                            CloseView,
                            ReadPage,
                            SyncMapping,
                            SendBulk,
                            SaveCheckpoint,
                            ReadFollowerIdentity,
                            RefreshFollower,
                            CountLeader,
                            CountFollower,
                            ListLeader,
                            ListFollower,
                            LookUp,
                            CountDocuments,
                            Sleep>;

using Actions = std::vector<Action>;

}  // namespace followd::core
