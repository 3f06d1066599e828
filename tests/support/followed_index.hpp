#pragma once

#include "engine/index_follower.hpp"
#include "engine/task_group.hpp"
#include "support/engine_world.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

/// One index on its way from a leader to a follower, in memory.

namespace followd::test {

inline constexpr const char* logs = "logs";
inline constexpr const char* copy = "logs-copy";

/// An index of three shards and its follower, polled as a watcher would.
class Followed {
public:
    explicit Followed(int documents = 100, std::size_t memory_bytes = 128U << 20U)
        : world(memory_bytes) {
        world.leader.make(logs, "uuid-1", 3);
        for (int number = 0; number < documents; ++number) {
            world.put(logs, number, "{}");
        }
    }
    Followed(const Followed&) = delete;
    Followed& operator=(const Followed&) = delete;
    // Whatever a test did, nothing may be left over.
    ~Followed() {
        world.doors.open_all();
        stop();
        EXPECT_TRUE(ends());
        follower.reset();
        EXPECT_EQ(world.memory.in_use(), 0U);
        EXPECT_EQ(world.write_slots.in_use(), 0U);
        EXPECT_EQ(world.starts.in_use(), 0U);
        EXPECT_EQ(world.views_open(), 0);
    }

    void start() {
        engine::IndexFollowerOptions options;
        options.rule.name = RuleName{"rule"};
        options.rule.leader = ClusterName{"near"};
        options.rule.follower = ClusterName{"far"};
        options.leader_index = world.leader.indices.at(IndexName{logs}).listed;
        options.follower_index = IndexName{copy};
        options.limits.max_read_request_operation_count = 7;
        options.limits.max_write_request_bytes = 400;
        options.seed = 1;
        options.rule.bootstrap = bootstrap;
        engine::IndexPorts ports = world.ports();
        if (snapshots) {
            ports.snapshots.emplace(*snapshots);
        }
        follower = std::make_unique<engine::IndexFollower>(
            world.context.get_executor(), std::move(ports), std::move(options));
        tasks.spawn(follower->run());
    }
    void stop() {
        if (follower) {
            follower->stop();
        }
    }
    /// Whether run() returns; nobody who was told to stop sleeps long.
    bool ends() {
        return world.timers.run_until([this] { return tasks.running() == 0; },
                                      std::chrono::seconds{1});
    }

    void poll() {
        const auto index = world.leader.indices.find(IndexName{logs});
        const engine::IndexSample sample = index == world.leader.indices.end()
                                               ? engine::IndexSample{}
                                               : FakeLeaderCluster::sample_of(index->second);
        follower->sampled(sample, world.timers.now());
    }
    bool until(const std::function<bool()>& is_reached,
               Duration limit = std::chrono::seconds{10},
               Duration interval = std::chrono::milliseconds{20}) {
        const Instant end = world.timers.now() + limit;
        while (world.timers.now() < end) {
            if (world.timers.run_until(is_reached, interval)) {
                return true;
            }
            poll();
        }
        return is_reached();
    }
    void pass(Duration duration, Duration interval = std::chrono::milliseconds{20}) {
        (void)until([] { return false; }, duration, interval);
    }

    bool is_following() const { return follower->status().phase == engine::IndexPhase::following; }
    bool is_equal() const { return differences().empty(); }
    std::string differences() const { return world.differences(logs, copy); }
    std::optional<FailureKind> last_error() const {
        const engine::FollowerStatus status = follower->status();
        return status.last_error ? std::optional{status.last_error->failure.kind} : std::nullopt;
    }
    int asked(const char* call) { return world.doors.asked(call); }

    EngineWorld world;
    std::optional<engine::SnapshotPorts> snapshots;  ///< of the next start()
    Bootstrap bootstrap = Bootstrap::automatic;
    engine::TaskGroup tasks{world.context.get_executor(),
                            [](const char* what) { ADD_FAILURE() << what; }};
    std::unique_ptr<engine::IndexFollower> follower;
};

}  // namespace followd::test
