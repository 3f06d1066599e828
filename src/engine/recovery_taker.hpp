#pragma once

#include "followd/base/result.hpp"
#include "followd/model/follow_rule.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/seq_no.hpp"

#include "engine/bootstrap_status.hpp"
#include "engine/index_ports.hpp"
#include "engine/leader_points.hpp"
#include "engine/long_work.hpp"
#include "engine/recovery_ports.hpp"
#include "engine/recovery_snapshots.hpp"
#include "engine/task.hpp"
#include "observe/log.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// Takes one snapshot of many indices of a leader, and learns what their generations are to be
/// like.
///
/// Invariants:
/// - nothing of an index that run() tells of can be rolled back: its leader's global checkpoints
///   have reached everything that the snapshot can hold, in the terms and histories of before;
/// - no run has the moment of one before, or an earlier one: names sort like what they hold.

namespace followd::engine {

/// One index of a snapshot.
struct RecoveryItem {
    IndexDefinition leader;
    std::vector<ShardStart> start;      ///< before the snapshot
    std::vector<SeqNo> through;         ///< max_seq_no by shard, after it
    std::int64_t documents_before = 0;  ///< counted after `start` was read
};

struct RecoveryRun {
    std::string snapshot;  ///< empty where no index could be taken
    WallTime as_of;
    std::map<IndexName, RecoveryItem> items;
    std::map<IndexName, Failure> failed;  ///< those that this snapshot does not recover
};

class RecoveryTaker {
public:
    /// All referred to outlives it.
    RecoveryTaker(const RecoveryPorts& ports,
                  RecoverySnapshots& snapshots,
                  StopCheck is_stopping,
                  observe::Logger log);

    /// `newest`: of the generations there are. A Failure is one of the run as a whole. `status`
    /// must live until it returns.
    [[nodiscard]] Task<Result<RecoveryRun>> run(std::vector<IndexName> indices,
                                                std::optional<WallTime> newest,
                                                BootstrapStatus* status);

private:
    [[nodiscard]] Task<Result<void>> prepare();
    [[nodiscard]] Task<Result<WallTime>> choose_moment(std::optional<WallTime> newest);
    [[nodiscard]] Task<Result<void>> read_items(std::vector<IndexName> indices, RecoveryRun* run);
    [[nodiscard]] Task<Result<RecoveryItem>> read_item(IndexName index);
    [[nodiscard]] Task<Result<void>> take(RecoveryRun* run, BootstrapStatus* status);
    [[nodiscard]] Task<Result<void>> confirm(RecoveryRun* run);
    [[nodiscard]] Task<Result<std::vector<SeqNo>>> confirm_item(RecoveryItem item, Instant latest);

    const RecoveryPorts& ports_;
    RecoverySnapshots& snapshots_;
    StopCheck is_stopping_;
    observe::Logger log_;
    LeaderPoints points_;
    Release leader_;
    Release follower_;
};

}  // namespace followd::engine
