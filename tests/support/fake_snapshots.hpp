#pragma once

#include "engine/snapshot_ports.hpp"
#include "engine/task.hpp"
#include "support/doors.hpp"
#include "support/fake_clusters.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Snapshots between two clusters in memory, behind the engine's ports. Every call passes the door
/// of its name ("source.begin_snapshot", "target.look").

namespace followd::test {

/// Of one shard, when it was taken.
struct FakeShardSnapshot {
    SeqNo point = SeqNo::none();
    std::map<std::int64_t, FakeDocument> documents;
};

struct FakeSnapshot {
    std::vector<IndexName> indices;
    std::map<IndexName, std::vector<FakeShardSnapshot>> shards;
    engine::SnapshotProgress progress;
    Instant begun{};
};

class FakeSnapshotSource final : public engine::SnapshotSource {
public:
    FakeSnapshotSource(Doors& doors, FakeLeaderCluster& leader, const engine::Timers& timers)
        : doors_(doors), leader_(leader), timers_(timers) {}

    std::map<std::string, FakeSnapshot> snapshots;
    std::vector<FakeSnapshot> taken;           ///< every one that ever began
    std::map<std::string, FakeSnapshot> ever;  ///< the same by name, also once it is deleted
    std::vector<std::string> deleted;          ///< every one that was there
    engine::Release release{.is_opensearch = false,
                            .major = 9,
                            .minor = 2,
                            .excludes_vectors = false,
                            .text = "Elasticsearch 9.2.0"};
    Duration lasts = std::chrono::milliseconds{100};
    engine::SnapshotState ends_as = engine::SnapshotState::success;
    std::string reason;

    /// As another would have left it there.
    void leave(const std::string& name) {
        FakeSnapshot snapshot;
        snapshot.progress.state = engine::SnapshotState::success;
        snapshots.insert_or_assign(name, std::move(snapshot));
    }

    [[nodiscard]] Task<Result<engine::Release>> read_release() override {
        Result<void> passed = co_await doors_.pass("source.read_release");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        co_return release;
    }
    [[nodiscard]] Task<Result<void>> prepare_to_write(
        engine::RuleRepository /*repository*/) override {
        Result<void> passed = co_await doors_.pass("source.prepare_to_write");
        co_return passed;
    }
    [[nodiscard]] Task<Result<void>> begin_snapshot(engine::RuleRepository /*repository*/,
                                                    std::string name,
                                                    std::vector<IndexName> indices) override {
        Result<void> passed = co_await doors_.pass("source.begin_snapshot");
        if (passed.ok()) {
            take(name, std::move(indices));
        }
        co_return passed;
    }
    [[nodiscard]] Task<Result<engine::SnapshotProgress>> read_snapshot(
        engine::RuleRepository /*repository*/, std::string name) override {
        Result<void> passed = co_await doors_.pass("source.read_snapshot");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        const auto found = snapshots.find(name);
        if (found == snapshots.end()) {
            co_return Failure{FailureKind::not_found, "no such snapshot", "leader"};
        }
        engine::SnapshotProgress& progress = found->second.progress;
        const Duration took = timers_.now() - found->second.begun;
        if (took >= lasts) {
            progress.state = ends_as;
            progress.reason = reason;
        }
        progress.transfer.files_total = progress.transfer.bytes_total = 1000;
        progress.transfer.bytes = std::min<std::int64_t>(1000, 1000 * took / lasts);
        progress.transfer.files = progress.transfer.bytes;
        co_return progress;
    }
    [[nodiscard]] Task<Result<std::vector<std::string>>> list_snapshots(
        engine::RuleRepository /*repository*/, std::string prefix) override {
        Result<void> passed = co_await doors_.pass("source.list_snapshots");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        std::vector<std::string> names;
        for (const auto& [name, snapshot] : snapshots) {
            if (name.starts_with(prefix)) {
                names.push_back(name);
            }
        }
        co_return names;
    }
    [[nodiscard]] Task<Result<void>> delete_snapshot(engine::RuleRepository /*repository*/,
                                                     std::string name) override {
        Result<void> passed = co_await doors_.pass("source.delete_snapshot");
        if (passed.ok() && snapshots.erase(name) == 1) {
            deleted.push_back(name);
        }
        co_return passed;
    }

private:
    void take(const std::string& name, std::vector<IndexName> indices) {
        FakeSnapshot snapshot;
        for (const IndexName& index : indices) {
            const auto found = leader_.indices.find(index);
            if (found == leader_.indices.end()) {
                continue;
            }
            for (const auto& shard : found->second.shards) {
                snapshot.shards[index].push_back({shard->sample.max_seq_no, shard->documents});
            }
        }
        snapshot.indices = std::move(indices);
        snapshot.begun = timers_.now();
        taken.push_back(snapshot);
        ever.insert_or_assign(name, snapshot);
        snapshots.insert_or_assign(name, std::move(snapshot));
    }

