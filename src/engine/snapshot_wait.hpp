#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include "engine/bootstrap_status.hpp"
#include "engine/long_work.hpp"
#include "engine/ports.hpp"
#include "engine/snapshot_ports.hpp"
#include "engine/task.hpp"
#include "observe/log.hpp"

#include <string>

/// Waiting for what clusters do by themselves: a leader's for a snapshot, a follower's for a
/// restore.

namespace followd::engine {

/// All referred to outlives it.
class SnapshotWait {
public:
    SnapshotWait(SnapshotSource& source,
                 RuleRepository repository,
                 Timers& timers,
                 StopCheck is_stopping,
                 observe::Logger log);

    /// Until it is whole; `unavailable` where it ends as something else. `progress` is written to
    /// until it returns, and must live so long.
    [[nodiscard]] Task<Result<void>> run(std::string snapshot, TransferProgress* progress);

private:
    SnapshotSource& source_;
    RuleRepository repository_;
    Timers& timers_;
    StopCheck is_stopping_;
    observe::Logger log_;
};

/// All referred to outlives it.
class RestoreWait {
public:
    RestoreWait(SnapshotTarget& target, Timers& timers, StopCheck is_stopping, observe::Logger log);

    /// Until every primary is started; `refused` where something stands in their way for a while.
    /// `progress` as above.
    [[nodiscard]] Task<Result<void>> run(IndexName index, TransferProgress* progress);

private:
    SnapshotTarget& target_;
    Timers& timers_;
    StopCheck is_stopping_;
    observe::Logger log_;
};

}  // namespace followd::engine
