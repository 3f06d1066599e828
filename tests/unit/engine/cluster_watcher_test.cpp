#include "engine/cluster_watcher.hpp"

#include "support/engine_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

FollowRule make_rule(const std::string& name,
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
        ClusterWatcher::Options options;
        options.cluster = ClusterName{"near"};
        options.rules = rules_;
        options.seed = 1;
        watcher = std::make_unique<ClusterWatcher>(
            world.context.get_executor(),
            std::move(options),
            world.leader,
            world.timers,
            [this](const FollowRule& rule, const LeaderIndex& index, const IndexName& follower) {
                ++followers_made;
                return std::make_unique<IndexFollower>(
                    world.context.get_executor(),
                    world.ports(),
                    IndexFollowerOptions{rule, index, follower, {}, {}, 1});
            },
            [](std::vector<core::FollowClaim> claims) { return core::settle(std::move(claims)); });
        tasks.spawn(watcher->run());
    }
    void stop() {
        if (watcher) {
            watcher->stop();
        }
    }
    bool ends() {
        return world.timers.run_until([this] { return tasks.running() == 0; }, 1s);
    }

    void make(const std::string& index, const std::string& uuid, int documents = 10) {
        world.leader.make(index, uuid, 2);
        for (int number = 0; number < documents; ++number) {
            world.put(index, number, R"({"of":")" + uuid + "\"}");
        }
    }
    void remove(const std::string& index) { world.leader.indices.erase(IndexName{index}); }

    bool until(const std::function<bool()>& is_reached, Duration limit = 5s) {
        return world.timers.run_until(is_reached, limit);
    }
    std::vector<FollowerStatus> rows_of(const std::string& index) const {
        std::vector<FollowerStatus> rows = watcher->status();
        std::erase_if(rows, [&index](const FollowerStatus& row) {
            return row.leader_index != IndexName{index};
        });
        return rows;
    }
    std::optional<IndexPhase> phase_of(const std::string& index) const {
        const std::vector<FollowerStatus> rows = rows_of(index);
        return rows.size() == 1 ? std::optional{rows.front().phase} : std::nullopt;
    }
    std::optional<FailureKind> error_of(const std::string& index) const {
        const std::vector<FollowerStatus> rows = rows_of(index);
        return rows.size() == 1 && rows.front().last_error
                   ? std::optional{rows.front().last_error->failure.kind}
                   : std::nullopt;
    }
    bool follows(const std::string& index) const {
        return phase_of(index) == IndexPhase::following &&
               world.differences(index, index + "-copy").empty();
    }
    int asked(const char* call) { return world.doors.asked(call); }

    test::EngineWorld world;
    TaskGroup tasks{world.context.get_executor(), [](const char* what) { ADD_FAILURE() << what; }};
    std::unique_ptr<ClusterWatcher> watcher;
    int followers_made = 0;

private:
    std::vector<FollowRule> rules_;
};

TEST(ClusterWatcherTest, FollowsWhatARuleMeans) {
    Watched cluster({make_rule("logs", {"logs-*", "-logs-old*"})});
    cluster.make("logs-1", "uuid-1");
    cluster.make("logs-2", "uuid-2");
    cluster.make("logs-old-1", "uuid-3");
    cluster.make("metrics", "uuid-4");
    cluster.start();
    EXPECT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }));
    EXPECT_TRUE(cluster.until([&] { return cluster.follows("logs-2"); }));
    EXPECT_EQ(cluster.watcher->status().size(), 2U);
    EXPECT_EQ(cluster.world.follower.indices.size(), 2U);

    cluster.world.put("logs-1", 3, R"({"new":true})");
    EXPECT_FALSE(cluster.follows("logs-1"));
    EXPECT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }, 1s));
}

TEST(ClusterWatcherTest, GivesOneIndexAFollowerOfEveryRuleThatMeansIt) {
    Watched cluster({make_rule("one", {"logs-1"}, "a"), make_rule("two", {"logs-*"}, "b")});
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    const auto are_equal = [&] {
        return cluster.world.differences("logs-1", "a").empty() &&
               cluster.world.differences("logs-1", "b").empty();
    };
    EXPECT_TRUE(cluster.until(are_equal));
    cluster.world.put("logs-1", 99);
    EXPECT_TRUE(cluster.until(are_equal, 1s));
    EXPECT_EQ(cluster.rows_of("logs-1").size(), 2U);
}

