#include "engine/recovered_index.hpp"

#include "followd/base/assert.hpp"

#include <chrono>
#include <cstddef>
#include <utility>

namespace followd::engine {

namespace {

// A search that began on a generation reads it to its end.
constexpr Duration grace = std::chrono::seconds{10};

}  // namespace

RecoveredIndex::RecoveredIndex(const RecoveryPorts& ports,
                               FollowRule rule,
                               core::ScheduledSnapshotNames snapshots,
                               GenerationOwner owner,
                               const Holds& holds,
                               Semaphore& slots,
                               StopCheck is_stopping)
    : ports_(ports),
      rule_(std::move(rule)),
      snapshots_(std::move(snapshots)),
      owner_(std::move(owner)),
      holds_(holds),
      slots_(slots),
      is_stopping_(std::move(is_stopping)),
      log_(observe::Logger("recovery")
               .with(observe::field("index", owner_.leader_index),
                     observe::field("rule", rule_.name))),
      maker_(
          ports_.target,
          ports_.generations,
          ports_.repository,
          ports_.timers,
          [this] { return is_ended(); },
          log_) {}

Task<RecoveryEnd> RecoveredIndex::run(std::optional<GenerationTask> task) {
    FOLLOWD_ASSERT(!is_running_);
    is_running_ = true;
    const RecoveryEnd end = co_await attempt(std::move(task));
    is_running_ = false;
    co_return end;
}

Task<RecoveryEnd> RecoveredIndex::attempt(std::optional<GenerationTask> task) {
    Result<RecoveryEnd> end = co_await work(std::move(task));
    if (is_ended()) {
        co_return RecoveryEnd::done;  // what failed on the way was cut short
    }
    if (!end.ok()) {
        log_.warn("index is not recovered now",
                  observe::field("kind", end.failure().kind),
                  observe::field("error", end.failure().what),
                  observe::field("where", end.failure().where));
        note(std::move(end).failure());
        co_return RecoveryEnd::failed;
    }
    if (*end == RecoveryEnd::done) {
        last_error_.reset();
    }
    co_return *end;
}

Task<Result<RecoveryEnd>> RecoveredIndex::work(std::optional<GenerationTask> task) {
    if (task) {
        restoring_.emplace();
    }
    const std::size_t slot = co_await slots_.acquire(1);
    Result<RecoveryEnd> end = RecoveryEnd::done;
    if (!is_ended()) {
        is_at_work_ = true;
        end = co_await bring_about(std::move(task));
    }
    slots_.release(slot);
    restoring_.reset();
    if (end.ok() && *end == RecoveryEnd::done && !is_ended()) {
        const Result<void> removed = co_await remove_older();
        end = removed.ok() ? end : Result<RecoveryEnd>{removed.failure()};
    }
    is_at_work_ = false;
    co_return end;
}

Task<Result<RecoveryEnd>> RecoveredIndex::bring_about(std::optional<GenerationTask> task) {
    const Result<GenerationSurvey> there = co_await look();
    if (!there.ok()) {
        co_return there.failure();
    }
    if (there->promoted || is_ended()) {
        co_return RecoveryEnd::done;
    }
    const std::string snapshot = task ? task->request.recovery->snapshot : std::string{};
    const Result<void> discarded = co_await discard_unfinished(there->unfinished, snapshot);
    if (!discarded.ok()) {
        co_return discarded.failure();
    }
    std::optional<std::string> aliases;
    if (task) {
        aliases = task->request.leader.aliases;
    }
    const bool is_made =
        task && there->newest && there->newest->index == task->request.follower_index;
    if (task && !is_made) {
        const bool has_begun = in_use_.contains(snapshot);
        Result<RecoveryEnd> made = co_await make(*std::move(task), has_begun);
        if (!made.ok() || *made != RecoveryEnd::done) {
            co_return made;
        }
    } else if (!there->is_to_be_shown()) {
        co_return RecoveryEnd::done;
    }
    const Result<void> shown = co_await show_newest(std::move(aliases));
    if (!shown.ok()) {
        co_return shown.failure();
    }
    co_return RecoveryEnd::done;
}

Task<Result<GenerationSurvey>> RecoveredIndex::look() {
    Result<std::vector<Generation>> generations =
        co_await ports_.generations.list_generations(owner_.alias);
    if (!generations.ok()) {
        co_return std::move(generations).failure();
    }
    GenerationSurvey seen = survey(std::move(generations).value(), owner_, snapshots_);
    found(seen);
    in_use_.clear();
    for (const Generation& generation : seen.unfinished) {
        in_use_.insert(generation.snapshot);
    }
    if (seen.obstacle) {
        co_return *std::move(seen.obstacle);
    }
    co_return seen;
}

Task<Result<void>> RecoveredIndex::discard_unfinished(std::vector<Generation> unfinished,
                                                      std::string but) {
    for (const Generation& generation : unfinished) {
        if (generation.snapshot == but) {
            continue;
        }
        if (is_ended()) {
            co_return Failure{FailureKind::cancelled, "told to stop", {}};
        }
        Result<void> discarded =
            co_await ports_.target.discard(generation.index, generation.snapshot);
        if (!discarded.ok()) {
            co_return discarded;
        }
        in_use_.erase(generation.snapshot);
        log_.info("what was half restored was removed",
                  observe::field("follower", generation.index),
                  observe::field("snapshot", generation.snapshot));
    }
    co_return Result<void>{};
}

Task<Result<RecoveryEnd>> RecoveredIndex::make(GenerationTask task, bool has_begun) {
    const std::string snapshot = task.request.recovery->snapshot;
    in_use_.insert(snapshot);
    const Result<std::optional<std::string>> problem =
        co_await maker_.run(std::move(task), has_begun, &*restoring_);
    if (!problem.ok()) {
        co_return problem.failure();
    }
    in_use_.erase(snapshot);
    const std::optional<std::string>& why = *problem;
    if (!why) {
        co_return RecoveryEnd::done;
    }
    note(Failure{FailureKind::unavailable,
                 "what was restored from " + snapshot + " is not what the leader had: " + *why +
                     ". It was thrown away, and another snapshot is taken",
                 ports_.repository.leader.value() + "/" + owner_.leader_index.value()});
    co_return RecoveryEnd::distrusted;
}

// `aliases`: the leader's, where they are known.
Task<Result<void>> RecoveredIndex::show_newest(std::optional<std::string> aliases) {
    if (!aliases) {
        aliases = co_await read_aliases();
    } else {
        warning_.clear();
    }
    const Result<GenerationSurvey> there = co_await look();
    if (!there.ok()) {
        co_return there.failure();
    }
    if (is_ended()) {
        co_return Failure{FailureKind::cancelled, "told to stop", {}};
    }
    if (there->promoted || !there->is_to_be_shown()) {
        co_return Result<void>{};
    }
    const Generation newest = *there->newest;
    GenerationSwitch change{owner_.alias, newest, there->with_alias, *std::move(aliases)};
    Result<void> shown = co_await ports_.generations.show(std::move(change));
    if (shown.ok()) {
        shown_ = newest;
        log_.info("generation is shown",
                  observe::field("follower", newest.index),
                  observe::field("from", there->shown ? there->shown->index.value() : "none"));
    }
    co_return shown;
}

// A generation that a daemon left without showing it: what it holds is worth more than that every
// alias of the leader's is there.
Task<std::string> RecoveredIndex::read_aliases() {
    const Result<IndexDefinition> leader =
        co_await ports_.leader.read_definition(owner_.leader_index);
    if (leader.ok()) {
        warning_.clear();
        co_return leader->aliases;
    }
    warning_ =
        "the leader's aliases could not be read when it was shown, so it has none of them "
        "until the next run: " +
        leader.failure().what;
    co_return std::string{};
}

Task<Result<void>> RecoveredIndex::remove_older() {
    const Result<GenerationSurvey> before = co_await look();
    if (!before.ok()) {
        co_return before.failure();
    }
    const Instant until = ports_.timers.now() + grace;
    while (!before->older.empty() && !is_ended() && ports_.timers.now() < until) {
        co_await ports_.timers.sleep_until(until);
    }
    if (before->older.empty() || is_ended()) {
        co_return Result<void>{};
    }
    const Result<GenerationSurvey> there = co_await look();
    if (!there.ok()) {
        co_return there.failure();
    }
    for (const Generation& generation : there->older) {
        if (there->promoted || is_ended()) {
            break;
        }
        Result<void> removed = co_await ports_.generations.remove(generation);
        if (!removed.ok()) {
            co_return removed;
        }
        log_.info("older generation was removed", observe::field("follower", generation.index));
    }
    co_return Result<void>{};
}

}  // namespace followd::engine
