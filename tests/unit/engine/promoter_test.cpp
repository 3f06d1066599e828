#include "engine/promoter.hpp"

#include "support/fake_roles.hpp"
#include "support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace followd::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PromoterTest : public testing::Test {
protected:
    [[nodiscard]] std::vector<RoleIndex> listed() {
        return *test::run(context, cluster.list_marked({"*"}));
    }
    PromotionOutcome promote(std::vector<RoleIndex> indices, const std::string& by = "me") {
        Promoter promoter(context.get_executor(), cluster);
        return test::run(context,
                         promoter.promote(std::move(indices), applied, Requester{by, "noon"}));
    }
    PromotionOutcome promote() { return promote(listed()); }

    void expect_promoted(const std::string& name, const std::vector<SeqNo>& points) {
        const test::FakeRoleIndex& index = cluster.at(name);
        EXPECT_EQ(index.role.role, MarkRole::promoted);
        ASSERT_TRUE(index.role.promotion);
        EXPECT_EQ(index.role.promotion->points, points);
        ASSERT_EQ(index.role.origins.size(), 2U);
        EXPECT_TRUE(index.role.origins.back().is_own());
        for (std::size_t shard = 0; shard < points.size(); ++shard) {
            EXPECT_EQ(index.role.origins.back().from.at(shard), points[shard].next());
        }
        EXPECT_FALSE(index.has_fence);
        EXPECT_FALSE(index.role.is_write_blocked);
        EXPECT_FALSE(index.is_held_back);
        EXPECT_TRUE(index.has_write_alias);
        EXPECT_FALSE(index.change) << "the journal is still open";
    }

    boost::asio::io_context context;
    test::Doors doors{context.get_executor()};
    test::FakeRoleCluster cluster{doors, "far"};
    std::map<IndexName, std::vector<SeqNo>> applied;
};

TEST_F(PromoterTest, LetsWritesInOnlyAfterTheMarkAndReadsThePointOnlyBehindTheBlock) {
    cluster.make_follower("copy", "f-1", "logs", 2).points = {SeqNo{7}, SeqNo::none()};
    applied[IndexName{"copy"}] = {SeqNo{5}, SeqNo{6}};
    const PromotionOutcome outcome = promote();
    EXPECT_FALSE(outcome.indices.at(0).failure);
    EXPECT_FALSE(outcome.indices.at(0).was_promoted_before);
    EXPECT_THAT(cluster.steps,
                ElementsAre("write_changes copy",
                            "remove_fences copy",
                            "block_writes copy",
                            "write_changes copy",
                            "mark_promoted copy",
                            "restore_settings copy",
                            "unblock_writes copy",
                            "add_write_aliases copy",
                            "write_changes copy"));
    expect_promoted("copy", {SeqNo{7}, SeqNo::none()});
    const Promotion& promotion = *cluster.at("copy").role.promotion;
    EXPECT_EQ(promotion.applied_through, (std::vector{SeqNo{5}, SeqNo{6}}));
    EXPECT_EQ(promotion.by, "me");
    EXPECT_EQ(promotion.at, "noon");
}

// What is not known of every shard is known of none.
TEST_F(PromoterTest, SaysNothingAppliedWhereItIsNotKnownOfAllShards) {
    cluster.make_follower("copy", "f-1", "logs", 2);
    applied[IndexName{"copy"}] = {SeqNo{5}};
    (void)promote();
    EXPECT_EQ(cluster.at("copy").role.promotion->applied_through,
              (std::vector{SeqNo::none(), SeqNo::none()}));
}

TEST_F(PromoterTest, TakesManyIndicesInTheSameSteps) {
    cluster.make_follower("a", "f-1", "x");
    cluster.make_follower("b", "f-2", "y");
    const PromotionOutcome outcome = promote();
    EXPECT_EQ(cluster.steps.size(), 10U) << "only marks are put one by one";
    EXPECT_EQ(cluster.steps.at(1), "remove_fences a,b");
    expect_promoted("a", {SeqNo{9}});
    expect_promoted("b", {SeqNo{9}});
}

// The process is killed before and after every single step; clients write whenever they are let in.
TEST_F(PromoterTest, EndsTheSameWhereverItWasKilledAndRunAgain) {
    for (int step = 0; step < 9; ++step) {
        for (const bool with_effect : {false, true}) {
            SCOPED_TRACE("step " + std::to_string(step) + (with_effect ? " done" : " not done"));
            cluster.make_follower("copy", "f-1", "logs").points = {SeqNo{7}};
            cluster.live_on();
            cluster.die_at(step, with_effect);
            const PromotionOutcome killed = promote();
            ASSERT_EQ(killed.indices.at(0).failure.has_value(), true);
            const bool was_marked = cluster.at("copy").role.is(MarkRole::promoted);
            cluster.live_on();
            // Without a fence it is a client's; with one it is the follower's own writing.
            const bool was_written = cluster.write("copy");
            const bool may_move = step < 2 || (step == 2 && !with_effect);
            EXPECT_TRUE(was_marked || may_move || !was_written)
                << "a write came in between the point and the mark";
            const PromotionOutcome outcome = promote();
            EXPECT_FALSE(outcome.indices.at(0).failure);
            expect_promoted("copy", {SeqNo{may_move ? 8 : 7}});
        }
    }
}