TEST(ClusterWatcherTest, FollowsANewIndexAsSoonAsAPollShowsIt) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    // Long enough that no listing is due by itself.
    cluster.world.timers.run_for(90s);
    cluster.make("logs-2", "uuid-2");
    EXPECT_TRUE(cluster.until([&] { return cluster.follows("logs-2"); }, 2s));
}

TEST(ClusterWatcherTest, ListsSeldomWhereNothingComesOrGoes) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    cluster.world.timers.run_for(1min);
    const int before = cluster.asked("list_indices");
    for (int second = 0; second < 600; ++second) {
        cluster.world.put("logs-1", second);
        cluster.world.timers.run_for(1s);
    }
    EXPECT_LE(cluster.asked("list_indices") - before, 10);
    EXPECT_GE(cluster.asked("list_indices") - before, 9);
}

TEST(ClusterWatcherTest, PollsOftenOnlyWhileSomethingMoves) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    cluster.world.timers.run_for(1min);
    int before = cluster.asked("sample");
    cluster.world.timers.run_for(10s);
    EXPECT_EQ(cluster.asked("sample") - before, 20);
    before = cluster.asked("sample");
    for (int write = 0; write < 20; ++write) {
        cluster.world.put("logs-1", write);
        cluster.world.timers.run_for(500ms);
    }
    EXPECT_GE(cluster.asked("sample") - before, 400);
}

TEST(ClusterWatcherTest, KeepsTheFollowerOfADeletedIndex) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.make("logs-2", "uuid-2");
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }));
    cluster.remove("logs-1");
    ASSERT_TRUE(
        cluster.until([&] { return cluster.phase_of("logs-1") == IndexPhase::leader_gone; }));
    cluster.world.timers.run_for(10min);
    EXPECT_EQ(cluster.phase_of("logs-1"), IndexPhase::leader_gone);
    const auto& kept = cluster.world.follower_index("logs-1-copy").shards;
    EXPECT_EQ(kept[0]->documents.size() + kept[1]->documents.size(), 10U);
    EXPECT_TRUE(cluster.follows("logs-2"));
}

// Between two polls, so that only the UUID tells.
TEST(ClusterWatcherTest, TakesAnIndexThatWasMadeAnewForAnother) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }));
    cluster.world.timers.run_for(90s);
    cluster.make("logs-1", "uuid-2", 30);
    // The follower of the one before stands in its place, and is nobody's to overwrite.
    ASSERT_TRUE(cluster.until([&] { return cluster.error_of("logs-1") == FailureKind::conflict; }));
    EXPECT_EQ(cluster.phase_of("logs-1"), IndexPhase::refused);
    EXPECT_EQ(cluster.followers_made, 2);
    cluster.world.timers.run_for(10min);
    const auto& kept = cluster.world.follower_index("logs-1-copy").shards;
    for (const auto& [version, document] : kept[0]->documents) {
        EXPECT_EQ(document.source, R"({"of":"uuid-1"})");
    }
    EXPECT_EQ(kept[0]->documents.size() + kept[1]->documents.size(), 10U);
    EXPECT_EQ(cluster.followers_made, 2);

    cluster.world.follower.indices.clear();
    EXPECT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }, core::halt_interval + 1s));
}

// Until the listing is there, all that its follower knows is that its index shows no primaries.
TEST(ClusterWatcherTest, ShowsAFollowerNoOtherIndexOfItsName) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }));
    cluster.world.timers.run_for(30s);
    cluster.world.doors.shut("list_indices");
    cluster.make("logs-1", "uuid-2");
    ASSERT_TRUE(cluster.until([&] { return cluster.world.doors.waiting("list_indices") == 1; }));
    cluster.world.timers.run_for(1s);
    const FollowerStatus row = cluster.rows_of("logs-1").front();
    ASSERT_EQ(row.shards.size(), 2U);
    for (const core::ShardStatus& shard : row.shards) {
        ASSERT_TRUE(shard.last_error);
        EXPECT_EQ(shard.last_error->failure.kind, FailureKind::unavailable);
    }
}

