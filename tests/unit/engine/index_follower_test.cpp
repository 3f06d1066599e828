#include "engine/index_follower.hpp"

#include "support/followed_index.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::copy;
using test::Followed;
using test::logs;

TEST(IndexFollowerTest, CopiesEveryShardAndThenFollows) {
    Followed index(300);
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    EXPECT_EQ(index.differences(), "");
    EXPECT_FALSE(index.last_error());
    EXPECT_EQ(index.follower->status().shards.size(), 3U);
    EXPECT_EQ(index.follower->status().follower_index, IndexName{copy});

    index.world.put(logs, 7, R"({"new":true})");
    index.world.put(logs, 300);
    index.world.remove(logs, 8);
    EXPECT_NE(index.differences(), "");
    EXPECT_TRUE(index.until([&] { return index.is_equal(); }, 1s));
    EXPECT_TRUE(index.is_following());
}

// A page is cut at index.max_result_window: whoever asked for more took the rest for gone.
TEST(IndexFollowerTest, AsksForNoMoreThanTheLeaderShowsAtOnce) {
    Followed index;
    index.world.leader.indices.at(IndexName{logs}).listed.max_result_window = 2;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following() && index.is_equal(); }));
    // Lost on the follower by another's hand: an audit reads it again.
    for (const auto& shard : index.world.follower_index(copy).shards) {
        shard->documents.clear();
    }
    EXPECT_TRUE(index.until([&] { return index.is_equal(); }, 2h, 1s));
    for (int shard = 0; shard < 3; ++shard) {
        EXPECT_LE(index.world.shard_of(logs, shard).largest_page_asked, 2U);
    }
}

TEST(IndexFollowerTest, KeepsACheckpointOfEveryShard) {
    Followed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.pass(1s);
    ASSERT_EQ(index.world.store.checkpoints.size(), 3U);
    for (const auto& [key, checkpoint] : index.world.store.checkpoints) {
        const auto& shard = index.world.shard_of(logs, key.shard);
        EXPECT_EQ(checkpoint.applied_through, shard.sample.max_seq_no);
        EXPECT_EQ(checkpoint.swept_through, shard.sample.max_seq_no);
    }
}

TEST(IndexFollowerTest, GoesOnFromItsCheckpointsWithoutCopyingAgain) {
    Followed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.pass(1s);
    index.stop();
    ASSERT_TRUE(index.ends());
    const int bulks = index.world.bulks(copy);

    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.pass(1s);
    EXPECT_EQ(index.world.bulks(copy), bulks);
    index.world.put(logs, 100);
    EXPECT_TRUE(index.until([&] { return index.is_equal(); }, 1s));
}

// A poll that comes while shards are made one after the other finds all of them or none.
TEST(IndexFollowerTest, ShowsAllShardsToAPollOrNone) {
    Followed index;
    index.world.doors.shut("load");
    index.start();
    for (int loads = 1; loads <= 3; ++loads) {
        ASSERT_TRUE(index.until([&] { return index.asked("load") == loads; }));
        for (int polls = 0; polls < 3; ++polls) {
            index.world.put(logs, 100 + polls);
            index.poll();
            EXPECT_TRUE(index.follower->status().shards.empty());
            EXPECT_FALSE(index.follower->is_busy());
        }
        index.world.doors.admit("load");
    }
    ASSERT_TRUE(index.until([&] { return !index.follower->status().shards.empty(); }));
    EXPECT_EQ(index.follower->status().shards.size(), 3U);
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    EXPECT_EQ(index.differences(), "");
}

// One shard is restored: what it lost goes, what it has anew comes, over whatever versions stand
// there, and the other shards count in the new generation, too.
TEST(IndexFollowerTest, BeginsAGenerationWithTheLeadersNewHistory) {
    Followed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.pass(1s);
    auto restored = std::make_unique<test::FakeLeaderShard>();
    restored->identity = index.world.shard_of(logs, 1).identity;
    restored->identity.term = PrimaryTerm{2};
    restored->sample.uuid = restored->identity.uuid;
    restored->sample.history = HistoryUuid{"restored"};
    index.world.leader.indices.at(IndexName{logs}).shards[1] = std::move(restored);
    index.world.put(logs, 1, R"({"after":"restore"})");
    index.world.put(logs, 4);

    ASSERT_TRUE(index.until([&] { return index.asked("claim_generation") == 2; }));
    ASSERT_TRUE(index.until([&] { return index.is_following() && index.is_equal(); }))
        << index.differences();
    EXPECT_EQ(index.world.follower_index(copy).info.generation, 1);
    EXPECT_EQ(index.world.follower_index(copy).shards[1]->documents.size(), 2U);
    EXPECT_FALSE(index.last_error());
    index.world.put(logs, 2, R"({"later":true})");
    EXPECT_TRUE(index.until([&] { return index.is_equal(); }, 1s));
    EXPECT_EQ(index.asked("prepare"), 2);
}

