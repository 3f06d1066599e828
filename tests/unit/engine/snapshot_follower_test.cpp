#include "engine/index_follower.hpp"
#include "engine/snapshot_taker.hpp"
#include "support/fake_snapshots.hpp"
#include "support/followed_index.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::copy;
using test::Followed;
using test::logs;

/// A followed index whose rule has a repository.
class SnapshotFollowed : public Followed {
public:
    SnapshotFollowed() : Followed(60) {
        repository.leader = ClusterName{"near"};
        begin_life();
    }
    SnapshotFollowed(const SnapshotFollowed&) = delete;
    SnapshotFollowed& operator=(const SnapshotFollowed&) = delete;
    ~SnapshotFollowed() {
        world.doors.open_all();
        end_life();
    }

    /// All of it, as a restart would.
    void end_life() {
        stop();
        taker->stop();
        EXPECT_TRUE(ends());
        follower.reset();
        taker.reset();
    }
    void begin_life() {
        taker.emplace(world.context.get_executor(), repository, "d1", ++life, source, world.timers);
        snapshots.emplace(SnapshotPorts{*taker, source, target, repository});
        tasks.spawn(taker->run());
    }

    bool warns_of(const std::string& text) const {
        const std::vector<std::string> warnings = follower->status().warnings;
        return std::ranges::any_of(warnings, [&text](const std::string& warning) {
            return warning.find(text) != std::string::npos;
        });
    }
    int documents_copied() const {
        int sum = 0;
        for (const auto& shard : world.follower.indices.at(IndexName{copy}).shards) {
            sum += shard->items;
        }
        return sum;
    }

    RuleRepository repository;
    test::FakeSnapshotSource source{world.doors, world.leader, world.timers};
    test::FakeSnapshotTarget target{world.doors, world.follower, source, world.store, world.timers};
    std::uint64_t life = 100;
    std::optional<SnapshotTaker> taker;
};

TEST(SnapshotFollowerTest, FollowsOnFromWhatWasRestored) {
    SnapshotFollowed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    EXPECT_EQ(index.differences(), "");
    EXPECT_EQ(index.documents_copied(), 0);
    EXPECT_EQ(index.world.follower_index(copy).info.generation, 1);
    EXPECT_TRUE(index.follower->status().warnings.empty());
    EXPECT_FALSE(index.follower->status().bootstrap);

    index.world.put(logs, 7, R"({"new":true})");
    index.world.put(logs, 60);
    index.world.remove(logs, 8);
    ASSERT_TRUE(index.until([&] { return index.is_equal(); }, 1s)) << index.differences();
    EXPECT_EQ(index.documents_copied(), 3);
    EXPECT_TRUE(index.source.snapshots.empty());
}

// What came after G and before the snapshot is read again; what was deleted since, found.
TEST(SnapshotFollowerTest, BringsWhatHappenedMeanwhile) {
    SnapshotFollowed index;
    index.world.doors.shut("source.begin_snapshot");
    index.start();
    ASSERT_TRUE(
        index.until([&] { return index.world.doors.waiting("source.begin_snapshot") == 1; }));
    index.world.put(logs, 3, R"({"before":"it"})");
    index.world.remove(logs, 4);
    index.world.doors.open("source.begin_snapshot");
    index.world.doors.shut("target.read_restored");
    ASSERT_TRUE(
        index.until([&] { return index.world.doors.waiting("target.read_restored") == 1; }));
    index.world.put(logs, 5, R"({"after":"it"})");
    index.world.remove(logs, 6);
    index.world.put(logs, 60);
    index.world.doors.open("target.read_restored");
    ASSERT_TRUE(index.until([&] { return index.is_following() && index.is_equal(); }))
        << index.differences();
}

TEST(SnapshotFollowerTest, ShowsItsStepAndItsBytes) {
    SnapshotFollowed index;
    index.source.lasts = index.target.lasts = 10s;
    const auto shows = [&index](BootstrapStep step) {
        const std::optional<BootstrapStatus> shown = index.follower->status().bootstrap;
        return shown && shown->step == step &&
               (step == BootstrapStep::confirmation || shown->transfer.bytes > 0);
    };
    index.start();
    ASSERT_TRUE(index.until([&] { return shows(BootstrapStep::snapshot); }));
    EXPECT_EQ(index.follower->status().bootstrap->transfer.bytes_total, 1000);
    EXPECT_EQ(index.follower->status().phase, IndexPhase::bootstrap);
    EXPECT_TRUE(index.follower->status().shards.empty());
    ASSERT_TRUE(index.until([&] { return shows(BootstrapStep::restore); }, 30s));
    EXPECT_EQ(index.follower->status().bootstrap->transfer.bytes_total, 2000);
    EXPECT_EQ(index.follower->status().phase, IndexPhase::bootstrap);
    index.world.shard_of(logs, 0).sample.global_checkpoint = SeqNo{3};
    ASSERT_TRUE(index.until([&] { return shows(BootstrapStep::confirmation); }, 30s));
    index.world.shard_of(logs, 0).sample.global_checkpoint =
        index.world.shard_of(logs, 0).sample.max_seq_no;
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    EXPECT_FALSE(index.follower->status().bootstrap);
}

