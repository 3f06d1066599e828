#include "engine/metadata_sync.hpp"

#include "support/followed_index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::copy;
using test::Followed;
using test::logs;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

LeaderIndex& leader_of(Followed& index) {
    return index.world.leader.indices.at(IndexName{logs}).listed;
}

/// As a watcher tells of a change.
void tell(Followed& index) {
    const LeaderIndex& leader = leader_of(index);
    index.follower->versions_seen(
        {leader.mapping_version, leader.settings_version, leader.aliases_version});
}

void follow(Followed& index) {
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.pass(1s);
}

TEST(MetadataSyncTest, AFollowerThatWasJustMadeLacksNothingButAliases) {
    Followed plain;
    follow(plain);
    EXPECT_EQ(plain.asked("sync_metadata"), 0);

    Followed aliased;
    leader_of(aliased).aliases = {"all"};
    follow(aliased);
    EXPECT_EQ(aliased.asked("sync_metadata"), 1);
    EXPECT_TRUE(aliased.world.follower_index(copy).metadata->is_copied);
}

TEST(MetadataSyncTest, NoAliasShowsAHalfCopiedIndex) {
    Followed index;
    leader_of(index).aliases = {"all"};
    index.world.doors.shut("follower.apply");
    index.start();
    index.pass(3s);
    leader_of(index).settings_version = 2;
    tell(index);
    ASSERT_TRUE(index.until([&] { return index.asked("sync_metadata") == 1; }));
    index.pass(3s);
    EXPECT_FALSE(index.world.follower_index(copy).metadata->is_copied);
    EXPECT_EQ(index.asked("sync_metadata"), 1);
    index.world.doors.open("follower.apply");
    EXPECT_TRUE(index.until([&] { return index.world.follower_index(copy).metadata->is_copied; }));
}

TEST(MetadataSyncTest, AnAdoptedFollowerIsComparedOnce) {
    Followed index;
    follow(index);
    index.stop();
    ASSERT_TRUE(index.ends());
    follow(index);
    index.pass(1min, 1s);
    EXPECT_LE(index.asked("sync_metadata"), 2) << "settings, and aliases once all is copied";
    EXPECT_GE(index.asked("sync_metadata"), 1);
    EXPECT_EQ(index.follower->status().metadata.copied, (MetadataVersions{1, 1, 1}));
}

TEST(MetadataSyncTest, AChangeIsToldWithItsTime) {
    Followed index;
    follow(index);
    EXPECT_FALSE(index.follower->status().metadata.last_change);
    index.world.follower.metadata_outcome.changed = {"setting index.x = 1", "alias a added"};
    leader_of(index).settings_version = 2;
    tell(index);
    const Instant told = index.world.timers.now();
    ASSERT_TRUE(index.until([&] { return index.asked("sync_metadata") == 1; }));
    index.pass(1s);
    const MetadataStatus status = index.follower->status().metadata;
    ASSERT_TRUE(status.last_change);
    EXPECT_EQ(status.last_change->what, "setting index.x = 1, alias a added");
    EXPECT_LE(status.last_change->at - told, 1s);
    EXPECT_EQ(status.copied, (MetadataVersions{1, 2, 1}));
    EXPECT_EQ(index.asked("sync_metadata"), 1);
}

TEST(MetadataSyncTest, SettingsGoBeforeTheMappingThatNeedsThem) {
    Followed index;
    follow(index);
    leader_of(index).settings_version = 2;
    index.world.leader.indices.at(IndexName{logs}).set_mapping_version(2);
    index.world.doors.shut("sync_metadata");
    index.world.put(logs, 100);
    index.pass(2s);
    EXPECT_EQ(index.asked("sync_mapping"), 0);
    index.world.doors.open("sync_metadata");
    EXPECT_TRUE(index.until([&] { return index.is_equal(); }));
    EXPECT_EQ(index.asked("sync_mapping"), 1);
}

