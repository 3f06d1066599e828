#pragma once

#include "engine/snapshot_recovery.hpp"
#include "engine/task_group.hpp"
#include "support/engine_world.hpp"
#include "support/fake_generations.hpp"
#include "support/fake_roles.hpp"
#include "support/fake_snapshots.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// A leader, its follower's cluster, a repository between them, a clock on the wall, and one life
/// of a daemon that recovers by schedule. A reader looks at every alias after every single step.

namespace followd::test {

inline const WallTime eight =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 30} + std::chrono::hours{8};

class RecoveryWorld : public EngineWorld {
public:
    RecoveryWorld() {
        rule.name = RuleName{"hourly"};
        rule.leader = ClusterName{"near"};
        rule.follower = ClusterName{"far"};
        rule.indices = {"orders*"};
        rule.mode = FollowMode::snapshot;
        rule.repository = RepositoryName{"shared"};
        repository.leader = rule.leader;
        repository.settings.name = rule.repository;
    }
    RecoveryWorld(const RecoveryWorld&) = delete;
    RecoveryWorld& operator=(const RecoveryWorld&) = delete;
    // Whatever a test did, nothing may be left over.
    ~RecoveryWorld() {
        doors.open_all();
        end_life();
    }

    void make(const std::string& index, int documents = 30) {
        leader.make(index, "uuid of " + index, 3);
        write(index, 0, documents);
    }
    void write(const std::string& index, int first, int count) {
        for (int number = first; number < first + count; ++number) {
            put(index, number);
        }
    }
    [[nodiscard]] FakeLeaderShard& shard(const std::string& index, std::size_t number) {
        return *leader.indices.at(IndexName{index}).shards.at(number);
    }

    void begin_life() {
        const engine::RecoveryPorts ports{leader,
                                          leader_documents,
                                          shards,
                                          source,
                                          target,
                                          generations,
                                          roles,
                                          repository,
                                          timers,
                                          [this] { return clock(); }};
        recovery.emplace(context.get_executor(),
                         ports,
                         rule,
                         "d1",
                         engine::RecoveryRelations{[](std::vector<core::FollowClaim> claims) {
                                                       return core::settle(std::move(claims));
                                                   },
                                                   holds});
        tasks.spawn(recovery->run());
    }
    /// Stops, which must not take long, and lets go of everything.
    void end_life() {
        if (!recovery) {
            return;
        }
        recovery->stop();
        EXPECT_TRUE(until([this] { return tasks.running() == 0; }, std::chrono::seconds{3}));
        recovery.reset();
    }

    [[nodiscard]] WallTime clock() const {
        return eight + std::chrono::floor<std::chrono::seconds>(timers.now() - began_) + clock_off;
    }
    bool until(const std::function<bool()>& is_reached, Duration limit = std::chrono::minutes{2}) {
        return timers.run_until(
            [&] {
                read_all();
                return is_reached();
            },
            limit);
    }
    void run_for(Duration duration) {
        (void)until([] { return false; }, duration);
    }

