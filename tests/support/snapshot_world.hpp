#pragma once

#include "engine/snapshot_bootstrap.hpp"
#include "engine/snapshot_taker.hpp"
#include "engine/task_group.hpp"
#include "support/engine_world.hpp"
#include "support/fake_snapshots.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// A leader, its follower's cluster, a repository between them, and one life of a daemon that takes
/// and restores snapshots.

namespace followd::test {

inline constexpr const char* prefix = "followd-d1-";

class SnapshotWorld : public EngineWorld {
public:
    explicit SnapshotWorld(int documents = 30) {
        leader.make("logs", "uuid-1", 3);
        for (int number = 0; number < documents; ++number) {
            put("logs", number);
        }
        repository.leader = ClusterName{"near"};
        repository.settings.name = RepositoryName{"shared"};
        begin_life();
    }
    SnapshotWorld(const SnapshotWorld&) = delete;
    SnapshotWorld& operator=(const SnapshotWorld&) = delete;
    // Whatever a test did, nothing may be left over.
    ~SnapshotWorld() {
        doors.open_all();
        end_life();
    }

    /// Stops everything, which must not take long, and lets go of it.
    void end_life() {
        if (!taker) {
            return;
        }
        for (const auto& bootstrap : bootstraps) {
            bootstrap->stop();
        }
        taker->stop();
        EXPECT_TRUE(
            timers.run_until([this] { return tasks.running() == 0; }, std::chrono::seconds{5}));
        leases.clear();
        bootstraps.clear();
        taker.reset();
    }
    void begin_life() {
        taker.emplace(context.get_executor(), repository, "d1", ++life, source, timers);
        tasks.spawn(taker->run());
    }

    [[nodiscard]] engine::SnapshotPorts snapshot_ports() {
        return {*taker, source, target, repository};
    }
    engine::SnapshotBootstrap& bootstrap() {
        bootstraps.push_back(std::make_unique<engine::SnapshotBootstrap>(
            snapshot_ports(), leader, shards, store, timers, observe::Logger("test")));
        return *bootstraps.back();
    }
    [[nodiscard]] engine::FollowerRequest request(const std::string& index = "logs") const {
        engine::FollowerRequest made;
        made.rule.leader = ClusterName{"near"};
        made.rule.follower = ClusterName{"far"};
        made.follower_index = IndexName{index + "-copy"};
        made.leader.index = leader.indices.at(IndexName{index}).listed;
        return made;
    }
    [[nodiscard]] ShardKey key(int shard) const {
        return {ClusterName{"near"},
                leader.indices.at(IndexName{"logs"}).listed.uuid,
                ClusterName{"far"},
                IndexName{"logs-copy"},
                shard};
    }
    [[nodiscard]] FakeLeaderShard& shard(int number) {
        return *leader.indices.at(IndexName{"logs"}).shards.at(static_cast<std::size_t>(number));
    }

    using Outcome = std::optional<Result<engine::SnapshotOutcome>>;
    /// Runs by itself; the answer comes there.
    std::shared_ptr<Outcome> begin(engine::SnapshotBootstrap& bootstrap) {
        auto outcome = std::make_shared<Outcome>();
        tasks.spawn(run(bootstrap, request(), outcome));
        return outcome;
    }
    /// The answer must come within a minute, or `limit`.
    Result<engine::SnapshotOutcome> end_of(const std::shared_ptr<Outcome>& outcome,
                                           Duration limit = std::chrono::minutes{1}) {
        EXPECT_TRUE(until([&] { return outcome->has_value(); }, limit));
        return outcome->value_or(Failure{FailureKind::cancelled, "no answer", "test"});
    }
    Result<engine::SnapshotOutcome> run_to_end(engine::SnapshotBootstrap& bootstrap) {
        return end_of(begin(bootstrap));
    }
    /// Asks the taker for a snapshot; leases are kept until someone drops them.
    struct Taking {
        std::optional<Result<engine::SnapshotTaker::Lease>> lease;
        engine::BootstrapStatus status;

        [[nodiscard]] bool has_one() const { return lease && lease->ok(); }
        [[nodiscard]] std::string name() const { return (*lease)->snapshot(); }
    };
    Taking& take(const std::string& index) {
        leases.emplace_back();
        tasks.spawn(run_take(IndexName{index}, &leases.back()));
        return leases.back();
    }
    bool until(const std::function<bool()>& is_reached, Duration limit = std::chrono::seconds{10}) {
        return timers.run_until(is_reached, limit);
    }
    int asked(const char* call) { return doors.asked(call); }

    FakeSnapshotSource source{doors, leader, timers};
    FakeSnapshotTarget target{doors, follower, source, store, timers};
    engine::RuleRepository repository;
    engine::TaskGroup tasks{context.get_executor(),
                            [](const char* what) { ADD_FAILURE() << what; }};
    std::uint64_t life = 100;
    std::optional<engine::SnapshotTaker> taker;
    std::list<Taking> leases;
    std::vector<std::unique_ptr<engine::SnapshotBootstrap>> bootstraps;

private:
    static Task<void> run(engine::SnapshotBootstrap& bootstrap,
                          engine::FollowerRequest request,
                          std::shared_ptr<Outcome> outcome) {
        Result<engine::SnapshotOutcome> end = co_await bootstrap.run(std::move(request));
        outcome->emplace(std::move(end));
    }
    Task<void> run_take(IndexName index, Taking* taking) {
        Result<engine::SnapshotTaker::Lease> taken =
            co_await taker->take(std::move(index), &taking->status);
        taking->lease.emplace(std::move(taken));
    }
};

}  // namespace followd::test
