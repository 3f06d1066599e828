#include "simulation/roles/snapshot_ports.hpp"

#include <algorithm>
#include <utility>

namespace followd::sim {

Task<Result<engine::Release>> TwoWaySnapshotSource::read_release() {
    auto serve = []() -> Result<engine::Release> { return engine::Release{}; };
    return link_.ask<engine::Release>("release", serve);
}

Task<Result<void>> TwoWaySnapshotSource::prepare_to_write(engine::RuleRepository /*repository*/) {
    auto serve = []() -> Result<void> { return {}; };
    return link_.ask<void>("repository to write to", serve);
}

Task<Result<void>> TwoWaySnapshotSource::begin_snapshot(engine::RuleRepository /*repository*/,
                                                        std::string snapshot,
                                                        std::vector<IndexName> indices) {
    auto serve = [this_repository = &repository_,
                  sides = &sides_,
                  cluster = cluster_,
                  snapshot = std::move(snapshot),
                  indices = std::move(indices)]() -> Result<void> {
        FOLLOWD_ASSERT(indices.size() == 1);
        const TwoWayIndex* const index = sides->find(cluster, indices.front());
        if (index == nullptr) {
            return Failure{FailureKind::not_found, "no such index", cluster.value()};
        }
        this_repository->begin(snapshot, *index);
        return {};
    };
    return link_.ask<void>("begin snapshot", std::move(serve));
}

Task<Result<engine::SnapshotProgress>> TwoWaySnapshotSource::read_snapshot(
    engine::RuleRepository /*repository*/, std::string snapshot) {
    auto serve = [this_repository = &repository_,
                  snapshot = std::move(snapshot)]() -> Result<engine::SnapshotProgress> {
        std::optional<engine::SnapshotProgress> progress = this_repository->progress(snapshot);
        if (!progress) {
            return Failure{FailureKind::not_found, "no such snapshot", {}};
        }
        return std::move(*progress);
    };
    return link_.ask<engine::SnapshotProgress>("snapshot's state", std::move(serve));
}

Task<Result<std::vector<std::string>>> TwoWaySnapshotSource::list_snapshots(
    engine::RuleRepository /*repository*/, std::string prefix) {
    auto serve = [this_repository = &repository_,
                  prefix = std::move(prefix)]() -> Result<std::vector<std::string>> {
        return this_repository->names(prefix);
    };
    return link_.ask<std::vector<std::string>>("list snapshots", std::move(serve));
}

Task<Result<void>> TwoWaySnapshotSource::delete_snapshot(engine::RuleRepository /*repository*/,
                                                         std::string snapshot) {
    auto serve = [this_repository = &repository_,
                  snapshot = std::move(snapshot)]() -> Result<void> {
        this_repository->remove(snapshot);
        return {};
    };
    return link_.ask<void>("delete snapshot", std::move(serve));
}

Task<Result<engine::Release>> TwoWaySnapshotTarget::read_release() {
    auto serve = []() -> Result<engine::Release> { return engine::Release{}; };
    return admin_.ask<engine::Release>("release", serve);
}

std::string TwoWaySnapshotTarget::why_not_restorable(
    const engine::Release& /*leader*/,
    const engine::Release& /*follower*/,
    const engine::IndexDefinition& /*index*/) const {
    return {};
}

Task<Result<void>> TwoWaySnapshotTarget::prepare_to_read(engine::RuleRepository /*repository*/) {
    auto serve = []() -> Result<void> { return {}; };
    return admin_.ask<void>("repository to read", serve);
}

Task<Result<engine::Standing>> TwoWaySnapshotTarget::look(IndexName follower) {
    auto serve = [sides = &sides_, cluster = cluster_, follower]() -> Result<engine::Standing> {
        const TwoWayIndex* const index = sides->find(cluster, follower);
        if (index == nullptr) {
            return engine::Standing{};
        }
        return engine::Standing{.exists = true,
                                .snapshot = index->restored_from,
                                .is_marked = index->mark() != nullptr};
    };
    return admin_.ask<engine::Standing>("what stands as " + follower.value(), std::move(serve));
}

// As src/es/snapshot_target.cpp: looked at where no answer came.
Task<Result<void>> TwoWaySnapshotTarget::begin_restore(engine::RestoreRequest request) {
    const IndexName name = request.follower.follower_index;
    const std::string snapshot = request.snapshot;
    auto serve =
        [this_repository = &repository_, cluster = cluster_, name, snapshot]() -> Result<void> {
        return this_repository->restore(snapshot, cluster, name);
    };
    Result<void> begun = co_await data_.ask<void>("restore", std::move(serve));
    if (begun.ok()) {
        co_return begun;
    }
    const Result<engine::Standing> standing = co_await look(name);
    if (standing.ok() && standing->snapshot == snapshot) {
        co_return Result<void>{};
    }
    co_return begun;
}

Task<Result<engine::RestoreProgress>> TwoWaySnapshotTarget::read_restore(IndexName follower) {
    auto serve = [this_repository = &repository_,
                  sides = &sides_,
                  cluster = cluster_,
                  follower,
                  failure = absent()]() -> Result<engine::RestoreProgress> {
        const TwoWayIndex* const index = sides->find(cluster, follower);
        if (index == nullptr) {
            return failure;
        }
        engine::RestoreProgress progress;
        progress.is_done = index->is_restored;
        if (!progress.is_done && !this_repository->progress(index->restored_from)) {
            progress.obstacle = "its files are gone";
        }
        return progress;
    };
    return admin_.ask<engine::RestoreProgress>("how far the restore is", std::move(serve));
}

Task<Result<engine::RestoredIndex>> TwoWaySnapshotTarget::read_restored(IndexName follower) {
    auto serve = [sides = &sides_,
                  cluster = cluster_,
                  follower,
                  failure = absent()]() -> Result<engine::RestoredIndex> {
        const TwoWayIndex* const index = sides->find(cluster, follower);
        if (index == nullptr) {
            return failure;
        }
        if (!index->is_restored) {
            return Failure{FailureKind::unavailable, "no primary is started", cluster.value()};
        }
        engine::RestoredIndex restored;
        for (std::size_t shard = 0; shard < index->shards.size(); ++shard) {
            const TwoWayShard& state = index->shards[shard];
            restored.points.emplace_back(state.max_seq_no);
            restored.shards.push_back(
                FollowerIdentity{index->uuid, index->history(shard), PrimaryTerm{state.term}});
            restored.version_highest =
                std::max(restored.version_highest.value_or(0), state.version_highest());
        }
        return restored;
    };
    return admin_.ask<engine::RestoredIndex>("what was restored", std::move(serve));
}

Task<Result<void>> TwoWaySnapshotTarget::mark_restored(engine::FollowerRequest request,
                                                       core::Turn begun,
                                                       std::vector<HistoryUuid> histories) {
    const IndexName name = request.follower_index;
    TwoWayMark mark;
    mark.leader_cluster = request.rule.leader;
    mark.leader_index = request.leader.index.name;
    mark.leader_uuid = request.leader.index.uuid;
    mark.holds_alias = !request.leader.aliases.empty();
    mark.holds_settings = !request.leader.settings.empty();
    mark.histories = std::move(histories);
    mark.generation = begun.generation;
    mark.origins = std::move(begun.origins);
    const std::int64_t epoch = mark.epoch;
    auto alias =
        [sides = &sides_, cluster = cluster_, name, epoch, failure = absent()]() -> Result<void> {
        TwoWayIndex* const index = sides->find(cluster, name);
        if (index == nullptr) {
            return failure;
        }
        index->fences.insert(index->fence_of_epoch(epoch));
        return {};
    };
    Result<void> done = co_await admin_.ask<void>("alias of the restored", std::move(alias));
    if (!done.ok()) {
        co_return done;
    }
    auto put = [this_repository = &repository_,
                sides = &sides_,
                cluster = cluster_,
                name,
                mark = std::move(mark),
                failure = absent()]() -> Result<void> {
        TwoWayIndex* const index = sides->find(cluster, name);
        if (index == nullptr) {
            return failure;
        }
        sides->mark_restored(*index, mark);
        this_repository->stepped();
        return {};
    };
    done = co_await admin_.ask<void>("mark of the restored", std::move(put));
    co_return done;
}

Task<Result<void>> TwoWaySnapshotTarget::discard(IndexName follower, std::string snapshot) {
    auto serve = [sides = &sides_, cluster = cluster_, follower, snapshot]() -> Result<void> {
        const TwoWayIndex* const index = sides->find(cluster, follower);
        if (index != nullptr && index->restored_from == snapshot && index->mark() == nullptr) {
            sides->remove(cluster, follower);
        }
        return {};
    };
    return admin_.ask<void>("discard " + follower.value(), std::move(serve));
}

}  // namespace followd::sim
