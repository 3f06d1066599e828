#include "engine/snapshot_wait.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace followd::engine {

namespace {

constexpr Duration ask_again = std::chrono::seconds{1};
// A shard waits for others to be restored, or for a node: an obstacle is believed when it stays.
constexpr Duration obstacle_max = std::chrono::seconds{20};

Failure cancelled() {
    return Failure{FailureKind::cancelled, "told to stop", {}};
}

}  // namespace

SnapshotWait::SnapshotWait(SnapshotSource& source,
                           RuleRepository repository,
                           Timers& timers,
                           StopCheck is_stopping,
                           observe::Logger log)
    : source_(source),
      repository_(std::move(repository)),
      timers_(timers),
      is_stopping_(std::move(is_stopping)),
      log_(std::move(log)) {}

Task<Result<void>> SnapshotWait::run(std::string snapshot, TransferProgress* progress) {
    const Instant began = timers_.now();
    Patience patience;
    while (!is_stopping_()) {
        Result<SnapshotProgress> read = co_await source_.read_snapshot(repository_, snapshot);
        const Instant now = timers_.now();
        if (!read.ok() && patience.endures(read.failure(), now)) {
            co_await timers_.sleep_until(now + ask_again);
            continue;
        }
        if (!read.ok()) {
            co_return std::move(read).failure();
        }
        patience.answered();
        *progress = read->transfer;
        switch (read->state) {
            case SnapshotState::in_progress:
                break;
            case SnapshotState::success:
                log_.info("snapshot taken",
                          observe::field("snapshot", snapshot),
                          observe::field("took", now - began));
                co_return Result<void>{};
            case SnapshotState::partial:
            case SnapshotState::failed:
                co_return Failure{FailureKind::unavailable,
                                  "the snapshot " + snapshot + " is not whole: " + read->reason,
                                  "cluster " + repository_.leader.value()};
        }
        co_await timers_.sleep_until(now + progress_pause(now - began));
    }
    co_return cancelled();
}

RestoreWait::RestoreWait(SnapshotTarget& target,
                         Timers& timers,
                         StopCheck is_stopping,
                         observe::Logger log)
    : target_(target),
      timers_(timers),
      is_stopping_(std::move(is_stopping)),
      log_(std::move(log)) {}

Task<Result<void>> RestoreWait::run(IndexName index, TransferProgress* progress) {
    const Instant began = timers_.now();
    std::optional<Instant> obstructed_since;
    Patience patience;
    while (!is_stopping_()) {
        const Result<RestoreProgress> read = co_await target_.read_restore(index);
        const Instant now = timers_.now();
        if (!read.ok() && patience.endures(read.failure(), now)) {
            co_await timers_.sleep_until(now + ask_again);
            continue;
        }
        if (!read.ok()) {
            co_return read.failure();
        }
        patience.answered();
        *progress = read->transfer;
        if (read->is_done) {
            log_.info("snapshot restored",
                      observe::field("bytes", read->transfer.bytes),
                      observe::field("took", now - began));
            co_return Result<void>{};
        }
        if (read->obstacle.empty()) {
            obstructed_since.reset();
        } else if (now - obstructed_since.value_or(now) > obstacle_max) {
            co_return Failure{
                FailureKind::refused, "the snapshot cannot be restored: " + read->obstacle, {}};
        } else {
            obstructed_since = obstructed_since.value_or(now);
        }
        co_await timers_.sleep_until(now + progress_pause(now - began));
    }
    co_return cancelled();
}

}  // namespace followd::engine
