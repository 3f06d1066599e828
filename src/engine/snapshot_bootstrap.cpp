#include "engine/snapshot_bootstrap.hpp"

#include "followd/base/assert.hpp"
#include "followd/core/origin_line.hpp"

#include <chrono>
#include <utility>

namespace followd::engine {

namespace {

// The leader's primaries may change during a snapshot, or a shard be away for its time: not so
// often in a row.
constexpr int attempts_max = 3;
// Of an index that takes no writes any more G may stay below the snapshot's last operation for as
// long as a replica is away.
constexpr Duration confirm_max = std::chrono::minutes{10};

Failure cancelled() {
    return Failure{FailureKind::cancelled, "told to stop", {}};
}

bool is_for_good(FailureKind kind) {
    return kind == FailureKind::refused || kind == FailureKind::conflict ||
           kind == FailureKind::unauthorised || kind == FailureKind::not_found ||
           kind == FailureKind::too_large;
}

/// Copying goes on above every version that was restored.
Result<core::Turn> turn_of(const LeaderIndex& leader, const RestoredIndex& restored) {
    if (!restored.version_highest) {
        return Failure{FailureKind::refused,
                       "the follower's cluster cannot tell the highest version that was restored, "
                       "above which it is to be written on",
                       {}};
    }
    std::optional<core::Turn> turn =
        core::restored(core::Restoration{leader.uuid, restored.points, *restored.version_highest});
    if (!turn) {
        return Failure{FailureKind::refused,
                       "the leader's documents have versions of its clients' own near 2^52, above "
                       "which nothing can be written",
                       {}};
    }
    return *std::move(turn);
}

// It says nothing of the snapshot.
bool is_of_the_moment(FailureKind kind) {
    return kind == FailureKind::unreachable || kind == FailureKind::timeout ||
           kind == FailureKind::throttled;
}

}  // namespace

SnapshotBootstrap::SnapshotBootstrap(SnapshotPorts snapshots,
                                     LeaderCluster& leader,
                                     ShardFactory& shards,
                                     CheckpointStore& store,
                                     Timers& timers,
                                     observe::Logger log)
    : snapshots_(std::move(snapshots)),
      store_(store),
      timers_(timers),
      log_(std::move(log)),
      points_(
          snapshots_.repository.leader, leader, shards, timers, [this] { return is_stopping_; }),
      restore_wait_(snapshots_.target, timers, [this] { return is_stopping_; }, log_) {}

std::string_view to_string(BootstrapStep step) noexcept {
    switch (step) {
        case BootstrapStep::waiting:
            return "waiting";
        case BootstrapStep::snapshot:
            return "snapshot";
        case BootstrapStep::restore:
            return "restore";
        case BootstrapStep::confirmation:
            return "confirmation";
    }
    FOLLOWD_ASSERT(false);
    return {};
}

Task<Result<bool>> SnapshotBootstrap::is_needed(IndexName follower) {
    const Result<Standing> standing = co_await snapshots_.target.look(std::move(follower));
    if (!standing.ok()) {
        co_return standing.failure();
    }
    co_return !standing->exists || (!standing->snapshot.empty() && !standing->is_marked);
}

Task<Result<SnapshotOutcome>> SnapshotBootstrap::run(FollowerRequest request) {
    const IndexName name = request.follower_index;
    Result<Standing> standing = co_await snapshots_.target.look(name);
    if (!standing.ok()) {
        co_return std::move(standing).failure();
    }
    if (standing->exists && (standing->snapshot.empty() || standing->is_marked)) {
        co_return SnapshotOutcome::not_needed;
    }
    if (standing->exists && !snapshots_.taker.is_ours(standing->snapshot)) {
        co_return Failure{FailureKind::unavailable,
                          "another followd makes this index from its snapshot " +
                              standing->snapshot +
                              " now. If none does any more, delete the index: it was never "
                              "completed",
                          request.rule.follower.value() + "/" + name.value()};
    }
    Result<SnapshotOutcome> outcome = Failure{FailureKind::cancelled, {}, {}};
    if (standing->exists) {
        std::string snapshot = standing->snapshot;
        outcome = co_await go_on(std::move(request), std::move(snapshot));
    } else {
        outcome = co_await begin(std::move(request));
    }
    status_.reset();
    co_return outcome;
}

Task<Result<SnapshotOutcome>> SnapshotBootstrap::begin(FollowerRequest request) {
    const Result<void> prepared = co_await prepare(request);
    if (!prepared.ok()) {
        co_return judged(prepared.failure());
    }
    Result<Start> start = co_await read_start(request.leader.index);
    if (!start.ok()) {
        co_return judged(std::move(start).failure());
    }
    if (is_stopping_) {
        co_return cancelled();
    }
    show(BootstrapStep::waiting);
    const IndexName index = request.leader.index.name;
    Result<SnapshotTaker::Lease> lease = co_await snapshots_.taker.take(index, &*status_);
    if (!lease.ok()) {
        co_return judged(std::move(lease).failure());
    }
    lease_ = std::move(lease).value();
    // What stands there later may be of an earlier request that was given up.
    for (Checkpoint& shard : *start) {
        shard.follower.uuid = IndexUuid{lease_.snapshot()};
    }
    Result<void> saved = co_await save_start(request, *start);
    if (!saved.ok()) {
        co_return std::move(saved).failure();
    }
    if (is_stopping_) {
        co_return cancelled();
    }
    RestoreRequest restore{snapshots_.repository, lease_.snapshot(), request};
    const Result<void> begun = co_await snapshots_.target.begin_restore(std::move(restore));
    if (!begun.ok() && begun.failure().kind == FailureKind::conflict) {
        // It came between: the next look tells what it is.
        co_return Failure{FailureKind::unavailable, begun.failure().what, begun.failure().where};
    }
    if (!begun.ok() && is_of_the_moment(begun.failure().kind)) {
        co_return begun.failure();  // it may have begun
    }
    if (!begun.ok()) {
        lease_ = {};
        co_return judged(begun.failure());
    }
    const std::string snapshot = lease_.snapshot();
    Result<SnapshotOutcome> outcome =
        co_await finish(std::move(request), snapshot, std::move(start).value());
    co_return outcome;
}

Task<Result<SnapshotOutcome>> SnapshotBootstrap::go_on(FollowerRequest request,
                                                       std::string snapshot) {
    lease_ = snapshots_.taker.hold(snapshot);
    Result<Start> start = co_await load_start(request);
    if (!start.ok() && start.failure().kind != FailureKind::not_found) {
        co_return std::move(start).failure();
    }
    if (!start.ok()) {
        Result<SnapshotOutcome> outcome = co_await give_up(
            request.follower_index,
            snapshot,
            Failure{FailureKind::unavailable,
                    "the checkpoints of the snapshot " + snapshot +
                        " are lost: what came of it was removed, and a new one is taken",
                    {}});
        co_return outcome;
    }
    const Result<void> readable = co_await snapshots_.target.prepare_to_read(snapshots_.repository);
    if (!readable.ok()) {
        co_return readable.failure();
    }
    log_.info("restore goes on", observe::field("snapshot", snapshot));
    Result<SnapshotOutcome> outcome =
        co_await finish(std::move(request), std::move(snapshot), std::move(start).value());
    co_return outcome;
}

Task<Result<void>> SnapshotBootstrap::prepare(FollowerRequest request) {
    Result<Release> leader = co_await snapshots_.source.read_release();
    if (!leader.ok()) {
        co_return std::move(leader).failure();
    }
    Result<Release> follower = co_await snapshots_.target.read_release();
    if (!follower.ok()) {
        co_return std::move(follower).failure();
    }
    const std::string why_not =
        snapshots_.target.why_not_restorable(*leader, *follower, request.leader);
    if (!why_not.empty()) {
        co_return Failure{FailureKind::refused, why_not, {}};
    }
    Result<void> readable = co_await snapshots_.target.prepare_to_read(snapshots_.repository);
    co_return readable;
}

Task<Result<SnapshotBootstrap::Start>> SnapshotBootstrap::read_start(LeaderIndex index) {
    const Result<std::vector<ShardStart>> read = co_await points_.read_start(std::move(index));
    if (!read.ok()) {
        co_return read.failure();
    }
    Start start(read->size());
    for (std::size_t shard = 0; shard < start.size(); ++shard) {
        start[shard].history = (*read)[shard].history;
        start[shard].term = (*read)[shard].term;
        start[shard].applied_through = (*read)[shard].global_checkpoint;
    }
    co_return start;
}

ShardKey SnapshotBootstrap::key_of(const FollowerRequest& request, std::size_t shard) const {
    return ShardKey{request.rule.leader,
                    request.leader.index.uuid,
                    request.rule.follower,
                    request.follower_index,
                    static_cast<int>(shard)};
}

Task<Result<void>> SnapshotBootstrap::save_start(FollowerRequest request, Start start) {
    for (std::size_t shard = 0; shard < start.size(); ++shard) {
        Result<void> saved = co_await store_.save(key_of(request, shard), start[shard]);
        if (!saved.ok()) {
            co_return saved;
        }
    }
    co_return Result<void>{};
}

Task<Result<SnapshotBootstrap::Start>> SnapshotBootstrap::load_start(FollowerRequest request) {
    Start start;
    for (std::size_t shard = 0; std::cmp_less(shard, request.leader.index.shards); ++shard) {
        const Result<std::optional<Checkpoint>> stored =
            co_await store_.load(key_of(request, shard));
        if (!stored.ok()) {
            co_return stored.failure();
        }
        const std::optional<Checkpoint>& checkpoint = *stored;
        if (!checkpoint) {
            co_return Failure{FailureKind::not_found, "not every shard has a checkpoint", {}};
        }
        start.push_back(*checkpoint);
    }
    co_return start;
}

bool SnapshotBootstrap::is_start_of(const Start& start,
                                    const std::string& snapshot,
                                    const RestoredIndex& restored) {
    for (std::size_t shard = 0; shard < start.size(); ++shard) {
        const IndexUuid& of = start[shard].follower.uuid;
        if (of != IndexUuid{snapshot} && of != restored.shards[shard].uuid) {
            return false;
        }
    }
    return true;
}

Task<Result<void>> SnapshotBootstrap::await_restore(IndexName follower) {
    show(BootstrapStep::restore);
    Result<void> restored = co_await restore_wait_.run(std::move(follower), &status_->transfer);
    co_return restored;
}

Task<Result<void>> SnapshotBootstrap::await_confirmation(LeaderIndex index,
                                                         Start start,
                                                         std::vector<SeqNo> points) {
    std::vector<ShardStart> before;
    for (const Checkpoint& shard : start) {
        before.push_back({shard.history, shard.term, shard.applied_through});
    }
    show(BootstrapStep::confirmation, status_->transfer);
    const Instant latest = timers_.now() + confirm_max;
    Result<void> confirmed = co_await points_.await_confirmation(
        std::move(index), std::move(before), std::move(points), latest);
    co_return confirmed;
}

Task<Result<SnapshotOutcome>> SnapshotBootstrap::finish(FollowerRequest request,
                                                        std::string snapshot,
                                                        Start start) {
    const IndexName name = request.follower_index;
    Result<void> done = co_await await_restore(name);
    Result<RestoredIndex> restored = RestoredIndex{};
    if (done.ok()) {
        restored = co_await snapshots_.target.read_restored(name);
        done = restored.ok() ? Result<void>{} : Result<void>{restored.failure()};
    }
    if (done.ok() && restored->points.size() != start.size()) {
        done = Failure{FailureKind::unavailable, "the restored index shows other shards", {}};
    }
    if (done.ok() && !is_start_of(start, snapshot, *restored)) {
        done = Failure{FailureKind::unavailable,
                       "the stored checkpoints are not of the snapshot " + snapshot,
                       {}};
    }
    if (done.ok()) {
        done = co_await await_confirmation(request.leader.index, start, restored->points);
    }
    Result<core::Turn> begun = core::Turn{};
    if (done.ok()) {
        begun = turn_of(request.leader.index, *restored);
        done = begun.ok() ? Result<void>{} : Result<void>{begun.failure()};
    }
    if (!done.ok()) {
        Result<SnapshotOutcome> outcome =
            co_await give_up(name, std::move(snapshot), std::move(done).failure());
        co_return outcome;
    }
    std::vector<HistoryUuid> histories;
    for (std::size_t shard = 0; shard < start.size(); ++shard) {
        start[shard].base = base_of_generation(begun->generation);
        start[shard].follower = restored->shards[shard];
        histories.push_back(start[shard].history);
    }
    // Before the mark: with it a restart would not come here again.
    Result<void> saved = co_await save_start(request, std::move(start));
    if (!saved.ok()) {
        co_return std::move(saved).failure();
    }
    const Result<void> marked = co_await snapshots_.target.mark_restored(
        std::move(request), std::move(begun).value(), std::move(histories));
    if (!marked.ok()) {
        co_return marked.failure();
    }
    lease_ = {};
    co_return SnapshotOutcome::done;
}

Task<Result<SnapshotOutcome>> SnapshotBootstrap::give_up(IndexName follower,
                                                         std::string snapshot,
                                                         Failure failure) {
    if (failure.kind == FailureKind::cancelled || is_of_the_moment(failure.kind)) {
        co_return failure;  // a restore goes on by itself
    }
    log_.warn("restore is given up",
              observe::field("snapshot", snapshot),
              observe::field("error", failure.what));
    const Result<void> discarded =
        co_await snapshots_.target.discard(std::move(follower), std::move(snapshot));
    if (!discarded.ok()) {
        co_return discarded.failure();
    }
    lease_ = {};
    co_return judged(std::move(failure));
}

Result<SnapshotOutcome> SnapshotBootstrap::judged(Failure failure) {
    if (is_stopping_ || failure.kind == FailureKind::cancelled) {
        return failure;
    }
    const bool counts = !is_of_the_moment(failure.kind);
    attempts_ += counts ? 1 : 0;
    const bool is_hopeless = counts && attempts_ >= attempts_max;
    if (!is_for_good(failure.kind) && !is_hopeless) {
        return failure;
    }
    why_not_ = failure.where.empty() ? failure.what : failure.what + " (" + failure.where + ")";
    return SnapshotOutcome::impossible;
}

void SnapshotBootstrap::show(BootstrapStep step, TransferProgress transfer) {
    if (!status_) {
        status_.emplace();
    }
    status_->step = step;
    status_->transfer = transfer;
}

}  // namespace followd::engine