// Somebody lifts the block by hand after the point was recorded: what is written then is its own.
TEST_F(PromoterTest, NeverReplacesThePointThatWasRecordedFirst) {
    cluster.make_follower("copy", "f-1", "logs").points = {SeqNo{7}};
    cluster.die_at(4, false);
    (void)promote();
    cluster.live_on();
    cluster.at("copy").role.is_write_blocked = false;
    ASSERT_TRUE(cluster.write("copy"));
    EXPECT_FALSE(promote().indices.at(0).failure);
    expect_promoted("copy", {SeqNo{7}});
}

TEST_F(PromoterTest, ChangesNothingWhereAnotherWasFasterWithTheJournal) {
    cluster.make_follower("copy", "f-1", "logs");
    cluster.on_step = [this](const std::string& step) {
        if (step == "write_changes") {
            ++cluster.at("copy").entry;
        }
    };
    const PromotionOutcome outcome = promote();
    ASSERT_TRUE(outcome.indices.at(0).failure);
    EXPECT_EQ(outcome.indices.at(0).failure->kind, FailureKind::conflict);
    EXPECT_THAT(cluster.steps, ElementsAre("write_changes copy"));
    EXPECT_TRUE(cluster.at("copy").has_fence);
}

TEST_F(PromoterTest, MarksNothingWhereAnotherTookTheJournalBeforeThePointWasRecorded) {
    cluster.make_follower("copy", "f-1", "logs");
    cluster.on_step = [this](const std::string& step) {
        if (step == "block_writes") {
            ++cluster.at("copy").entry;
        }
    };
    const PromotionOutcome outcome = promote();
    ASSERT_TRUE(outcome.indices.at(0).failure);
    EXPECT_EQ(outcome.indices.at(0).failure->kind, FailureKind::conflict);
    EXPECT_EQ(cluster.steps.back(), "write_changes copy");
    EXPECT_TRUE(cluster.at("copy").role.is(MarkRole::follower));
}

// The listing is older than the journal: another has promoted it in between, and clients wrote.
TEST_F(PromoterTest, DoesNotPromoteASecondTimeWhatAnotherPromotedMeanwhile) {
    cluster.make_follower("copy", "f-1", "logs").points = {SeqNo{7}};
    const std::vector<RoleIndex> stale = listed();
    ASSERT_FALSE(promote(stale, "another").indices.at(0).failure);
    ASSERT_TRUE(cluster.write("copy"));
    const PromotionOutcome outcome = promote(stale);
    expect_promoted("copy", {SeqNo{7}});
    EXPECT_EQ(cluster.at("copy").role.promotion->by, "another");
    EXPECT_FALSE(outcome.indices.at(0).failure);
    EXPECT_TRUE(outcome.indices.at(0).was_promoted_before);
}

TEST_F(PromoterTest, LeavesAnIndexAloneThatWasMadeAnewUnderItsName) {
    cluster.make_follower("copy", "f-1", "logs");
    const std::vector<RoleIndex> stale = listed();
    cluster.make_follower("copy", "f-2", "logs");
    const PromotionOutcome outcome = promote(stale);
    ASSERT_TRUE(outcome.indices.at(0).failure);
    EXPECT_TRUE(cluster.at("copy").has_fence);
    EXPECT_TRUE(cluster.at("copy").role.is(MarkRole::follower));
}

TEST_F(PromoterTest, HoldsUpNobodyForAnIndexWhosePrimariesAreNotStarted) {
    cluster.make_follower("a", "f-1", "x");
    cluster.make_follower("b", "f-2", "y").is_whole = false;
    const PromotionOutcome outcome = promote();
    EXPECT_FALSE(outcome.indices.at(0).failure);
    expect_promoted("a", {SeqNo{9}});
    ASSERT_TRUE(outcome.indices.at(1).failure);
    EXPECT_EQ(outcome.indices.at(1).failure->kind, FailureKind::unavailable);
    EXPECT_TRUE(cluster.at("b").role.is_write_blocked);
    EXPECT_TRUE(cluster.at("b").change) << "whoever comes next must see that it was begun";
    EXPECT_TRUE(cluster.at("b").role.is(MarkRole::follower));

    cluster.at("b").is_whole = true;
    EXPECT_FALSE(promote().indices.at(1).failure);
    expect_promoted("b", {SeqNo{9}});
}

