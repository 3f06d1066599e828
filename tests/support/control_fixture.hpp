#pragma once

#include "engine/control.hpp"
#include "support/engine_world.hpp"
#include "support/fake_roles.hpp"
#include "support/watched_cluster.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// A Control over two clusters on virtual time.

namespace followd::test {

class FakeControlStore final : public engine::ControlStore {
public:
    explicit FakeControlStore(Doors& doors) : doors_(doors) {}

    std::map<engine::IndexPlace, engine::Intent> intents;

    [[nodiscard]] Task<Result<std::vector<engine::Intent>>> load_intents() override {
        std::vector<engine::Intent> all;
        for (const auto& [place, intent] : intents) {
            all.push_back(intent);
        }
        co_return all;
    }
    [[nodiscard]] Task<Result<void>> save_intent(engine::Intent intent) override {
        Result<void> passed = co_await doors_.pass("save_intent");
        if (passed.ok()) {
            intents.insert_or_assign(intent.place, std::move(intent));
        }
        co_return passed;
    }
    [[nodiscard]] Task<Result<void>> forget_intent(engine::IndexPlace place) override {
        Result<void> passed = co_await doors_.pass("forget_intent");
        if (passed.ok()) {
            intents.erase(place);
        }
        co_return passed;
    }

private:
    Doors& doors_;
};

class NoLostWrites final : public engine::LostWritesFolder {
public:
    [[nodiscard]] std::unique_ptr<engine::LostWritesFile> file_for(
        const IndexName& /*index*/, std::string_view /*at*/) override {
        return nullptr;
    }
};

inline Task<void> keep(Task<engine::ControlReport> command,
                       std::optional<engine::ControlReport>* into) {
    engine::ControlReport report = co_await std::move(command);
    into->emplace(std::move(report));
}

inline engine::ControlTargets targets(std::vector<std::string> names) {
    return engine::ControlTargets{std::move(names), false};
}
inline const engine::ControlTargets everything{{}, true};
inline const engine::Requester me{"me@here", "noon"};

/// What the clock on the wall shows.
inline const WallTime noon =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 30} + std::chrono::hours{12};

/// near leads, far follows; a Control over both.
class ControlFixture : public testing::Test {
protected:
    ~ControlFixture() override {
        world.doors.open_all();
        if (supervisor) {
            supervisor->stop();
        }
        EXPECT_TRUE(world.timers.run_until([this] { return tasks.running() == 0; },
                                           std::chrono::seconds{10}));
        control.reset();
        supervisor.reset();
    }

    void start(std::vector<FollowRule> rules = {make_rule("logs", {"logs-*"})},
               engine::Holds holds = {}) {
        Settings settings;
        settings.follow = std::move(rules);
        for (const char* name : {"near", "far"}) {
            settings.clusters.emplace_back().name = ClusterName{name};
        }
        supervisor.emplace(world.context.get_executor(),
                           std::move(settings),
                           clusters(),
                           world.shards,
                           world.store,
                           world.timers,
                           1,
                           std::move(holds));
        control.emplace(world.context.get_executor(), ports());
        tasks.spawn(supervisor->run());
    }

    std::map<ClusterName, engine::ClusterPorts> clusters() {
        return {{ClusterName{"near"}, engine::ClusterPorts{&world.leader, &near_follower, &near}},
                {ClusterName{"far"}, engine::ClusterPorts{&far_leader, &world.follower, &far}}};
    }
    /// Once started.
    engine::ControlPorts ports() {
        return engine::ControlPorts{*supervisor,
                                    clusters(),
                                    world.shards,
                                    world.store,
                                    intents,
                                    no_lost_writes,
                                    world.timers,
                                    [] { return noon; }};
    }

    /// A leader index, followed by the follower's role that prepare() would have put there.
    void make(const std::string& index, const std::string& follower = {}) {
        world.leader.make(index, "uuid of " + index, 2);
        for (int number = 0; number < 10; ++number) {
            world.put(index, number);
        }
        const std::string copy = follower.empty() ? index + "-copy" : follower;
        far.make_follower(copy, "role of " + copy, index, 2);
    }
    std::optional<engine::FollowerStatus> row(const std::string& leader_index) const {
        for (const engine::FollowerStatus& one : supervisor->followers()) {
            if (one.leader_index == IndexName{leader_index}) {
                return one;
            }
        }
        return std::nullopt;
    }
    bool follows(const std::string& index) const {
        const std::optional<engine::FollowerStatus> found = row(index);
        return found && found->phase == engine::IndexPhase::following &&
               world.differences(index, index + "-copy").empty();
    }
    bool until(const std::function<bool()>& is_reached, Duration limit = std::chrono::seconds{5}) {
        return world.timers.run_until(is_reached, limit);
    }
    engine::IndexFollower* find(const std::string& copy) {
        return supervisor->find({ClusterName{"far"}, IndexName{copy}});
    }

    void begin(Task<engine::ControlReport> command, std::optional<engine::ControlReport>& into) {
        tasks.spawn(keep(std::move(command), &into));
    }
    engine::ControlReport ask(Task<engine::ControlReport> command) {
        std::optional<engine::ControlReport> report;
        begin(std::move(command), report);
        EXPECT_TRUE(until([&report] { return report.has_value(); }, std::chrono::minutes{2}));
        return report.value_or(engine::ControlReport{});
    }
    /// What was done, without what more is known of it.
    static std::vector<std::string> told(const engine::ControlReport& report) {
        std::vector<std::string> rows;
        for (const engine::ControlRow& one : report.rows) {
            rows.push_back(one.index.value() + ": " +
                           (one.failure ? std::string(to_string(one.failure->kind))
                                        : one.what.substr(0, one.what.find(';'))));
        }
        return rows;
    }

    EngineWorld world;
    FakeLeaderCluster far_leader{world.doors};
    FakeFollowerCluster near_follower{world.doors};
    FakeRoleCluster near{world.doors, "near"};
    FakeRoleCluster far{world.doors, "far"};
    FakeControlStore intents{world.doors};
    NoLostWrites no_lost_writes;
    engine::TaskGroup tasks{world.context.get_executor(),
                            [](const char* what) { ADD_FAILURE() << what; }};
    std::optional<engine::Supervisor> supervisor;
    std::optional<engine::Control> control;
};

}  // namespace followd::test