TEST(ClusterWatcherTest, FollowsAnIndexThatCameBackUnderItsNameAfterAWhile) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }));
    cluster.remove("logs-1");
    ASSERT_TRUE(
        cluster.until([&] { return cluster.phase_of("logs-1") == IndexPhase::leader_gone; }));
    cluster.world.follower.indices.clear();
    cluster.world.timers.run_for(10min);
    cluster.make("logs-1", "uuid-2", 30);
    EXPECT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }));
}

TEST(ClusterWatcherTest, TellsOfAFailingPollUntilTheLeaderAnswers) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }));
    EXPECT_FALSE(cluster.watcher->failure());
    EXPECT_FALSE(cluster.error_of("logs-1"));

    cluster.world.doors.fail("sample", FailureKind::unreachable);
    ASSERT_TRUE(cluster.until([&] { return cluster.watcher->failure().has_value(); }, 1s));
    EXPECT_EQ(cluster.watcher->failure()->kind, FailureKind::unreachable);
    ASSERT_EQ(cluster.error_of("logs-1"), FailureKind::unreachable);
    const Instant since = cluster.rows_of("logs-1").front().last_error->since;
    const int before = cluster.asked("sample");
    cluster.world.timers.run_for(10min);
    EXPECT_LE(cluster.asked("sample") - before, 60) << "it must back off";
    EXPECT_GE(cluster.asked("sample") - before, 20);
    EXPECT_EQ(cluster.rows_of("logs-1").front().last_error->since, since);

    cluster.world.put("logs-1", 99);
    cluster.world.doors.heal("sample");
    ASSERT_TRUE(cluster.until([&] { return !cluster.watcher->failure(); }, 31s));
    EXPECT_FALSE(cluster.error_of("logs-1"));
    EXPECT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }, 1s));

    // The next trouble is another one, and is waited for shortly.
    cluster.world.doors.fail("sample", FailureKind::timeout, 1);
    ASSERT_TRUE(cluster.until([&] { return cluster.watcher->failure().has_value(); }, 1s));
    EXPECT_TRUE(cluster.until([&] { return !cluster.watcher->failure(); }, 100ms));
}

TEST(ClusterWatcherTest, WaitsForALeaderThatIsNotThereAtTheStart) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.world.doors.fail("sample", FailureKind::unreachable);
    cluster.world.doors.fail("list_indices", FailureKind::unreachable);
    cluster.start();
    cluster.world.timers.run_for(10min);
    EXPECT_EQ(cluster.watcher->failure()->kind, FailureKind::unreachable);
    EXPECT_TRUE(cluster.watcher->status().empty());
    cluster.world.doors.heal("sample");
    cluster.world.doors.heal("list_indices");
    EXPECT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }, 35s));
}

TEST(ClusterWatcherTest, ListsAgainSoonWhereAListingFailed) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    cluster.world.timers.run_for(90s);
    cluster.world.doors.fail("list_indices", FailureKind::timeout, 3);
    cluster.make("logs-2", "uuid-2");
    EXPECT_TRUE(cluster.until([&] { return cluster.follows("logs-2"); }, 10s));
    EXPECT_FALSE(cluster.watcher->failure());
}

// The node that answers the listing may learn of an index later than the one that showed it.
TEST(ClusterWatcherTest, ListsAgainWhereTheFirstListingLacksANewIndex) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    cluster.world.timers.run_for(90s);
    cluster.make("logs-2", "uuid-2");
    auto& listed = cluster.world.leader.indices.at(IndexName{"logs-2"}).listed;
    listed.is_system = true;
    const int before = cluster.asked("list_indices");
    ASSERT_TRUE(cluster.until([&] { return cluster.asked("list_indices") == before + 1; }));
    cluster.world.timers.run_for(100ms);
    listed.is_system = false;
    EXPECT_TRUE(cluster.until([&] { return cluster.follows("logs-2"); }, 3s));
}

