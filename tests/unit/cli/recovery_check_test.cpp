#include "cli/recovery_check.hpp"

#include "followd/model/generation_name.hpp"

#include "support/doors.hpp"
#include "support/fake_clusters.hpp"
#include "support/fake_snapshots.hpp"
#include "support/run.hpp"
#include "support/virtual_timers.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace followd::cli {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const WallTime noon = std::chrono::sys_days{2026y / 11 / 30} + 12h;

/// Lists what a test puts there; nothing may be changed.
class ListedGenerations final : public engine::GenerationTarget {
public:
    explicit ListedGenerations(test::Doors& doors) : doors_(doors) {}

    std::vector<engine::Generation> generations;
    std::vector<IndexName> asked;

    [[nodiscard]] Task<Result<std::vector<engine::Generation>>> list_generations(
        IndexName alias) override {
        asked.push_back(std::move(alias));
        Result<void> passed = co_await doors_.pass("list_generations");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        co_return generations;
    }
    [[nodiscard]] Task<Result<std::int64_t>> count_documents(IndexName /*index*/) override {
        ADD_FAILURE();
        co_return 0;
    }
    [[nodiscard]] Task<Result<void>> show(engine::GenerationSwitch /*change*/) override {
        ADD_FAILURE();
        co_return Result<void>{};
    }
    [[nodiscard]] Task<Result<void>> remove(engine::Generation /*generation*/) override {
        ADD_FAILURE();
        co_return Result<void>{};
    }

private:
    test::Doors& doors_;
};

class RecoveryCheckTest : public testing::Test {
protected:
    RecoveryCheckTest() { leader.make("orders", "uuid of orders", 1); }

    void stand(WallTime as_of, std::optional<MarkRole> role = MarkRole::follower) {
        engine::Generation generation;
        generation.index = IndexName{generation_name("copy", as_of)};
        generation.role = role;
        if (role) {
            generation.point = RecoveryPoint{"snapshot", as_of, {}};
        }
        generations.generations.push_back(std::move(generation));
    }
    IndexCheck check() {
        core::FollowClaim claim;
        claim.leader_index = IndexName{"orders"};
        claim.follower_index = IndexName{"copy"};
        RecoveryCheck made(RecoveryCheckPorts{leader, source, target, generations}, rule, noon);
        return test::run(context, made.check(std::move(claim)));
    }

    boost::asio::io_context context;
    test::VirtualTimers timers{context};
    test::Doors doors{context.get_executor()};
    test::FakeLeaderCluster leader{doors};
    test::FakeFollowerCluster follower{doors};
    test::FakeStore store{doors};
    test::FakeSnapshotSource source{doors, leader, timers};
    test::FakeSnapshotTarget target{doors, follower, source, store, timers};
    ListedGenerations generations{doors};
    FollowRule rule;
};

TEST_F(RecoveryCheckTest, BeforeTheFirstRunItIsToBeCreatedAtOnce) {
    const IndexCheck checked = check();
    EXPECT_FALSE(checked.problem);
    EXPECT_EQ(checked.leader_index, "orders");
    EXPECT_EQ(checked.follower_index, "copy");
    EXPECT_EQ(checked.follower_state, "to be created");
    EXPECT_EQ(checked.every, "1h");
    EXPECT_EQ(checked.next_run, noon);
    EXPECT_EQ(checked.keeping, "");
    EXPECT_EQ(checked.bootstrap, "");
    EXPECT_EQ(generations.asked, (std::vector{IndexName{"copy"}}));
}

TEST_F(RecoveryCheckTest, TheNewestThatIsWholeTellsWhatComesNext) {
    stand(noon - 2h);
    stand(noon - 20min);
    stand(noon - 1min, std::nullopt);
    generations.generations.back().point = RecoveryPoint{"snapshot", noon - 1min, {}};
    const IndexCheck checked = check();
    EXPECT_FALSE(checked.problem);
    EXPECT_EQ(checked.follower_state, "as of 2026-11-30T11:40:00Z");
    EXPECT_EQ(checked.next_run, noon + 40min);
}

TEST_F(RecoveryCheckTest, ARunThatWasMissedIsDueNow) {
    stand(noon - 20min);
    rule.every = Schedule{Duration{5min}, "5m"};
    const IndexCheck checked = check();
    EXPECT_EQ(checked.every, "5m");
    EXPECT_EQ(checked.next_run, noon);
}

TEST_F(RecoveryCheckTest, VersionsThatCannotRestoreAreAProblem) {
    target.why_not = "it is too old";
    const IndexCheck checked = check();
    ASSERT_TRUE(checked.problem);
    EXPECT_EQ(checked.problem->kind, FailureKind::refused);
    EXPECT_EQ(checked.problem->what, "no snapshot of it can be restored: it is too old");
    EXPECT_EQ(checked.every, "");
    EXPECT_FALSE(checked.next_run);
}

TEST_F(RecoveryCheckTest, WhatElseIsCalledAsTheAliasIsAProblem) {
    doors.fail("list_generations", FailureKind::conflict);
    const IndexCheck checked = check();
    ASSERT_TRUE(checked.problem);
    EXPECT_EQ(checked.problem->kind, FailureKind::conflict);
    EXPECT_EQ(checked.follower_state, "");
}

TEST_F(RecoveryCheckTest, APromotedOneEndsTheSchedule) {
    stand(noon - 20min, MarkRole::promoted);
    stand(noon - 10min);
    const IndexCheck checked = check();
    ASSERT_TRUE(checked.problem);
    EXPECT_EQ(checked.problem->kind, FailureKind::conflict);
    EXPECT_THAT(checked.problem->what, HasSubstr("copy.20261130t114000z was promoted"));
}

TEST_F(RecoveryCheckTest, AClosedIndexIsLeftOut) {
    leader.indices.at(IndexName{"orders"}).listed.state = engine::IndexState::closed;
    const IndexCheck checked = check();
    EXPECT_TRUE(checked.is_left_out);
    ASSERT_TRUE(checked.problem);
    EXPECT_THAT(checked.problem->what, HasSubstr("closed"));
}

TEST_F(RecoveryCheckTest, WhoeverDoesNotAnswerIsNamed) {
    for (const char* call :
         {"read_definition", "source.read_release", "target.read_release", "list_generations"}) {
        doors.fail(call, FailureKind::unreachable);
        const IndexCheck checked = check();
        ASSERT_TRUE(checked.problem) << call;
        EXPECT_EQ(checked.problem->kind, FailureKind::unreachable);
        EXPECT_EQ(checked.problem->where, call);
        EXPECT_FALSE(checked.is_left_out);
        doors.heal(call);
    }
}

}  // namespace
}  // namespace followd::cli
