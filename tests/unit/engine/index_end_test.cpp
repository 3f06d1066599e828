#include "engine/index_follower.hpp"
#include "support/followed_index.hpp"

#include <gtest/gtest.h>

namespace followd::engine {
namespace {

using namespace std::chrono_literals;

using test::copy;
using test::Followed;
using test::logs;

TEST(IndexEndTest, LeavesALostFollowerToAPerson) {
    Followed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.world.follower.indices.clear();
    index.world.put(logs, 100);
    ASSERT_TRUE(index.until([&] { return index.last_error() == FailureKind::conflict; }));
    EXPECT_EQ(index.follower->status().phase, IndexPhase::refused);
    const Instant since = index.follower->status().last_error->since;
    const int definitions = index.asked("read_definition");

    index.pass(1h, 10s);
    EXPECT_EQ(index.last_error(), FailureKind::conflict);
    EXPECT_EQ(index.follower->status().last_error->since, since);
    EXPECT_EQ(index.asked("prepare"), 1);
    EXPECT_EQ(index.asked("read_definition"), definitions);
    EXPECT_TRUE(index.world.follower.indices.empty());
}

TEST(IndexEndTest, LeavesAFollowerThatWasMadeAnewToAPerson) {
    Followed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    for (const auto& shard : index.world.follower_index(copy).shards) {
        shard->identity.uuid = IndexUuid{"somebody's"};
    }
    // Nothing is written, so an audit is what notices.
    ASSERT_TRUE(
        index.until([&] { return index.last_error() == FailureKind::conflict; }, 2h, 500ms));
    index.pass(1h, 10s);
    EXPECT_EQ(index.asked("prepare"), 1);
}

// The listing and a request of ours meet: whatever the request fails with, there is nothing to
// wait for any more.
TEST(IndexEndTest, IsGoneRatherThanRefused) {
    Followed index;
    index.world.doors.shut("read_definition");
    index.world.doors.fail("read_definition", FailureKind::unauthorised);
    index.start();
    ASSERT_TRUE(index.until([&] { return index.world.doors.waiting("read_definition") == 1; }));
    index.follower->leader_gone();
    index.world.doors.open("read_definition");
    index.pass(1h, 10s);
    EXPECT_EQ(index.follower->status().phase, IndexPhase::leader_gone);
    EXPECT_FALSE(index.last_error());
    EXPECT_EQ(index.asked("read_definition"), 1);
}

TEST(IndexEndTest, WritesNothingOnceTheLeadersIndexIsGone) {
    Followed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.world.put(logs, 100);
    index.world.leader.indices.erase(IndexName{logs});
    index.follower->leader_gone();
    EXPECT_EQ(index.follower->status().phase, IndexPhase::leader_gone);
    ASSERT_TRUE(index.until([&] { return index.follower->status().shards.empty(); }, 1s));
    const int bulks = index.world.bulks(copy);
    const int definitions = index.asked("read_definition");
    // Also where another index takes the name.
    index.world.leader.make(logs, "uuid-2", 3);
    index.world.put(logs, 1, R"({"other":"index"})");
    index.pass(1h, 10s);
    EXPECT_EQ(index.follower->status().phase, IndexPhase::leader_gone);
    EXPECT_EQ(index.world.bulks(copy), bulks);
    EXPECT_EQ(index.asked("read_definition"), definitions);
    EXPECT_FALSE(index.follower->is_busy());
}

// Stops after each single step of a life that copies, follows, deletes and ends loading.
TEST(IndexEndTest, EndsWheneverItIsStopped) {
    bool has_finished = false;
    for (int step = 0; !has_finished; ++step) {
        SCOPED_TRACE(step);
        Followed index(12);
        index.world.follower.makes_loading = true;
        index.start();
        int steps = 0;
        bool has_written = false;
        has_finished = !index.until(
            [&] {
                if (!has_written && index.is_following()) {
                    has_written = true;
                    index.world.put(logs, 12);
                    index.world.remove(logs, 2);
                }
                return steps++ == step;
            },
            1s);
        index.stop();
        ASSERT_TRUE(index.ends());
    }
}

TEST(IndexEndTest, EndsWhileItRests) {
    for (const FailureKind kind : {FailureKind::unavailable, FailureKind::refused}) {
        Followed index;
        index.world.doors.fail("prepare", kind);
        index.start();
        ASSERT_TRUE(index.until([&] { return index.last_error() == kind; }));
        index.stop();
        EXPECT_TRUE(index.ends());
    }
}

TEST(IndexEndTest, EndsAfterTheFollowerWasLost) {
    Followed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.world.follower.indices.clear();
    index.world.put(logs, 100);
    ASSERT_TRUE(index.until([&] { return index.last_error() == FailureKind::conflict; }));
    index.pass(2 * core::halt_interval, 1s);
    index.stop();
    EXPECT_TRUE(index.ends());
}

TEST(IndexEndTest, EndsAfterTheLeaderIsGone) {
    Followed index;
    index.start();
    ASSERT_TRUE(index.until([&] { return index.is_following(); }));
    index.follower->leader_gone();
    index.pass(2 * core::halt_interval, 1s);
    index.stop();
    EXPECT_TRUE(index.ends());
}

TEST(IndexEndTest, StaysGoneAtWhateverStepTheLeaderGoes) {
    for (const char* call : {"read_definition", "prepare", "sample", "claim_generation", "load"}) {
        SCOPED_TRACE(call);
        Followed index;
        index.world.doors.shut(call);
        index.start();
        ASSERT_TRUE(index.until([&] { return index.world.doors.waiting(call) > 0; }));
        index.follower->leader_gone();
        index.world.doors.open(call);
        index.pass(1min, 1s);
        EXPECT_EQ(index.follower->status().phase, IndexPhase::leader_gone);
        EXPECT_TRUE(index.follower->status().shards.empty());
        EXPECT_FALSE(index.follower->is_busy());
    }
}

TEST(IndexEndTest, MakesNoFollowerOfAnIndexThatIsGone) {
    Followed index;
    index.world.doors.shut("read_definition");
    index.start();
    ASSERT_TRUE(index.until([&] { return index.world.doors.waiting("read_definition") > 0; }));
    index.follower->leader_gone();
    index.world.doors.open("read_definition");
    index.pass(1min, 1s);
    EXPECT_EQ(index.asked("prepare"), 0);
}

TEST(IndexEndTest, DoesNotMakeAnIndexAfterItWasStopped) {
    Followed index;
    index.world.doors.shut("read_definition");
    index.start();
    ASSERT_TRUE(index.until([&] { return index.world.doors.waiting("read_definition") > 0; }));
    index.stop();
    index.world.doors.open("read_definition");
    EXPECT_TRUE(index.ends());
    EXPECT_EQ(index.asked("prepare"), 0);
}

}  // namespace
}  // namespace followd::engine
