#pragma once

#include "followd/base/result.hpp"
#include "followd/model/checkpoint.hpp"

#include "engine/ports.hpp"
#include "store/state_thread.hpp"

#include <memory>
#include <optional>
#include <string>

/// Checkpoints in a SQLite file (docs/CHECKPOINT_FORMAT.md).

namespace followd::store {

/// The real CheckpointStore. Calls may come from any executor's coroutines and resume there. An
/// answer to save() or forget() means that the disk has it; a Failure (`storage`) means that the
/// file holds what it held before, and the call may be made again. A call cannot be cancelled: it
/// takes as long as the disk does. After close() calls answer `cancelled`.
///
/// Destroy it after the coroutines that use it ended, and before their io_context.
class SqliteCheckpointStore final : public engine::CheckpointStore {
public:
    /// Opens or creates the file and starts its thread; blocks, for the start of the daemon.
    [[nodiscard]] static Result<std::unique_ptr<SqliteCheckpointStore>> open(
        const std::string& path);

    [[nodiscard]] Task<Result<std::optional<Checkpoint>>> load(ShardKey key) override;
    [[nodiscard]] Task<Result<void>> save(ShardKey key, Checkpoint checkpoint) override;
    [[nodiscard]] Task<Result<void>> forget(ShardKey any_shard) override;

    /// See StateFile.
    [[nodiscard]] const std::string& daemon_id() const { return daemon_id_; }
    /// For the other stores of the same file; they end before this one.
    [[nodiscard]] StateThread& thread() { return thread_; }

    /// Stores what is queued and lets go of the file; blocks while it does.
    void close() { thread_.close(); }

private:
    explicit SqliteCheckpointStore(StateFile file)
        : daemon_id_(file.daemon_id()), thread_(std::move(file)) {}

    std::string daemon_id_;
    StateThread thread_;
};

}  // namespace followd::store
