#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include "engine/ports.hpp"
#include "engine/snapshot_ports.hpp"
#include "engine/task.hpp"
#include "es/plain_snapshots.hpp"

#include <functional>
#include <string>
#include <vector>

/// Takes a snapshot that a person asked for, from the question whether that can be to its end.

namespace followd::cli {

struct NewSnapshot {
    std::string name;  ///< a possible one, and no daemon's
    /// Names and patterns of the cluster's indices; at least one.
    std::vector<std::string> patterns;
};

struct TakenSnapshot {
    std::vector<IndexName> indices;
    engine::TransferProgress written;  ///< what other snapshots had is not written again
};

class SnapshotCreation {
public:
    /// All referred to outlives it. `show` is told how far it is.
    SnapshotCreation(es::PlainSnapshots& snapshots,
                     engine::SnapshotSource& source,
                     engine::RuleRepository repository,
                     engine::Timers& timers,
                     std::function<void(const engine::TransferProgress&)> show);

    /// Returns when the snapshot is whole. Failures: `conflict` where there is one of that name;
    /// `refused` where it ended without being whole, and stands there; `cancelled` after stop(),
    /// while the cluster goes on with it; what a request failed with.
    [[nodiscard]] Task<Result<TakenSnapshot>> run(NewSnapshot snapshot);
    /// Whether there is nothing to lose by ending the request that is under way.
    [[nodiscard]] bool is_waiting() const { return is_waiting_; }
    void stop();

private:
    [[nodiscard]] Task<Result<std::vector<IndexName>>> begin(NewSnapshot snapshot);
    [[nodiscard]] Task<Result<void>> await_end(std::string name);
    /// What ends the waiting for one that goes on.
    [[nodiscard]] Failure going_on(Failure failure, const std::string& name) const;
    [[nodiscard]] Failure not_whole(const engine::SnapshotProgress& progress,
                                    const std::string& name) const;

    es::PlainSnapshots& snapshots_;
    engine::SnapshotSource& source_;
    engine::RuleRepository repository_;
    engine::Timers& timers_;
    std::function<void(const engine::TransferProgress&)> show_;
    bool is_stopping_ = false;
    bool is_waiting_ = false;
};

}  // namespace followd::cli
