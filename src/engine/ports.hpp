#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"
#include "followd/core/event.hpp"
#include "followd/model/checkpoint.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/operation.hpp"
#include "followd/model/shard_view.hpp"

#include "engine/task.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What the engine asks of the world. Each port has a real adapter (src/es, src/store) and can have
/// a simulated one. All calls come from one thread, the worker's; every call ends within a deadline
/// of its own; Failure kinds are those of followd/base/result.hpp.

namespace followd::engine {

/// One shard of the leader's index, addressed by name and number.
class LeaderShard {
public:
    virtual ~LeaderShard() = default;
    [[nodiscard]] virtual Task<Result<LeaderIdentity>> read_identity() = 0;
    [[nodiscard]] virtual Task<Result<ShardSample>> read_sample() = 0;
    /// Refreshes the whole index; any failed shard copy is a Failure (`unavailable`).
    [[nodiscard]] virtual Task<Result<void>> refresh() = 0;
    [[nodiscard]] virtual Task<Result<ViewId>> open_view() = 0;
    /// Best effort; a view that is gone is closed.
    [[nodiscard]] virtual Task<Result<void>> close_view(ViewId view) = 0;
    /// `not_found` where the view has expired. A partial answer is `unavailable`, never a short
    /// page.
    [[nodiscard]] virtual Task<Result<Page>> read_page(PageRequest request) = 0;
    /// Non-empty buckets in ascending order, of documents in the view and in request.range.
    [[nodiscard]] virtual Task<Result<std::vector<Bucket>>> count(ViewId view,
                                                                  HistogramRequest request) = 0;
    /// At most `limit` sequence numbers of the view in `range`, ascending.
    [[nodiscard]] virtual Task<Result<std::vector<SeqNo>>> list(ViewId view,
                                                                SeqNoRange range,
                                                                std::size_t limit) = 0;
    /// Real-time; one result a lookup. An item that could not be answered fails the whole call.
    [[nodiscard]] virtual Task<Result<std::vector<LookupResult>>> look_up(
        std::vector<Lookup> lookups) = 0;
    /// Documents in this shard as a search in the view counts them (parents only).
    [[nodiscard]] virtual Task<Result<std::int64_t>> count_documents(ViewId view) = 0;
};

/// The same shard of the follower's index; written through the fence alias only.
class FollowerShard {
public:
    virtual ~FollowerShard() = default;
    [[nodiscard]] virtual Task<Result<FollowerIdentity>> read_identity() = 0;
    [[nodiscard]] virtual Task<Result<void>> refresh() = 0;
    /// Buckets over origins: version - base - 1. There is no range on versions: buckets outside
    /// request.range are dropped by the adapter only where they lie outside wholly.
    [[nodiscard]] virtual Task<Result<std::vector<Bucket>>> count(VersionBase base,
                                                                  HistogramRequest request) = 0;
    /// At most `limit` documents with an origin in any of `ranges` (ascending, disjoint, none of
    /// them empty), ascending by origin.
    [[nodiscard]] virtual Task<Result<std::vector<FollowerDocument>>> list(
        VersionBase base, std::vector<SeqNoRange> ranges, std::size_t limit) = 0;
    /// At most `limit` whole documents with an origin in `range`, ascending by origin, which stands
    /// in Operation::seq_no. A body above `bytes_max` is given up: FailureKind::too_large.
    [[nodiscard]] virtual Task<Result<Page>> read_documents(VersionBase base,
                                                            SeqNoRange range,
                                                            std::size_t limit,
                                                            std::size_t bytes_max) = 0;
    /// One bulk. A Failure means that nothing is known of any item.
    [[nodiscard]] virtual Task<Result<BulkOutcome>> apply(Bulk bulk) = 0;
};

/// Keeps checkpoints. A save that was answered survives a crash of the machine.
class CheckpointStore {
public:
    virtual ~CheckpointStore() = default;
    [[nodiscard]] virtual Task<Result<std::optional<Checkpoint>>> load(ShardKey key) = 0;
    [[nodiscard]] virtual Task<Result<void>> save(ShardKey key, Checkpoint checkpoint) = 0;
    /// Forgets every shard of that pair of indices.
    [[nodiscard]] virtual Task<Result<void>> forget(ShardKey any_shard) = 0;
};

/// Brings the follower's mapping up to the leader's; shared by the shards of one index.
class MappingSync {
public:
    virtual ~MappingSync() = default;
    /// Nothing is asked of the clusters where `version` was put there already.
    [[nodiscard]] virtual Task<Result<core::MappingState>> sync_mapping(std::int64_t version) = 0;
};

/// Time for coroutines: real, or a simulator's.
class Timers {
public:
    virtual ~Timers() = default;
    [[nodiscard]] virtual Instant now() const = 0;
    /// Returns at `when`, or as soon as wake_all() is called: whoever sleeps looks again why.
    [[nodiscard]] virtual Task<void> sleep_until(Instant when) = 0;
    virtual void wake_all() = 0;
};

}  // namespace followd::engine
