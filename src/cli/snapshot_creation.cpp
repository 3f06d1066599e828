#include "cli/snapshot_creation.hpp"

#include "followd/base/assert.hpp"

#include "engine/long_work.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace followd::cli {

namespace {

constexpr Duration ask_again = std::chrono::seconds{1};

Failure told_to_stop(std::string what) {
    return Failure{FailureKind::cancelled, "told to stop: " + std::move(what), {}};
}

}  // namespace

SnapshotCreation::SnapshotCreation(es::PlainSnapshots& snapshots,
                                   engine::SnapshotSource& source,
                                   engine::RuleRepository repository,
                                   engine::Timers& timers,
                                   std::function<void(const engine::TransferProgress&)> show)
    : snapshots_(snapshots),
      source_(source),
      repository_(std::move(repository)),
      timers_(timers),
      show_(std::move(show)) {}

void SnapshotCreation::stop() {
    is_stopping_ = true;
    timers_.wake_all();
}

Task<Result<TakenSnapshot>> SnapshotCreation::run(NewSnapshot snapshot) {
    const std::string name = snapshot.name;
    Result<std::vector<IndexName>> begun = co_await begin(std::move(snapshot));
    if (!begun.ok()) {
        co_return std::move(begun).failure();
    }
    is_waiting_ = true;
    const Result<void> ended = co_await await_end(name);
    is_waiting_ = false;
    if (!ended.ok()) {
        co_return snapshots_.told(ended.failure());
    }
    TakenSnapshot taken;
    taken.indices = std::move(begun).value();
    taken.written = co_await snapshots_.read_written(name);
    co_return taken;
}

Task<Result<std::vector<IndexName>>> SnapshotCreation::begin(NewSnapshot snapshot) {
    FOLLOWD_ASSERT(!snapshot.patterns.empty());
    const Result<void> prepared = co_await source_.prepare_to_write(repository_);
    if (!prepared.ok()) {
        co_return prepared.failure();
    }
    std::vector<std::string> patterns = std::move(snapshot.patterns);
    Result<std::vector<IndexName>> indices = co_await snapshots_.resolve(std::move(patterns));
    if (!indices.ok()) {
        co_return indices;
    }
    const Result<std::optional<es::StoredSnapshot>> there = co_await snapshots_.find(snapshot.name);
    if (!there.ok()) {
        co_return there.failure();
    }
    if (there->has_value()) {
        co_return snapshots_.told(
            Failure{FailureKind::conflict,
                    "there is a snapshot " + snapshot.name + " (" + (*there)->state_word +
                        ") already: take another name, or delete that one first",
                    {}});
    }
    if (is_stopping_) {
        co_return told_to_stop("no snapshot was begun");
    }
    std::vector<IndexName> asked = *indices;
    const Result<void> begun = co_await snapshots_.begin(snapshot.name, std::move(asked));
    if (!begun.ok()) {
        co_return begun.failure();
    }
    co_return indices;
}

Task<Result<void>> SnapshotCreation::await_end(std::string name) {
    const Instant began = timers_.now();
    engine::Patience patience;
    while (!is_stopping_) {
        const Result<engine::SnapshotProgress> progress =
            co_await source_.read_snapshot(repository_, name);
        const Instant now = timers_.now();
        if (!progress.ok() && is_stopping_) {
            break;
        }
        if (!progress.ok() && patience.endures(progress.failure(), now)) {
            co_await timers_.sleep_until(now + ask_again);
            continue;
        }
        if (!progress.ok()) {
            co_return going_on(progress.failure(), name);
        }
        patience.answered();
        switch (progress->state) {
            case engine::SnapshotState::in_progress:
                show_(progress->transfer);
                break;
            case engine::SnapshotState::success:
                co_return Result<void>{};
            case engine::SnapshotState::partial:
            case engine::SnapshotState::failed:
                co_return not_whole(*progress, name);
        }
        co_await timers_.sleep_until(now + engine::progress_pause(now - began));
    }
    co_return going_on(told_to_stop("nobody waits for the snapshot " + name + " any more"), name);
}

Failure SnapshotCreation::going_on(Failure failure, const std::string& name) const {
    if (failure.kind == FailureKind::not_found) {
        failure.what += ". Somebody deleted it while it was being taken";
        return failure;
    }
    const std::string repository = repository_.settings.name.value();
    failure.what += ". The cluster goes on with it by itself: followd snapshots list " +
                    repository + " shows it, followd snapshots delete " + repository + " " + name +
                    " ends and removes it";
    return failure;
}

Failure SnapshotCreation::not_whole(const engine::SnapshotProgress& progress,
                                    const std::string& name) const {
    const bool is_partial = progress.state == engine::SnapshotState::partial;
    return Failure{FailureKind::refused,
                   "the snapshot " + name + " is not whole (" +
                       (is_partial ? "PARTIAL" : "FAILED") + "): " + progress.reason +
                       ". It is in the repository; followd snapshots delete " +
                       repository_.settings.name.value() + " " + name + " removes it",
                   {}};
}

}  // namespace followd::cli