TEST(ClusterWatcherTest, DoesNotFollowFollowersAndSystemIndices) {
    Watched cluster({make_rule("all", {"*", ".*"})});
    cluster.make("logs-1", "uuid-1");
    cluster.make("logs-0-copy", "uuid-2");
    cluster.make(".security-7", "uuid-3");
    cluster.world.leader.indices.at(IndexName{"logs-0-copy"}).listed.follows = IndexName{"logs-0"};
    cluster.world.leader.indices.at(IndexName{".security-7"}).listed.is_system = true;
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }));
    cluster.world.timers.run_for(10min);
    EXPECT_EQ(cluster.watcher->status().size(), 1U);
    EXPECT_EQ(cluster.world.follower.indices.size(), 1U);
    EXPECT_EQ(cluster.followers_made, 1);
}

TEST(ClusterWatcherTest, RefusesBothOfTwoClaimsToOneFollower) {
    Watched cluster({make_rule("one", {"a"}, "same"),
                     make_rule("two", {"b"}, "same"),
                     make_rule("three", {"c"})});
    for (const char* index : {"a", "b", "c"}) {
        cluster.make(index, std::string("uuid-") + index);
    }
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.follows("c"); }));
    for (const char* index : {"a", "b"}) {
        EXPECT_EQ(cluster.phase_of(index), IndexPhase::refused);
        ASSERT_EQ(cluster.error_of(index), FailureKind::conflict);
        const FollowerStatus row = cluster.rows_of(index).front();
        EXPECT_FALSE(row.follower_index);
        for (const char* named : {"one", "two", "near/a", "near/b", "far/same"}) {
            EXPECT_NE(row.last_error->failure.what.find(named), std::string::npos) << named;
        }
    }
    cluster.world.timers.run_for(10min);
    EXPECT_FALSE(cluster.world.follower.indices.contains(IndexName{"same"}));

    // The end of one is the other's chance.
    cluster.remove("a");
    EXPECT_TRUE(cluster.until([&] { return cluster.phase_of("b") == IndexPhase::following; }));
    EXPECT_EQ(cluster.world.differences("b", "same"), "");
    EXPECT_TRUE(cluster.rows_of("a").empty());
}

TEST(ClusterWatcherTest, RefusesAnImpossibleName) {
    Watched cluster({make_rule("loud", {"logs-*"}, "LOUD-{{leader_index}}")});
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.phase_of("logs-1") == IndexPhase::refused; }));
    EXPECT_EQ(cluster.error_of("logs-1"), FailureKind::conflict);
    EXPECT_EQ(cluster.followers_made, 0);
}

// Making followers is work for a cluster's master: however many indices there are, it is done a few
// at a time.
TEST(ClusterWatcherTest, MakesAFewIndicesReadyAtATime) {
    Watched cluster;
    for (int number = 0; number < 10; ++number) {
        const std::string suffix = std::to_string(number);
        cluster.make("logs-" + suffix, "uuid-" + suffix);
    }
    cluster.world.doors.shut("prepare");
    cluster.start();
    cluster.world.timers.run_for(1min);
    EXPECT_EQ(cluster.world.doors.waiting("prepare"), 4U);
    EXPECT_EQ(cluster.watcher->status().size(), 10U);
    cluster.world.doors.open("prepare");
    EXPECT_TRUE(cluster.until([&] {
        return std::ranges::all_of(cluster.watcher->status(), [](const FollowerStatus& row) {
            return row.phase == IndexPhase::following;
        });
    }));
}

// Stops after each single step of a life in which an index is made anew and another one appears.
TEST(ClusterWatcherTest, EndsWheneverItIsStopped) {
    bool has_finished = false;
    for (int step = 0; !has_finished; ++step) {
        SCOPED_TRACE(step);
        Watched cluster;
        cluster.make("logs-1", "uuid-1");
        cluster.start();
        int steps = 0;
        bool has_changed = false;
        has_finished = !cluster.until(
            [&] {
                if (!has_changed && cluster.follows("logs-1")) {
                    has_changed = true;
                    cluster.make("logs-1", "uuid-2");
                    cluster.make("logs-2", "uuid-3");
                }
                return steps++ == step;
            },
            1s);
        cluster.stop();
        ASSERT_TRUE(cluster.ends());
    }
}

