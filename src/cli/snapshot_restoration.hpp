#pragma once

#include "followd/base/result.hpp"

#include "engine/ports.hpp"
#include "engine/snapshot_ports.hpp"
#include "engine/task.hpp"
#include "es/plain_restore.hpp"
#include "es/plain_snapshots.hpp"

#include <functional>
#include <string>
#include <vector>

/// Restores what a person asked for, from the question whether that can be to its end.

namespace followd::cli {

struct RestoreOrder {
    std::string snapshot;
    std::vector<std::string> patterns;  ///< of the snapshot's indices; none: all
    std::string rename;
    std::string tag;  ///< by chance (es::PlainRestoreRequest)
};

struct RestoredIndices {
    std::vector<es::RestoredName> names;
    std::vector<es::CreatedIndex> created;  ///< those, by the copy's name
    engine::TransferProgress transfer;
};

/// Invariant: the indices of a restore that failed are deleted again, and nobody else's ever are.
class SnapshotRestoration {
public:
    /// Both are of the cluster that restores, which `target` describes; they and the timers outlive
    /// it. `show` is told how far it is.
    SnapshotRestoration(es::PlainSnapshots& snapshots,
                        es::PlainRestore& restore,
                        engine::Release target,
                        engine::Timers& timers,
                        std::function<void(const engine::TransferProgress&)> show);

    /// Returns when everything is restored. Failures: `not_found` where the snapshot is not there
    /// or has no such index; `conflict` where something has the name of a copy; `refused` where it
    /// can never be restored there; `cancelled` after stop(), while the cluster goes on with it;
    /// what a request failed with.
    [[nodiscard]] Task<Result<RestoredIndices>> run(RestoreOrder order);
    /// Whether there is nothing to lose by ending the request that is under way.
    [[nodiscard]] bool is_waiting() const { return is_waiting_; }
    void stop();

private:
    /// Asks for everything that is wrong before anything is changed.
    [[nodiscard]] Task<Result<std::vector<es::RestoredName>>> check(RestoreOrder order);
    [[nodiscard]] Task<Result<engine::TransferProgress>> await_end(
        std::vector<es::CreatedIndex> created);
    [[nodiscard]] Task<Failure> undo(std::vector<es::CreatedIndex> created, Failure failure);

    es::PlainSnapshots& snapshots_;
    es::PlainRestore& restore_;
    engine::Release target_;
    engine::Timers& timers_;
    std::function<void(const engine::TransferProgress&)> show_;
    std::string source_text_;  // what took the snapshot
    bool is_stopping_ = false;
    bool is_waiting_ = false;
};

}  // namespace followd::cli