// A closed index takes no block, and the request for all would fail with it.
TEST_F(PromoterTest, HoldsUpNobodyForAClosedIndex) {
    cluster.make_follower("a", "f-1", "x");
    cluster.make_follower("b", "f-2", "y").role.is_closed = true;
    const PromotionOutcome outcome = promote();
    EXPECT_FALSE(outcome.indices.at(0).failure);
    expect_promoted("a", {SeqNo{9}});
    ASSERT_TRUE(outcome.indices.at(1).failure);
    EXPECT_EQ(outcome.indices.at(1).failure->kind, FailureKind::unavailable);
    EXPECT_THAT(outcome.indices.at(1).failure->what, HasSubstr("closed"));
    EXPECT_TRUE(cluster.at("b").has_fence);
    EXPECT_FALSE(cluster.at("b").change);
}

TEST_F(PromoterTest, HoldsUpNobodyForAMarkThatIsRefused) {
    cluster.make_follower("a", "f-1", "x");
    cluster.make_follower("b", "f-2", "y");
    doors.fail("far.mark_promoted", FailureKind::refused, 1);
    const PromotionOutcome outcome = promote();
    ASSERT_TRUE(outcome.indices.at(0).failure);
    EXPECT_EQ(outcome.indices.at(0).failure->kind, FailureKind::refused);
    EXPECT_TRUE(cluster.at("a").role.is_write_blocked);
    EXPECT_TRUE(cluster.at("a").is_held_back);
    expect_promoted("b", {SeqNo{9}});
}

TEST_F(PromoterTest, LeavesWhatIsPromotedAsItIs) {
    cluster.make_follower("copy", "f-1", "logs");
    (void)promote();
    cluster.steps.clear();
    ASSERT_TRUE(cluster.write("copy"));
    const PromotionOutcome outcome = promote();
    EXPECT_TRUE(outcome.indices.at(0).was_promoted_before);
    EXPECT_FALSE(outcome.indices.at(0).failure);
    EXPECT_THAT(cluster.steps, IsEmpty());
    expect_promoted("copy", {SeqNo{9}});
}

TEST_F(PromoterTest, RefusesWhatIsNoFollower) {
    cluster.make("own", "o-1");
    cluster.make_follower("lead", "o-2", "x").role.role = MarkRole::leader;
    const PromotionOutcome outcome = promote({cluster.at("own").role, cluster.at("lead").role});
    for (const PromotedIndex& row : outcome.indices) {
        ASSERT_TRUE(row.failure);
        EXPECT_EQ(row.failure->kind, FailureKind::refused);
    }
    EXPECT_THAT(cluster.steps, IsEmpty());
}

TEST_F(PromoterTest, WaitsForTheEndOfAFailbackThatWasBegun) {
    cluster.make_follower("copy", "f-1", "logs").change =
        RoleChange{RoleChangeKind::follow, "ten", "her", {}};
    cluster.at("copy").entry = 3;
    const PromotionOutcome outcome = promote();
    ASSERT_TRUE(outcome.indices.at(0).failure);
    EXPECT_EQ(outcome.indices.at(0).failure->kind, FailureKind::conflict);
    EXPECT_THAT(outcome.indices.at(0).failure->what, HasSubstr("her"));
    EXPECT_THAT(cluster.steps, IsEmpty());
}

// A journal that somebody wrote by hand, or for an index of other shards.
TEST_F(PromoterTest, RefusesRecordedPointsOfAnotherNumberOfShards) {
    cluster.make_follower("copy", "f-1", "logs", 2).change =
        RoleChange{RoleChangeKind::promote, "ten", "her", {SeqNo{1}}};
    cluster.at("copy").entry = 3;
    const PromotionOutcome outcome = promote();
    ASSERT_TRUE(outcome.indices.at(0).failure);
    EXPECT_EQ(outcome.indices.at(0).failure->kind, FailureKind::malformed);
    EXPECT_THAT(cluster.steps, IsEmpty());
}

TEST_F(PromoterTest, FailsEveryIndexWhereTheClusterDoesNotAnswer) {
    cluster.make_follower("a", "f-1", "x");
    cluster.make_follower("b", "f-2", "y");
    const std::vector<RoleIndex> indices = listed();
    doors.fail("far.read_changes", FailureKind::unreachable);
    for (const PromotedIndex& row : promote(indices).indices) {
        ASSERT_TRUE(row.failure);
        EXPECT_EQ(row.failure->kind, FailureKind::unreachable);
    }
}

TEST_F(PromoterTest, PassesTheWarningsOfWhatCouldNotBeRestored) {
    cluster.make_follower("copy", "f-1", "logs");
    cluster.warnings = {"a pipeline is missing"};
    EXPECT_THAT(promote().warnings, ElementsAre("a pipeline is missing"));
}

}  // namespace
}  // namespace followd::engine