TEST(ClusterWatcherTest, PollsSeldomAfterAnIndexWentWhileItWasMadeReady) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.world.doors.shut("load");
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.world.doors.waiting("load") == 1; }));
    cluster.remove("logs-1");
    ASSERT_TRUE(
        cluster.until([&] { return cluster.phase_of("logs-1") == IndexPhase::leader_gone; }));
    cluster.world.doors.open("load");
    cluster.world.timers.run_for(1min);
    const int before = cluster.asked("sample");
    cluster.world.timers.run_for(10s);
    EXPECT_EQ(cluster.asked("sample") - before, 20);
    EXPECT_TRUE(cluster.rows_of("logs-1").front().shards.empty());
}

TEST(ClusterWatcherTest, StartsNothingThatStillQueuesWhenItIsStopped) {
    Watched cluster;
    for (int number = 0; number < 10; ++number) {
        const std::string suffix = std::to_string(number);
        cluster.make("logs-" + suffix, "uuid-" + suffix);
    }
    cluster.world.doors.shut("prepare");
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.world.doors.waiting("prepare") == 4; }));
    cluster.stop();
    cluster.world.doors.open("prepare");
    EXPECT_TRUE(cluster.ends());
    EXPECT_EQ(cluster.asked("read_definition"), 4);
    EXPECT_EQ(cluster.world.follower.indices.size(), 4U);
}

TEST(ClusterWatcherTest, FollowsAgainAnIndexThatLeftItsAliasForAWhile) {
    Watched cluster({make_rule("alias", {"current"})});
    cluster.make("logs-1", "uuid-1");
    auto& listed = cluster.world.leader.indices.at(IndexName{"logs-1"}).listed;
    listed.aliases = {"current"};
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }));
    listed.aliases.clear();
    ASSERT_TRUE(
        cluster.until([&] { return cluster.phase_of("logs-1") == IndexPhase::leader_gone; }));
    listed.aliases = {"current"};
    cluster.world.put("logs-1", 99);
    EXPECT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }, 3min));
}

TEST(ClusterWatcherTest, FollowsAgainAnIndexThatOneListingLacked) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }));
    auto index = cluster.world.leader.indices.extract(IndexName{"logs-1"});
    ASSERT_TRUE(
        cluster.until([&] { return cluster.phase_of("logs-1") == IndexPhase::leader_gone; }));
    cluster.world.leader.indices.insert(std::move(index));
    cluster.world.put("logs-1", 99);
    EXPECT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }, 3min));
}

TEST(ClusterWatcherTest, RefusesOnlyTheRivalThatCameLater) {
    Watched cluster({make_rule("one", {"a"}, "same"), make_rule("two", {"b"}, "same")});
    cluster.make("a", "uuid-a");
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.phase_of("a") == IndexPhase::following; }));
    cluster.make("b", "uuid-b");
    ASSERT_TRUE(cluster.until([&] { return cluster.phase_of("b") == IndexPhase::refused; }));
    EXPECT_EQ(cluster.rows_of("a").size(), 1U);
    EXPECT_EQ(cluster.phase_of("a"), IndexPhase::following);
}

TEST(ClusterWatcherTest, SaysSinceWhenTwoClaimsAreInConflict) {
    Watched cluster({make_rule("one", {"a"}, "same"), make_rule("two", {"b"}, "same")});
    cluster.make("a", "uuid-a");
    cluster.make("b", "uuid-b");
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.phase_of("a") == IndexPhase::refused; }));
    const Instant since = cluster.rows_of("a").front().last_error->since;
    cluster.world.timers.run_for(10min);
    EXPECT_EQ(cluster.rows_of("a").front().last_error->since, since);
}

}  // namespace
}  // namespace followd::engine
