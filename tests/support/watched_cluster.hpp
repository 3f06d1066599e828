#pragma once

#include "engine/cluster_watcher.hpp"
#include "engine/task_group.hpp"
#include "support/engine_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The watcher of a leader cluster and its followers, in memory.

namespace followd::test {

inline FollowRule make_rule(const std::string& name,
                            std::vector<std::string> indices,
                            const std::string& followers = "{{leader_index}}-copy") {
    FollowRule rule;
    rule.name = RuleName{name};
    rule.leader = ClusterName{"near"};
    rule.follower = ClusterName{"far"};
    rule.indices = std::move(indices);
    rule.follow_index_pattern = followers;
    return rule;
}

/// A watcher of a cluster in memory, with real followers.
class Watched {
public:
    explicit Watched(std::vector<FollowRule> rules = {make_rule("logs", {"logs-*"})})
        : rules_(std::move(rules)) {}
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;
    ~Watched() {
        world.doors.open_all();
        stop();
        EXPECT_TRUE(ends());
        watcher.reset();
        EXPECT_EQ(world.memory.in_use(), 0U);
        EXPECT_EQ(world.write_slots.in_use(), 0U);
        EXPECT_EQ(world.starts.in_use(), 0U);
    }

    void start() {
        engine::ClusterWatcher::Options options;
        options.cluster = ClusterName{"near"};
        options.rules = rules_;
        options.seed = 1;
        watcher = std::make_unique<engine::ClusterWatcher>(
            world.context.get_executor(),
            std::move(options),
            world.leader,
            world.timers,
            [this](const FollowRule& rule,
                   const engine::LeaderIndex& index,
                   const IndexName& follower) {
                ++followers_made;
                return std::make_unique<engine::IndexFollower>(
                    world.context.get_executor(),
                    world.ports(),
                    engine::IndexFollowerOptions{rule, index, follower, {}, {}, 1});
            },
            [](std::vector<core::FollowClaim> claims) { return core::settle(std::move(claims)); },
            [this](const FollowRule&, const engine::LeaderIndex&, const engine::Following& of) {
                turned.push_back(of);
            },
            holds);
        tasks.spawn(watcher->run());
    }
    void stop() {
        if (watcher) {
            watcher->stop();
        }
    }
    bool ends() {
        return world.timers.run_until([this] { return tasks.running() == 0; },
                                      std::chrono::seconds{1});
    }

    void make(const std::string& index, const std::string& uuid, int documents = 10) {
        world.leader.make(index, uuid, 2);
        for (int number = 0; number < documents; ++number) {
            world.put(index, number, R"({"of":")" + uuid + "\"}");
        }
    }
    /// logs-0, logs-1 and so on.
    void make_many(int count) {
        for (int number = 0; number < count; ++number) {
            const std::string suffix = std::to_string(number);
            make("logs-" + suffix, "uuid-" + suffix);
        }
    }
    void remove(const std::string& index) { world.leader.indices.erase(IndexName{index}); }

    bool until(const std::function<bool()>& is_reached, Duration limit = std::chrono::seconds{5}) {
        return world.timers.run_until(is_reached, limit);
    }
    std::vector<engine::FollowerStatus> rows_of(const std::string& index) const {
        std::vector<engine::FollowerStatus> rows = watcher->status();
        std::erase_if(rows, [&index](const engine::FollowerStatus& row) {
            return row.leader_index != IndexName{index};
        });
        return rows;
    }
    std::optional<engine::IndexPhase> phase_of(const std::string& index) const {
        const std::vector<engine::FollowerStatus> rows = rows_of(index);
        return rows.size() == 1 ? std::optional{rows.front().phase} : std::nullopt;
    }
    std::optional<FailureKind> error_of(const std::string& index) const {
        const std::vector<engine::FollowerStatus> rows = rows_of(index);
        return rows.size() == 1 && rows.front().last_error
                   ? std::optional{rows.front().last_error->failure.kind}
                   : std::nullopt;
    }
    bool follows(const std::string& index) const {
        return phase_of(index) == engine::IndexPhase::following &&
               world.differences(index, index + "-copy").empty();
    }
    int asked(const char* call) { return world.doors.asked(call); }

    EngineWorld world;
    engine::TaskGroup tasks{world.context.get_executor(),
                            [](const char* what) { ADD_FAILURE() << what; }};
    std::unique_ptr<engine::ClusterWatcher> watcher;
    int followers_made = 0;
    engine::Holds holds;
    std::vector<engine::Following> turned;

private:
    std::vector<FollowRule> rules_;
};

}  // namespace followd::test