TEST(IndexFollowerTest, LooksOnceInAWhileWhetherARefusalIsGone) {
    Followed index;
    index.world.leader.refusal = Failure{FailureKind::refused, "_source is off", "near/logs"};
    index.start();
    ASSERT_TRUE(index.until([&] { return index.last_error() == FailureKind::refused; }));
    EXPECT_EQ(index.follower->status().phase, IndexPhase::refused);
    EXPECT_FALSE(index.follower->status().follower_index);
    const Instant refused_at = index.world.timers.now();
    for (int time = 1; time <= 3; ++time) {
        EXPECT_EQ(index.asked("read_definition"), time);
        index.pass(core::halt_interval - 1s, 1s);
        EXPECT_EQ(index.asked("read_definition"), time);
        index.pass(1s, 1s);
    }
    EXPECT_EQ(index.follower->status().last_error->since, refused_at);
    EXPECT_EQ(index.asked("prepare"), 0);

    index.world.leader.refusal.reset();
    EXPECT_TRUE(index.until([&] { return index.is_following(); }, core::halt_interval + 1s));
    EXPECT_FALSE(index.last_error());
    EXPECT_EQ(index.differences(), "");
}

TEST(IndexFollowerTest, ShowsTheLeadersReservations) {
    Followed index;
    index.world.leader.warnings = {"nested documents are counted"};
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    EXPECT_EQ(index.follower->status().warnings, index.world.leader.warnings);
}

// Each request that makes an index ready fails a few times: no person is needed, and no minute is
// waited.
TEST(IndexFollowerTest, TriesAgainAfterABackOffWhateverFails) {
    for (const char* call : {"read_definition", "prepare", "sample", "claim_generation", "load"}) {
        SCOPED_TRACE(call);
        Followed index;
        index.world.doors.fail(call, FailureKind::unavailable, 3);
        index.start();
        ASSERT_TRUE(index.until([&] { return index.asked(call) == 1; }));
        ASSERT_TRUE(index.until([&] { return index.last_error().has_value(); }));
        EXPECT_EQ(index.last_error(), FailureKind::unavailable);
        EXPECT_NE(index.follower->status().phase, IndexPhase::refused);
        const Instant began = index.world.timers.now();
        ASSERT_TRUE(index.until([&] { return index.asked(call) >= 4; }));
        EXPECT_GE(index.world.timers.now() - began, 350ms);
        EXPECT_LE(index.world.timers.now() - began, 2s);
        ASSERT_TRUE(index.until([&] { return index.is_following(); }));
        EXPECT_FALSE(index.last_error());
        EXPECT_EQ(index.differences(), "");
    }
}

TEST(IndexFollowerTest, WaitsForEveryPrimaryOfTheLeader) {
    Followed index;
    auto& shards = index.world.leader.indices.at(IndexName{logs}).shards;
    auto last = std::move(shards.back());
    shards.pop_back();
    index.start();
    ASSERT_TRUE(index.until([&] { return index.last_error() == FailureKind::unavailable; }));
    EXPECT_EQ(index.asked("claim_generation"), 0);
    shards.push_back(std::move(last));
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    EXPECT_EQ(index.differences(), "");
}

// Its definition tells; what stands there is for the watcher to say.
TEST(IndexFollowerTest, MakesNoFollowerOfAnotherIndexOfTheName) {
    Followed index;
    index.start();
    index.world.leader.make(logs, "uuid-2", 3);
    ASSERT_TRUE(index.until([&] { return index.last_error() == FailureKind::unavailable; }));
    index.pass(1min, 1s);
    EXPECT_EQ(index.asked("prepare"), 0);
    EXPECT_NE(index.follower->status().phase, IndexPhase::refused);
}

TEST(IndexFollowerTest, ReadsANewMappingOnceForAllShards) {
    Followed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    EXPECT_EQ(index.asked("read_definition"), 1) << "it was made with the mapping";
    EXPECT_EQ(index.asked("sync_mapping"), 0);

    index.world.leader.indices.at(IndexName{logs}).set_mapping_version(2);
    // All of them ask before the first is answered.
    index.world.doors.shut("read_definition");
    for (int number = 100; number < 103; ++number) {
        index.world.put(logs, number);
    }
    index.pass(1s);
    EXPECT_NE(index.differences(), "") << "no document before its mapping";
    index.world.doors.open("read_definition");
    ASSERT_TRUE(index.until([&] { return index.is_equal(); }));
    EXPECT_EQ(index.asked("read_definition"), 2);
    EXPECT_EQ(index.asked("sync_mapping"), 1);
    EXPECT_EQ(index.world.follower_index(copy).mapping_version, 2);
}

TEST(IndexFollowerTest, TellsOfAFailedPollUntilTheNext) {
    Followed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.follower->poll_failed(Failure{FailureKind::unreachable, "nobody answers", "near"});
    const Instant first = index.world.timers.now();
    index.world.timers.run_for(1s);
    index.follower->poll_failed(Failure{FailureKind::timeout, "no answer", "near"});
    ASSERT_EQ(index.last_error(), FailureKind::unreachable);
    EXPECT_EQ(index.follower->status().last_error->since, first);
    index.poll();
    EXPECT_FALSE(index.last_error());
}

TEST(IndexFollowerTest, WritesNoDocumentWithAnOlderMappingThanItsOwn) {
    Followed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    // The node that answers lags behind: the definition is still version 1.
    for (const auto& shard : index.world.leader.indices.at(IndexName{logs}).shards) {
        shard->identity.mapping_version = 2;
    }
    index.world.put(logs, 100);
    const int bulks = index.world.bulks(copy);
    index.pass(1s);
    EXPECT_EQ(index.world.bulks(copy), bulks);
    EXPECT_GE(index.asked("read_definition"), 2);
}

}  // namespace
}  // namespace followd::engine