    /// The generation that the alias shows; empty: none.
    [[nodiscard]] std::string shown(const std::string& alias = "orders") const {
        const auto found = std::ranges::find_if(roles.indices, [&alias](const auto& entry) {
            const std::vector<std::string>& names = entry.second.role.alias_names;
            return std::ranges::find(names, alias) != names.end();
        });
        return found == roles.indices.end() ? std::string{} : found->first.value();
    }
    /// Documents that a search of the alias finds.
    [[nodiscard]] std::int64_t documents(const std::string& alias = "orders") const {
        return count_of(generations.documents.at(IndexName{shown(alias)}));
    }
    [[nodiscard]] std::vector<std::string> indices() const {
        std::vector<std::string> names;
        for (const auto& [name, index] : roles.indices) {
            names.push_back(name.value());
        }
        return names;
    }
    [[nodiscard]] std::vector<std::string> snapshots() const {
        std::vector<std::string> names;
        for (const auto& [name, snapshot] : source.snapshots) {
            names.push_back(name);
        }
        return names;
    }
    [[nodiscard]] std::optional<engine::FollowerStatus> row(
        const std::string& leader_index = "orders") const {
        for (const engine::FollowerStatus& one : recovery->status()) {
            if (one.leader_index == IndexName{leader_index}) {
                return one;
            }
        }
        return std::nullopt;
    }
    [[nodiscard]] std::optional<FailureKind> error(const std::string& leader_index = "orders") {
        const std::optional<engine::FollowerStatus> found = row(leader_index);
        return found && found->last_error ? std::optional{found->last_error->failure.kind}
                                          : std::nullopt;
    }
    [[nodiscard]] std::string what(const std::string& leader_index = "orders") {
        const std::optional<engine::FollowerStatus> found = row(leader_index);
        return found && found->last_error ? found->last_error->failure.what : std::string{};
    }
    [[nodiscard]] std::optional<engine::IndexPhase> phase(
        const std::string& leader_index = "orders") const {
        const std::optional<engine::FollowerStatus> found = row(leader_index);
        return found ? std::optional{found->phase} : std::nullopt;
    }
    /// The first run is over.
    [[nodiscard]] bool recovers() {
        return until([this] { return row() && row()->recovery->next_run && !shown().empty(); });
    }
    [[nodiscard]] bool shows_another_than(const std::string& before,
                                          Duration limit = std::chrono::minutes{65}) {
        return until([&] { return shown() != before; }, limit);
    }
    int asked(const char* call) { return doors.asked(call); }

    FollowRule rule;
    engine::RuleRepository repository;
    engine::Holds holds;
    std::chrono::seconds clock_off{};
    FakeSnapshotSource source{doors, leader, timers};
    FakeSnapshotTarget target{doors, follower, source, store, timers};
    FakeRoleCluster roles{doors, "far"};
    FakeGenerationTarget generations{doors, roles, target};
    FakeDocumentCounter leader_documents{doors, leader};
    engine::TaskGroup tasks{context.get_executor(),
                            [](const char* what) { ADD_FAILURE() << what; }};
    std::optional<engine::SnapshotRecovery> recovery;

private:
    /// At every moment exactly one generation is shown, or none before the first; and it is, to the
    /// last document, what its leader was when its snapshot was taken.
    void read_all() {
        std::map<std::string, std::set<std::string>> seen;
        for (const auto& [name, index] : roles.indices) {
            for (const std::string& alias : index.role.alias_names) {
                seen[alias].insert(name.value());
            }
        }
        for (const std::string& alias : ever_shown_) {
            EXPECT_EQ(seen[alias].size(), 1U) << "behind " << alias;
        }
        for (const auto& [alias, names] : seen) {
            ever_shown_.insert(alias);
            for (const std::string& name : names) {
                if (known_whole_.insert(name).second) {
                    expect_whole(IndexName{name});
                }
            }
        }
        for (const auto& [name, restored] : target.restored) {
            const bool is_there = source.snapshots.contains(restored.snapshot);
            EXPECT_TRUE(is_there || timers.now() - restored.begun >= target.lasts)
                << restored.snapshot << " was deleted under the restore of " << name.value();
        }
    }
    void expect_whole(const IndexName& name) const {
        const engine::RoleIndex& index = roles.indices.at(name).role;
        if (!index.recovery || !generations.documents.contains(name)) {
            return;  // a test put it there
        }
        const auto& expected =
            source.ever.at(index.recovery->snapshot).shards.at(index.leader_index);
        const std::vector<FakeShardSnapshot>& present = generations.documents.at(name);
        ASSERT_EQ(present.size(), expected.size());
        for (std::size_t shard = 0; shard < present.size(); ++shard) {
            EXPECT_EQ(present[shard].point, expected[shard].point);
            EXPECT_EQ(present[shard].documents.size(), expected[shard].documents.size());
        }
    }

    Instant began_ = timers.now();
    std::set<std::string> ever_shown_;
    std::set<std::string> known_whole_;
};

}  // namespace followd::test
