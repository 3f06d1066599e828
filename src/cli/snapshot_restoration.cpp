#include "cli/snapshot_restoration.hpp"

#include "engine/long_work.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace followd::cli {

namespace {

// A shard waits for others to be restored, or for a node: an obstacle is believed when it stays.
constexpr Duration obstacle_max = std::chrono::seconds{20};
constexpr Duration ask_again = std::chrono::seconds{1};

Failure told_to_stop(std::string what) {
    return Failure{FailureKind::cancelled, "told to stop: " + std::move(what), {}};
}

/// Of a restore that goes on where nobody waits for it any more.
Failure going_on(Failure failure) {
    failure.what +=
        ". The cluster goes on with the restore by itself: GET _cat/recovery shows it, "
        "and whoever deletes its indices ends it";
    return failure;
}

/// The restore itself failed, and not just the question how far it is.
bool has_failed(FailureKind kind) {
    return kind == FailureKind::refused || kind == FailureKind::not_found;
}

std::string list_of(const std::vector<es::CreatedIndex>& created) {
    std::string text;
    for (const es::CreatedIndex& index : created) {
        text += (text.empty() ? "" : ", ") + index.name.value();
    }
    return text;
}

}  // namespace

SnapshotRestoration::SnapshotRestoration(es::PlainSnapshots& snapshots,
                                         es::PlainRestore& restore,
                                         engine::Release target,
                                         engine::Timers& timers,
                                         std::function<void(const engine::TransferProgress&)> show)
    : snapshots_(snapshots),
      restore_(restore),
      target_(std::move(target)),
      timers_(timers),
      show_(std::move(show)) {}

void SnapshotRestoration::stop() {
    is_stopping_ = true;
    timers_.wake_all();
}

Task<Result<RestoredIndices>> SnapshotRestoration::run(RestoreOrder order) {
    es::PlainRestoreRequest request{order.snapshot, {}, order.rename, order.tag};
    const Result<std::vector<es::RestoredName>> names = co_await check(std::move(order));
    if (!names.ok()) {
        co_return names.failure();
    }
    request.names = *names;
    if (is_stopping_) {
        co_return told_to_stop("nothing was restored");
    }
    const Result<std::vector<es::CreatedIndex>> created =
        co_await restore_.begin(std::move(request));
    if (!created.ok()) {
        Failure failure = created.failure();
        failure.what += failure.kind == FailureKind::refused ? source_text_ : "";
        co_return failure;
    }
    is_waiting_ = true;
    const Result<engine::TransferProgress> ended = co_await await_end(*created);
    is_waiting_ = false;
    if (ended.ok()) {
        co_return RestoredIndices{*names, *created, *ended};
    }
    if (!has_failed(ended.failure().kind)) {
        co_return snapshots_.told(going_on(ended.failure()));
    }
    const Failure failure = co_await undo(*created, ended.failure());
    co_return failure;
}

Task<Result<std::vector<es::RestoredName>>> SnapshotRestoration::check(RestoreOrder order) {
    const Result<void> prepared = co_await snapshots_.prepare();
    if (!prepared.ok()) {
        co_return prepared.failure();
    }
    const Result<std::optional<es::StoredSnapshot>> found =
        co_await snapshots_.find(order.snapshot);
    if (!found.ok()) {
        co_return found.failure();
    }
    if (!found->has_value()) {
        const Failure missing = co_await snapshots_.missing(order.snapshot);
        co_return missing;
    }
    const es::StoredSnapshot& snapshot = **found;
    source_text_ = " (taken by version " + snapshot.version + ", restored by " + target_.text + ")";
    const Result<void> judged = es::judge_restorable(snapshot, target_);
    if (!judged.ok()) {
        co_return snapshots_.told(judged.failure());
    }
    Result<std::vector<es::RestoredName>> names =
        es::select_indices(snapshot, order.patterns, order.rename);
    if (!names.ok()) {
        co_return snapshots_.told(std::move(names).failure());
    }
    const Result<void> is_free = co_await restore_.check_free(*names);
    if (!is_free.ok()) {
        co_return is_free.failure();
    }
    co_return names;
}

Task<Result<engine::TransferProgress>> SnapshotRestoration::await_end(
    std::vector<es::CreatedIndex> created) {
    const Instant began = timers_.now();
    std::optional<Instant> obstructed_since;
    engine::Patience patience;
    while (!is_stopping_) {
        const Result<es::WatchedRestore> restore = co_await restore_.read(created);
        const Instant now = timers_.now();
        if (!restore.ok() && is_stopping_) {
            break;
        }
        if (!restore.ok() && patience.endures(restore.failure(), now)) {
            co_await timers_.sleep_until(now + ask_again);
            continue;
        }
        if (!restore.ok()) {
            co_return restore.failure();
        }
        patience.answered();
        const engine::RestoreProgress& progress = restore->progress;
        if (progress.is_done) {
            co_return progress.transfer;
        }
        show_(progress.transfer);
        obstructed_since = progress.obstacle.empty()
                               ? std::nullopt
                               : std::optional{obstructed_since.value_or(now)};
        const bool is_hopeless = obstructed_since && now - *obstructed_since > obstacle_max;
        if (restore->has_failed || is_hopeless) {
            co_return snapshots_.told(Failure{
                FailureKind::refused, "the snapshot cannot be restored: " + progress.obstacle, {}});
        }
        co_await timers_.sleep_until(now + engine::progress_pause(now - began));
    }
    co_return told_to_stop("nobody waits for the restore any more");
}

Task<Failure> SnapshotRestoration::undo(std::vector<es::CreatedIndex> created, Failure failure) {
    const std::string list = list_of(created);
    const Result<void> discarded = co_await restore_.discard(std::move(created));
    failure.what += discarded.ok() ? ". What was restored of it was deleted again"
                                   : ". What was restored of it could not be deleted again (" +
                                         discarded.failure().what + "): delete " + list;
    co_return failure;
}

}  // namespace followd::cli
