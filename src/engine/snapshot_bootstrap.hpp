#pragma once

#include "followd/core/retry.hpp"
#include "followd/model/checkpoint.hpp"

#include "engine/follower_status.hpp"
#include "engine/index_ports.hpp"
#include "engine/leader_points.hpp"
#include "engine/ports.hpp"
#include "engine/snapshot_ports.hpp"
#include "engine/snapshot_taker.hpp"
#include "engine/snapshot_wait.hpp"
#include "engine/task.hpp"
#include "observe/log.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Makes one follower index from a snapshot of its leader (design.md sections 6 and 7).
///
/// Invariants:
/// - the checkpoint from which the tail goes on is a G that was read before the snapshot began,
/// with
///   the term and the history of that moment; it is stored, with the snapshot's name, before the
///   restore begins;
/// - the index is marked, and so can be written to, only after the leader's G has reached, in that
///   term and history, every operation that the snapshot brought: none of them is rolled back;
/// - until then it is nobody's follower, takes no writes, and may be thrown away at any moment;
/// what
///   was interrupted goes on where the stored checkpoints are of that very snapshot, or begins
///   again.

namespace followd::engine {

/// Both sides of a rule's snapshots. All of it outlives whoever uses it.
struct SnapshotPorts {
    SnapshotTaker& taker;
    SnapshotSource& source;
    SnapshotTarget& target;
    RuleRepository repository;
};

enum class SnapshotOutcome {
    done,        ///< the follower index stands, marked, with its checkpoints
    not_needed,  ///< something stands under its name already
    impossible,  ///< why_not() says what kept it from being; nothing was left behind
};

class SnapshotBootstrap final {
public:
    SnapshotBootstrap(SnapshotPorts snapshots,
                      LeaderCluster& leader,
                      ShardFactory& shards,
                      CheckpointStore& store,
                      Timers& timers,
                      observe::Logger log);

    /// Whether run() would do anything about that index.
    [[nodiscard]] Task<Result<bool>> is_needed(IndexName follower);
    /// A Failure is worth another attempt.
    [[nodiscard]] Task<Result<SnapshotOutcome>> run(FollowerRequest request);
    /// run() returns soon, `cancelled`; a restore under way goes on by itself.
    void stop() { is_stopping_ = true; }
    [[nodiscard]] const std::string& why_not() const { return why_not_; }
    /// While run() is under way.
    [[nodiscard]] const std::optional<BootstrapStatus>& status() const { return status_; }

private:
    /// What the leader was when its snapshot had not begun yet, by shard.
    using Start = std::vector<Checkpoint>;

    [[nodiscard]] Task<Result<SnapshotOutcome>> begin(FollowerRequest request);
    [[nodiscard]] Task<Result<SnapshotOutcome>> go_on(FollowerRequest request,
                                                      std::string snapshot);
    [[nodiscard]] Task<Result<SnapshotOutcome>> finish(FollowerRequest request,
                                                       std::string snapshot,
                                                       Start start);
    [[nodiscard]] Task<Result<void>> prepare(FollowerRequest request);
    [[nodiscard]] Task<Result<Start>> read_start(LeaderIndex index);
    [[nodiscard]] Task<Result<Start>> load_start(FollowerRequest request);
    [[nodiscard]] Task<Result<void>> save_start(FollowerRequest request, Start start);
    /// Whether it was read before that very snapshot: it names the snapshot until it is known what
    /// index came of it.
    [[nodiscard]] static bool is_start_of(const Start& start,
                                          const std::string& snapshot,
                                          const RestoredIndex& restored);
    [[nodiscard]] Task<Result<void>> await_restore(IndexName follower);
    [[nodiscard]] Task<Result<void>> await_confirmation(LeaderIndex index,
                                                        Start start,
                                                        std::vector<SeqNo> points);
    /// Throws the index away, then tells the failure, or that it cannot be.
    [[nodiscard]] Task<Result<SnapshotOutcome>> give_up(IndexName follower,
                                                        std::string snapshot,
                                                        Failure failure);
    [[nodiscard]] Result<SnapshotOutcome> judged(Failure failure);
    [[nodiscard]] ShardKey key_of(const FollowerRequest& request, std::size_t shard) const;
    void show(BootstrapStep step, TransferProgress transfer = {});

    SnapshotPorts snapshots_;
    CheckpointStore& store_;
    Timers& timers_;
    observe::Logger log_;
    LeaderPoints points_;
    RestoreWait restore_wait_;
    SnapshotTaker::Lease lease_;  // until nothing is made from it any more
    std::optional<BootstrapStatus> status_;
    std::string why_not_;
    int attempts_ = 0;
    bool is_stopping_ = false;
};

}  // namespace followd::engine
