#include "engine/generation_maker.hpp"

#include "followd/base/assert.hpp"
#include "followd/core/origin_line.hpp"
#include "followd/core/recovery_check.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace followd::engine {

namespace {

Failure cancelled() {
    return Failure{FailureKind::cancelled, "told to stop", {}};
}

// It says nothing of the restore, which goes on by itself.
bool is_of_the_moment(FailureKind kind) {
    return kind == FailureKind::unreachable || kind == FailureKind::timeout ||
           kind == FailureKind::throttled || kind == FailureKind::cancelled;
}

/// followd never writes to a generation, so versions of clients' own that leave no room above them,
/// or that the cluster cannot tell, are in nobody's way.
core::Turn turn_of(const IndexUuid& leader, const RestoredIndex& restored) {
    const std::int64_t limit = base_of_generation(generation_max).value() - 1;
    const std::int64_t highest = std::min(restored.version_highest.value_or(limit), limit);
    std::optional<core::Turn> turn =
        core::restored(core::Restoration{leader, restored.points, highest});
    FOLLOWD_ASSERT(turn.has_value());
    return *std::move(turn);
}

}  // namespace

GenerationMaker::GenerationMaker(SnapshotTarget& target,
                                 GenerationTarget& generations,
                                 RuleRepository repository,
                                 Timers& timers,
                                 StopCheck is_stopping,
                                 observe::Logger log)
    : target_(target),
      generations_(generations),
      repository_(std::move(repository)),
      timers_(timers),
      is_stopping_(std::move(is_stopping)),
      log_(std::move(log)),
      restore_wait_(target_, timers_, is_stopping_, log_) {}

Task<Result<std::optional<std::string>>> GenerationMaker::run(GenerationTask task,
                                                              bool has_begun,
                                                              BootstrapStatus* status) {
    FOLLOWD_ASSERT(task.request.recovery.has_value());
    const Result<void> done = co_await restore(task, has_begun, status);
    if (!done.ok()) {
        co_return done.failure();
    }
    status->step = BootstrapStep::confirmation;
    Result<RestoredIndex> restored = co_await read_restored(task);
    if (!restored.ok()) {
        co_return std::move(restored).failure();
    }
    Result<std::optional<std::string>> problem = co_await prove(task, *restored);
    if (!problem.ok()) {
        co_return problem;
    }
    if (is_stopping_()) {
        co_return cancelled();
    }
    if (const std::optional<std::string>& why = *problem) {
        std::string text = *why;
        co_await discard(std::move(task), std::move(text));
        co_return problem;
    }
    const Result<void> marked = co_await mark(std::move(task), std::move(restored).value());
    if (!marked.ok()) {
        co_return marked.failure();
    }
    co_return std::optional<std::string>{};
}

Task<Result<void>> GenerationMaker::restore(GenerationTask task,
                                            bool has_begun,
                                            BootstrapStatus* status) {
    *status = BootstrapStatus{BootstrapStep::restore, {}};
    const IndexName name = task.request.follower_index;
    if (!has_begun) {
        began_ = timers_.now();
        RestoreRequest request{repository_, task.request.recovery->snapshot, task.request};
        const Result<void> begun = co_await target_.begin_restore(std::move(request));
        if (!begun.ok()) {
            co_return begun;
        }
    }
    Result<void> restored = co_await restore_wait_.run(name, &status->transfer);
    if (!restored.ok() && !is_of_the_moment(restored.failure().kind)) {
        std::string why = restored.failure().what;
        co_await discard(std::move(task), std::move(why));
    }
    co_return restored;
}

Task<Result<RestoredIndex>> GenerationMaker::read_restored(GenerationTask task) {
    Result<RestoredIndex> restored = co_await target_.read_restored(task.request.follower_index);
    if (restored.ok() && restored->points.size() != task.start.size()) {
        co_return Failure{FailureKind::unavailable, "the restored index shows other shards", {}};
    }
    co_return restored;
}

Task<Result<std::optional<std::string>>> GenerationMaker::prove(GenerationTask task,
                                                                RestoredIndex restored) {
    const Result<std::int64_t> documents =
        co_await generations_.count_documents(task.request.follower_index);
    if (!documents.ok()) {
        co_return documents.failure();
    }
    core::RecoveryEvidence evidence{{}, task.documents_before, *documents};
    for (std::size_t shard = 0; shard < task.start.size(); ++shard) {
        evidence.shards.push_back(
            {task.start[shard].global_checkpoint, task.through[shard], restored.points[shard]});
    }
    co_return core::recovery_problem(evidence);
}

Task<Result<void>> GenerationMaker::mark(GenerationTask task, RestoredIndex restored) {
    std::vector<HistoryUuid> histories;
    histories.reserve(task.start.size());
    for (const ShardStart& shard : task.start) {
        histories.push_back(shard.history);
    }
    core::Turn turn = turn_of(task.request.leader.index.uuid, restored);
    const Duration took = timers_.now() - began_;
    task.request.recovery->restore_took = took;
    const IndexName name = task.request.follower_index;
    Result<void> marked = co_await target_.mark_restored(
        std::move(task.request), std::move(turn), std::move(histories));
    if (marked.ok()) {
        log_.info(
            "generation is whole", observe::field("follower", name), observe::field("took", took));
    }
    co_return marked;
}

// What cannot be removed now is found by the next look.
Task<void> GenerationMaker::discard(GenerationTask task, std::string why) {
    const IndexName name = task.request.follower_index;
    log_.warn("generation is given up",
              observe::field("follower", name),
              observe::field("snapshot", task.request.recovery->snapshot),
              observe::field("reason", why));
    const Result<void> discarded =
        co_await target_.discard(name, std::move(task.request.recovery->snapshot));
    if (!discarded.ok()) {
        log_.warn("what was half restored is not removed yet",
                  observe::field("follower", name),
                  observe::field("error", discarded.failure().what));
    }
}

}  // namespace followd::engine