TEST(MetadataSyncTest, NoDocumentWaitsForSettings) {
    Followed index;
    follow(index);
    index.world.doors.fail("sync_metadata", FailureKind::unavailable);
    leader_of(index).settings_version = 2;
    tell(index);
    index.world.leader.indices.at(IndexName{logs}).set_mapping_version(2);
    index.world.put(logs, 100);
    ASSERT_TRUE(index.until([&] { return index.is_equal(); }));
    index.pass(10s);
    EXPECT_THAT(index.follower->status().warnings,
                ElementsAre(HasSubstr("is not copied now: the test says so (unavailable)")));
    EXPECT_TRUE(index.is_following());
    EXPECT_LE(index.asked("sync_metadata"), 12) << "with a back-off";

    index.world.doors.heal("sync_metadata");
    EXPECT_TRUE(index.until([&] { return index.follower->status().warnings.empty(); }, 30s));
    EXPECT_EQ(index.follower->status().metadata.copied.settings, 2);
}

TEST(MetadataSyncTest, WhatWasDoneByHalfIsToldAndFinished) {
    Followed index;
    follow(index);
    index.world.follower.metadata_outcome.changed = {"setting index.x = 1"};
    index.world.follower.metadata_outcome.stopped_by =
        Failure{FailureKind::timeout, "no answer", "far"};
    leader_of(index).settings_version = 2;
    tell(index);
    ASSERT_TRUE(index.until([&] { return !index.follower->status().warnings.empty(); }));
    EXPECT_EQ(index.follower->status().metadata.last_change->what, "setting index.x = 1");
    EXPECT_EQ(index.follower->status().metadata.copied.settings, 1);
    index.world.follower.metadata_outcome = {};
    EXPECT_TRUE(index.until([&] { return index.follower->status().warnings.empty(); }));
    EXPECT_EQ(index.follower->status().metadata.copied.settings, 2);
}

TEST(MetadataSyncTest, WhatWasNotAcceptedIsTriedAgainOnceInAWhile) {
    Followed index;
    follow(index);
    index.world.follower.metadata_outcome.warnings = {"not copied: alias taken"};
    leader_of(index).aliases_version = 2;
    tell(index);
    ASSERT_TRUE(index.until([&] { return index.asked("sync_metadata") == 1; }));
    index.pass(1s);
    EXPECT_EQ(index.follower->status().warnings,
              std::vector<std::string>{"not copied: alias taken"});
    index.pass(4min, 1s);
    EXPECT_EQ(index.asked("sync_metadata"), 1);
    index.world.follower.metadata_outcome.warnings.clear();
    index.pass(2min, 1s);
    EXPECT_EQ(index.asked("sync_metadata"), 2);
    EXPECT_THAT(index.follower->status().warnings, IsEmpty());
    index.pass(10min, 1s);
    EXPECT_EQ(index.asked("sync_metadata"), 2);
}

TEST(MetadataSyncTest, ARefusedMappingNamesWhatWasWithheld) {
    Followed index;
    follow(index);
    index.world.follower.metadata_outcome.warnings = {"index.analysis.a changed"};
    index.world.follower.metadata_outcome.withheld = {"index.analysis.a"};
    leader_of(index).settings_version = 2;
    tell(index);
    ASSERT_TRUE(index.until([&] { return index.asked("sync_metadata") == 1; }));
    index.world.doors.fail("sync_mapping", FailureKind::refused);
    index.world.leader.indices.at(IndexName{logs}).set_mapping_version(2);
    index.world.put(logs, 100);
    const auto halted = [&] {
        const auto error = index.follower->status().shards.at(100 % 3).last_error;
        return error &&
               error->failure.what.find("index.analysis.a (allow_close") != std::string::npos;
    };
    EXPECT_TRUE(index.until(halted));
}

// The node that told the versions is ahead of the one that tells the definition.
TEST(MetadataSyncTest, AnOlderDefinitionIsAskedForAgainAndNotInAHurry) {
    Followed index;
    follow(index);
    index.follower->versions_seen({1, 2, 1});
    const int before = index.asked("read_definition");
    index.pass(10s);
    EXPECT_GE(index.asked("read_definition") - before, 5);
    EXPECT_LE(index.asked("read_definition") - before, 11);
}

TEST(MetadataSyncTest, AnotherIndexOfTheNameIsNotCopied) {
    Followed index;
    follow(index);
    leader_of(index).uuid = IndexUuid{"uuid-2"};
    leader_of(index).settings_version = 2;
    tell(index);
    index.pass(2s);
    EXPECT_EQ(index.asked("sync_metadata"), 0);
    leader_of(index).uuid = IndexUuid{"uuid-1"};
}

}  // namespace
}  // namespace followd::engine
