#include "engine/version_watcher.hpp"

#include "support/watched_cluster.hpp"

#include <gtest/gtest.h>

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::Watched;

TEST(VersionWatcherTest, AMappingChangeArrivesWithoutAnyDocument) {
    Watched watched;
    watched.make("logs-a", "uuid-a");
    watched.start();
    ASSERT_TRUE(watched.until([&] { return watched.follows("logs-a"); }));
    watched.world.leader.indices.at(IndexName{"logs-a"}).set_mapping_version(2);
    const auto& follower = watched.world.follower_index("logs-a-copy");
    EXPECT_TRUE(watched.until([&] { return follower.mapping_version == 2; }));
}

TEST(VersionWatcherTest, ChangesReachTheirIndexAndNoOther) {
    Watched watched;
    watched.make("logs-a", "uuid-a");
    watched.make("logs-b", "uuid-b");
    watched.start();
    ASSERT_TRUE(
        watched.until([&] { return watched.follows("logs-a") && watched.follows("logs-b"); }));
    EXPECT_EQ(watched.asked("sync_metadata"), 0) << "they were made with it";
    watched.world.leader.indices.at(IndexName{"logs-b"}).listed.settings_version = 2;
    const auto& changed = watched.world.follower_index("logs-b-copy");
    ASSERT_TRUE(watched.until([&] { return changed.metadata.has_value(); }));
    EXPECT_FALSE(watched.world.follower_index("logs-a-copy").metadata);
    EXPECT_EQ(watched.rows_of("logs-b").front().metadata.copied.settings, 2);
}

TEST(VersionWatcherTest, AnIdleClusterListsNothingAndIsAskedRarely) {
    Watched watched;
    watched.make_many(20);
    watched.start();
    ASSERT_TRUE(watched.until([&] { return watched.follows("logs-19"); }));
    const int asked = watched.asked("read_versions");
    const int told = watched.world.leader.versions_told;
    watched.world.timers.run_for(20s);
    EXPECT_LE(watched.asked("read_versions") - asked, 10);
    EXPECT_GE(watched.asked("read_versions") - asked, 4);
    EXPECT_EQ(watched.world.leader.versions_told, told);
}

TEST(VersionWatcherTest, AnOutageEndsNothing) {
    Watched watched;
    watched.make("logs-a", "uuid-a");
    watched.start();
    ASSERT_TRUE(watched.until([&] { return watched.follows("logs-a"); }));
    watched.world.doors.fail("read_versions", FailureKind::unreachable, 3);
    watched.world.leader.indices.at(IndexName{"logs-a"}).listed.aliases_version = 2;
    const auto& follower = watched.world.follower_index("logs-a-copy");
    EXPECT_TRUE(watched.until([&] { return follower.metadata.has_value(); }, 20s));
}

TEST(VersionWatcherTest, AnAnswerThatNeverCameAsksForNoLongRest) {
    Watched watched;
    watched.make("logs-a", "uuid-a");
    watched.start();
    ASSERT_TRUE(watched.until([&] { return watched.follows("logs-a"); }));
    watched.world.doors.shut("read_versions");
    watched.world.timers.run_for(15s);
    watched.world.doors.fail("read_versions", FailureKind::timeout, 1);
    watched.world.doors.open("read_versions");
    watched.world.leader.indices.at(IndexName{"logs-a"}).listed.aliases_version = 2;
    const auto& follower = watched.world.follower_index("logs-a-copy");
    EXPECT_TRUE(watched.until([&] { return follower.metadata.has_value(); }, 20s));
}

}  // namespace
}  // namespace followd::engine
