#include "support/watched_cluster.hpp"

#include <gtest/gtest.h>

#include <string>

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::make_rule;
using test::Watched;

TEST(FollowedSetTest, FollowsWhatARuleMeans) {
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

TEST(FollowedSetTest, GivesOneIndexAFollowerOfEveryRuleThatMeansIt) {
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

TEST(FollowedSetTest, FollowsANewIndexAsSoonAsAPollShowsIt) {
    Watched cluster;
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    // Long enough that no listing is due by itself.
    cluster.world.timers.run_for(90s);
    cluster.make("logs-2", "uuid-2");
    EXPECT_TRUE(cluster.until([&] { return cluster.follows("logs-2"); }, 2s));
}

TEST(FollowedSetTest, KeepsTheFollowerOfADeletedIndex) {
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
TEST(FollowedSetTest, TakesAnIndexThatWasMadeAnewForAnother) {
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
TEST(FollowedSetTest, ShowsAFollowerNoOtherIndexOfItsName) {
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

TEST(FollowedSetTest, FollowsAnIndexThatCameBackUnderItsNameAfterAWhile) {
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

TEST(FollowedSetTest, DoesNotFollowFollowersAndSystemIndices) {
    Watched cluster({make_rule("all", {"*", ".*"})});
    cluster.make("logs-1", "uuid-1");
    cluster.make("logs-0-copy", "uuid-2");
    cluster.make(".security-7", "uuid-3");
    cluster.world.leader.indices.at(IndexName{"logs-0-copy"}).listed.follows =
        engine::Following{ClusterName{"far"}, IndexName{"logs-0"}, IndexUuid{"u"}};
    cluster.world.leader.indices.at(IndexName{".security-7"}).listed.is_system = true;
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.follows("logs-1"); }));
    cluster.world.timers.run_for(10min);
    EXPECT_EQ(cluster.watcher->status().size(), 1U);
    EXPECT_EQ(cluster.world.follower.indices.size(), 1U);
    EXPECT_EQ(cluster.followers_made, 1);
}

TEST(FollowedSetTest, RefusesBothOfTwoClaimsToOneFollower) {
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

TEST(FollowedSetTest, RefusesAnImpossibleName) {
    Watched cluster({make_rule("loud", {"logs-*"}, "LOUD-{{leader_index}}")});
    cluster.make("logs-1", "uuid-1");
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.phase_of("logs-1") == IndexPhase::refused; }));
    EXPECT_EQ(cluster.error_of("logs-1"), FailureKind::conflict);
    EXPECT_EQ(cluster.followers_made, 0);
}

TEST(FollowedSetTest, FollowsAgainAnIndexThatLeftItsAliasForAWhile) {
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

TEST(FollowedSetTest, FollowsAgainAnIndexThatOneListingLacked) {
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

TEST(FollowedSetTest, RefusesOnlyTheRivalThatCameLater) {
    Watched cluster({make_rule("one", {"a"}, "same"), make_rule("two", {"b"}, "same")});
    cluster.make("a", "uuid-a");
    cluster.start();
    ASSERT_TRUE(cluster.until([&] { return cluster.phase_of("a") == IndexPhase::following; }));
    cluster.make("b", "uuid-b");
    ASSERT_TRUE(cluster.until([&] { return cluster.phase_of("b") == IndexPhase::refused; }));
    EXPECT_EQ(cluster.rows_of("a").size(), 1U);
    EXPECT_EQ(cluster.phase_of("a"), IndexPhase::following);
}

TEST(FollowedSetTest, SaysSinceWhenTwoClaimsAreInConflict) {
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
