#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"
#include "followd/model/seq_no.hpp"

#include "engine/bootstrap_status.hpp"
#include "engine/generation_ports.hpp"
#include "engine/index_ports.hpp"
#include "engine/leader_points.hpp"
#include "engine/long_work.hpp"
#include "engine/ports.hpp"
#include "engine/snapshot_ports.hpp"
#include "engine/snapshot_wait.hpp"
#include "engine/task.hpp"
#include "observe/log.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Makes one generation of an index from a snapshot of its leader.
///
/// Invariant: it gets its mark, without which nobody is ever shown it, only once it was proved to
/// be what the leader was; nothing in the snapshot can be rolled back by then. Until then it may be
/// thrown away at any moment.

namespace followd::engine {

/// One index of a snapshot that is whole and confirmed.
struct GenerationTask {
    /// `follower_index` is the generation's name; `recovery` says snapshot and moment.
    FollowerRequest request;
    std::vector<ShardStart> start;      ///< of the leader, before the snapshot
    std::vector<SeqNo> through;         ///< its max_seq_no by shard, after it
    std::int64_t documents_before = 0;  ///< of the leader, counted after `start` was read
};

class GenerationMaker {
public:
    /// All referred to outlives it.
    GenerationMaker(SnapshotTarget& target,
                    GenerationTarget& generations,
                    RuleRepository repository,
                    Timers& timers,
                    StopCheck is_stopping,
                    observe::Logger log);

    /// Nothing where it stands, marked; else why it is not what its leader was: then it was thrown
    /// away, and the same snapshot will give nothing better. A Failure is worth another attempt.
    /// `has_begun`: an attempt of before began to restore it. `status` must live until it returns.
    [[nodiscard]] Task<Result<std::optional<std::string>>> run(GenerationTask task,
                                                               bool has_begun,
                                                               BootstrapStatus* status);

private:
    [[nodiscard]] Task<Result<void>> restore(GenerationTask task,
                                             bool has_begun,
                                             BootstrapStatus* status);
    [[nodiscard]] Task<Result<RestoredIndex>> read_restored(GenerationTask task);
    [[nodiscard]] Task<Result<std::optional<std::string>>> prove(GenerationTask task,
                                                                 RestoredIndex restored);
    [[nodiscard]] Task<Result<void>> mark(GenerationTask task, RestoredIndex restored);
    [[nodiscard]] Task<void> discard(GenerationTask task, std::string why);

    SnapshotTarget& target_;
    GenerationTarget& generations_;
    RuleRepository repository_;
    Timers& timers_;
    StopCheck is_stopping_;
    observe::Logger log_;
    RestoreWait restore_wait_;
    Instant began_{};
};

}  // namespace followd::engine