    Doors& doors_;
    FakeLeaderCluster& leader_;
    const engine::Timers& timers_;
};

/// Restores into a FakeFollowerCluster: an index is there for prepare() once it is marked.
class FakeSnapshotTarget final : public engine::SnapshotTarget {
public:
    /// An index that is being made.
    struct Restored {
        std::string snapshot;
        std::vector<FakeShardSnapshot> shards;
        IndexUuid uuid;
        Instant begun{};
    };
    /// What mark_restored() was called with.
    struct Marked {
        core::Turn begun;
        std::vector<HistoryUuid> histories;
        std::map<ShardKey, Checkpoint> stored;  ///< at that moment
    };

    FakeSnapshotTarget(Doors& doors,
                       FakeFollowerCluster& follower,
                       FakeSnapshotSource& source,
                       FakeStore& store,
                       const engine::Timers& timers)
        : doors_(doors), follower_(follower), source_(source), store_(store), timers_(timers) {}

    std::map<IndexName, Restored> restored;
    std::vector<Marked> marked;
    std::vector<std::string> discarded;  ///< their snapshots
    std::string why_not;                 ///< this cluster cannot restore the leader's
    std::string obstacle;                ///< while it stands nothing is restored
    std::optional<std::int64_t> version_highest = 3;
    Duration lasts = std::chrono::milliseconds{100};
    /// Whether something else stands under that name.
    std::function<bool(const IndexName&)> is_taken;
    /// A generation got its mark: whoever keeps them takes it over.
    std::function<void(const engine::FollowerRequest&, const Restored&)> on_generation;

    /// As a restore of an earlier life would have it; of the snapshot's first index, or that one.
    void begin(const IndexName& name,
               const std::string& snapshot,
               const std::optional<IndexName>& leader = std::nullopt) {
        const auto& found = source_.snapshots.at(snapshot).shards;
        const auto of_index = leader ? found.find(*leader) : found.begin();
        Restored index;
        index.snapshot = snapshot;
        if (of_index != found.end()) {
            index.shards = of_index->second;
        }
        index.uuid = IndexUuid{"restored-" + std::to_string(++made_)};
        index.begun = timers_.now();
        restored.insert_or_assign(name, std::move(index));
    }

