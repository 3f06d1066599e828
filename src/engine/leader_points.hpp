#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/seq_no.hpp"
#include "followd/model/shard_view.hpp"

#include "engine/index_ports.hpp"
#include "engine/long_work.hpp"
#include "engine/ports.hpp"
#include "engine/task.hpp"

#include <vector>

/// What a leader index is before a snapshot of it begins, and whether what the snapshot has can
/// still be rolled back (design.md section 6).

namespace followd::engine {

/// One shard at a moment.
struct ShardStart {
    HistoryUuid history;
    PrimaryTerm term;
    SeqNo global_checkpoint;
};

class LeaderPoints {
public:
    /// All referred to outlives it.
    LeaderPoints(ClusterName cluster,
                 LeaderCluster& leader,
                 ShardFactory& shards,
                 Timers& timers,
                 StopCheck is_stopping);

    /// By shard. `history_lost` where another index stands under the name; `unavailable` where a
    /// primary is not started. The same of all that follow.
    [[nodiscard]] Task<Result<std::vector<ShardStart>>> read_start(LeaderIndex index);
    [[nodiscard]] Task<Result<std::vector<ShardSample>>> read_samples(LeaderIndex index);
    /// The same, asked again for a while where it may pass: after a snapshot that took hours.
    [[nodiscard]] Task<Result<std::vector<ShardSample>>> await_samples(LeaderIndex index);
    /// Until the global checkpoints have reached `points` in the terms and histories of `start`: no
    /// operation up to there is ever rolled back. `unavailable` where a primary changed, or where
    /// they do not reach them until `latest`.
    [[nodiscard]] Task<Result<void>> await_confirmation(LeaderIndex index,
                                                        std::vector<ShardStart> start,
                                                        std::vector<SeqNo> points,
                                                        Instant latest);

private:
    [[nodiscard]] Task<Result<std::vector<PrimaryTerm>>> read_terms(LeaderIndex index);

    ClusterName cluster_;
    LeaderCluster& leader_;
    ShardFactory& shards_;
    Timers& timers_;
    StopCheck is_stopping_;
};

}  // namespace followd::engine