TEST(SnapshotFollowerTest, FallsBackToCopyingAndSaysWhy) {
    SnapshotFollowed index;
    index.target.why_not = "the follower is older";
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    EXPECT_EQ(index.differences(), "");
    EXPECT_TRUE(index.warns_of("the follower is older"));
    EXPECT_TRUE(index.warns_of("not from a snapshot"));
    EXPECT_TRUE(index.source.taken.empty());
    EXPECT_FALSE(index.last_error());
    // It is not tried again, and the warning stays, as long as this life does.
    index.world.leader.indices.at(IndexName{logs}).set_mapping_version(2);
    index.pass(1min, 1s);
    EXPECT_TRUE(index.warns_of("the follower is older"));
}

// Checkpoints of a snapshot that came to nothing are no checkpoints of the index that is copied.
TEST(SnapshotFollowerTest, FallsBackAfterARestoreThatDidNotEnd) {
    SnapshotFollowed index;
    index.target.obstacle = "no node may hold it";
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }, 2min)) << index.differences();
    EXPECT_EQ(index.differences(), "");
    EXPECT_TRUE(index.warns_of("no node may hold it"));
    EXPECT_EQ(index.world.follower_index(copy).info.generation, 0);
    EXPECT_EQ(index.target.discarded.size(), 1U);
    EXPECT_TRUE(index.source.snapshots.empty());
}

TEST(SnapshotFollowerTest, RefusesWhereNothingElseIsWanted) {
    SnapshotFollowed index;
    index.bootstrap = Bootstrap::snapshot;
    index.target.why_not = "the follower is older";
    index.start();
    ASSERT_TRUE(index.until([&] { return index.last_error() == FailureKind::refused; }));
    EXPECT_EQ(index.follower->status().phase, IndexPhase::refused);
    EXPECT_NE(index.follower->status().last_error->failure.what.find("the follower is older"),
              std::string::npos);
    index.pass(10min, 1s);
    EXPECT_EQ(index.asked("prepare"), 0);
    EXPECT_TRUE(index.world.follower.indices.empty());

    index.target.why_not.clear();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }, core::halt_interval + 10s));
    EXPECT_EQ(index.differences(), "");
    EXPECT_EQ(index.documents_copied(), 0);
}

TEST(SnapshotFollowerTest, TouchesNoFollowerThatIsThere) {
    SnapshotFollowed index;
    index.snapshots.reset();
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.end_life();
    const int copied = index.documents_copied();

    index.begin_life();
    for (const Bootstrap bootstrap : {Bootstrap::automatic, Bootstrap::snapshot}) {
        index.bootstrap = bootstrap;
        index.start();
        ASSERT_TRUE(index.until([&] { return index.is_following(); }));
        index.pass(1min);
        EXPECT_TRUE(index.follower->status().warnings.empty());
        EXPECT_TRUE(index.source.taken.empty());
        EXPECT_EQ(index.asked("source.read_release"), 0);
        EXPECT_EQ(index.documents_copied(), copied);
        index.stop();
        ASSERT_TRUE(index.until([&] { return index.follower->has_ended(); }));
    }
}

TEST(SnapshotFollowerTest, AskedOfAStoppedFollowerNothingIsLeftUnderWay) {
    bool has_finished = false;
    for (int step = 0; !has_finished; ++step) {
        SCOPED_TRACE(step);
        SnapshotFollowed index;
        index.start();
        int steps = 0;
        has_finished = !index.until([&] { return steps++ == step || index.is_following(); }) ||
                       index.is_following();
        index.end_life();
        // The next life brings it to an end, whatever was left.
        index.begin_life();
        index.world.put(logs, 1, R"({"between":"lives"})");
        index.start();
        ASSERT_TRUE(index.until([&] { return index.is_following() && index.is_equal(); }))
            << index.differences();
        EXPECT_EQ(index.world.follower_index(copy).info.generation, 1);
        index.pass(16s, 500ms);
        EXPECT_TRUE(index.source.snapshots.empty());
    }
}

TEST(SnapshotFollowerTest, ALeaderThatGoesEndsIt) {
    SnapshotFollowed index;
    index.target.lasts = 1h;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.target.restored.size() == 1; }));
    index.follower->leader_gone();
    index.pass(1min, 1s);
    EXPECT_EQ(index.follower->status().phase, IndexPhase::leader_gone);
    EXPECT_FALSE(index.follower->status().bootstrap);
    EXPECT_TRUE(index.world.follower.indices.empty());
}

// Its shards were stopped since, which is no reason not to make it again.
TEST(SnapshotFollowerTest, BeginsAgainWhereTheFollowerIsGoneAfterANewHistory) {
    SnapshotFollowed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.world.doors.shut("target.look");
    for (int shard = 0; shard < 3; ++shard) {
        index.world.shard_of(logs, shard).sample.history = HistoryUuid{"restored"};
        index.world.shard_of(logs, shard).identity.term = PrimaryTerm{2};
    }
    ASSERT_TRUE(index.until([&] { return index.world.doors.waiting("target.look") == 1; }));
    index.world.follower.indices.clear();
    index.world.doors.open("target.look");
    ASSERT_TRUE(index.until([&] { return index.is_following() && index.is_equal(); }, 1min))
        << index.differences();
}

}  // namespace
}  // namespace followd::engine