    [[nodiscard]] Task<Result<engine::Release>> read_release() override {
        Result<void> passed = co_await doors_.pass("target.read_release");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        co_return source_.release;
    }
    [[nodiscard]] std::string why_not_restorable(
        const engine::Release& /*leader*/,
        const engine::Release& /*follower*/,
        const engine::IndexDefinition& /*index*/) const override {
        return why_not;
    }
    [[nodiscard]] Task<Result<void>> prepare_to_read(
        engine::RuleRepository /*repository*/) override {
        Result<void> passed = co_await doors_.pass("target.prepare_to_read");
        co_return passed;
    }
    [[nodiscard]] Task<Result<engine::Standing>> look(IndexName name) override {
        Result<void> passed = co_await doors_.pass("target.look");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        co_return standing(name);
    }
    [[nodiscard]] Task<Result<void>> begin_restore(engine::RestoreRequest request) override {
        Result<void> passed = co_await doors_.pass("target.begin_restore");
        if (!passed.ok()) {
            co_return passed;
        }
        const IndexName& name = request.follower.follower_index;
        if (standing(name).exists) {
            co_return Failure{FailureKind::conflict, "an index of that name is there", "follower"};
        }
        if (!source_.snapshots.contains(request.snapshot)) {
            co_return Failure{FailureKind::refused, "no such snapshot", "follower"};
        }
        begin(name, request.snapshot, request.follower.leader.index.name);
        co_return Result<void>{};
    }
    [[nodiscard]] Task<Result<engine::RestoreProgress>> read_restore(IndexName name) override {
        Result<void> passed = co_await doors_.pass("target.read_restore");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        const auto index = restored.find(name);
        if (index == restored.end()) {
            co_return Failure{FailureKind::not_found, "no such index", "follower"};
        }
        engine::RestoreProgress progress;
        const Duration took = timers_.now() - index->second.begun;
        progress.is_done = took >= lasts && obstacle.empty();
        progress.obstacle = obstacle;
        progress.transfer.bytes_total = 2000;
        progress.transfer.bytes = std::min<std::int64_t>(2000, 2000 * took / lasts);
        co_return progress;
    }
    [[nodiscard]] Task<Result<engine::RestoredIndex>> read_restored(IndexName name) override {
        Result<void> passed = co_await doors_.pass("target.read_restored");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        const auto index = restored.find(name);
        if (index == restored.end()) {
            co_return Failure{FailureKind::not_found, "no such index", "follower"};
        }
        engine::RestoredIndex answer;
        answer.version_highest = version_highest;
        for (const FakeShardSnapshot& shard : index->second.shards) {
            answer.points.push_back(shard.point);
            answer.shards.push_back(identity_of(index->second));
        }
        co_return answer;
    }
    [[nodiscard]] Task<Result<void>> mark_restored(engine::FollowerRequest request,
                                                   core::Turn begun,
                                                   std::vector<HistoryUuid> histories) override {
        Result<void> passed = co_await doors_.pass("target.mark_restored");
        if (!passed.ok()) {
            co_return passed;
        }
        const auto index = restored.find(request.follower_index);
        if (index == restored.end()) {
            co_return Failure{FailureKind::not_found, "no such index", "follower"};
        }
        marked.push_back({begun, histories, store_.checkpoints});
        if (request.recovery) {
            on_generation(request, index->second);
        } else {
            adopt(request, index->second, begun, std::move(histories));
        }
        restored.erase(index);
        co_return Result<void>{};
    }
    [[nodiscard]] Task<Result<void>> discard(IndexName name, std::string snapshot) override {
        Result<void> passed = co_await doors_.pass("target.discard");
        const auto index = restored.find(name);
        if (passed.ok() && index != restored.end() && index->second.snapshot == snapshot) {
            discarded.push_back(snapshot);
            restored.erase(index);
        }
        co_return passed;
    }

private:
    [[nodiscard]] engine::Standing standing(const IndexName& name) const {
        if (follower_.indices.contains(name) || (is_taken && is_taken(name))) {
            return {.exists = true, .snapshot = {}, .is_marked = true};
        }
        const auto index = restored.find(name);
        return index == restored.end()
                   ? engine::Standing{}
                   : engine::Standing{
                         .exists = true, .snapshot = index->second.snapshot, .is_marked = false};
    }
    [[nodiscard]] static FollowerIdentity identity_of(const Restored& index) {
        return {index.uuid, HistoryUuid{"of the restored"}, PrimaryTerm{1}};
    }
    // These shards know no strips: what was restored lies where its number on the leader says as if
    // it had been copied.
    void adopt(const engine::FollowerRequest& request,
               const Restored& made,
               const core::Turn& begun,
               std::vector<HistoryUuid> histories) {
        FakeFollowerIndex index;
        index.info.name = request.follower_index;
        index.info.uuid = made.uuid;
        index.info.generation = begun.generation;
        index.info.histories = std::move(histories);
        index.info.origins = begun.origins;
        index.leader = request.leader.index.uuid;
        index.mapping_version = request.leader.index.mapping_version;
        for (const FakeShardSnapshot& restored_shard : made.shards) {
            auto shard = std::make_unique<FakeFollowerShard>();
            shard->identity = identity_of(made);
            for (const auto& [seq, document] : restored_shard.documents) {
                shard->put(base_of_generation(begun.generation), seq, document);
            }
            index.shards.push_back(std::move(shard));
        }
        follower_.indices.insert_or_assign(request.follower_index, std::move(index));
    }

    Doors& doors_;
    FakeFollowerCluster& follower_;
    FakeSnapshotSource& source_;
    FakeStore& store_;
    const engine::Timers& timers_;
    int made_ = 0;
};

}  // namespace followd::test
