#include "followd/core/sweep_plan.hpp"

#include "support/planner_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace followd::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::describe;
using test::failure_of;
using test::page_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Lines = std::vector<std::string>;

class SweepPlanTest : public ::testing::Test {
protected:
    static SweepRequest request(std::int64_t through = 20) {
        SweepRequest made;
        made.view = ViewId{"v"};
        made.identity = LeaderIdentity{IndexUuid{"leader"}, PrimaryTerm{1}, 1};
        made.history = HistoryUuid{"h1"};
        made.through = SeqNo{through};
        made.seen = sample(through, through + 9);
        return made;
    }
    static ShardSample sample(std::int64_t global_checkpoint, std::int64_t max_seq_no) {
        ShardSample made;
        made.uuid = IndexUuid{"leader"};
        made.history = HistoryUuid{"h1"};
        made.global_checkpoint = SeqNo{global_checkpoint};
        made.max_seq_no = SeqNo{max_seq_no};
        return made;
    }
    static IdentityRead identity(std::int64_t term = 1) {
        return IdentityRead{LeaderIdentity{IndexUuid{"leader"}, PrimaryTerm{term}, 1}};
    }
    static std::vector<FollowerDocument> documents(
        const std::vector<std::pair<std::int64_t, std::string>>& of, VersionBase base = {}) {
        std::vector<FollowerDocument> made;
        for (const auto& [origin, id] : of) {
            made.push_back(
                FollowerDocument{SeqNo{origin}, '"' + id + '"', {}, base.of_write(SeqNo{origin})});
        }
        return made;
    }

    SweepPlan plan(SweepRequest request) {
        return SweepPlan{std::move(request), limits_, 0.3, sizer_, queue_, random_};
    }
    Lines begin(SweepPlan& sweep) {
        Actions actions;
        sweep.begin(actions);
        return lines(sweep, std::move(actions));
    }
    template <class E>
    Lines on(SweepPlan& sweep, E event) {
        Actions actions;
        sweep.on(std::move(event), actions);
        return lines(sweep, std::move(actions));
    }
    Lines acknowledge(SweepPlan& sweep, BulkId id, BulkOutcome outcome = {}) {
        queue_.done(id, std::move(outcome), now_, random_);
        Actions actions;
        sweep.bulks_done(actions);
        return lines(sweep, std::move(actions));
    }
    Lines wait(SweepPlan& sweep) {
        now_ = sweep.wake_at().value();
        return lines(sweep, {});
    }
    // Both sides' counts and lists of everything through G0; ends with what is asked then.
    Lines compare(SweepPlan& sweep,
                  std::vector<SeqNo> leader,
                  std::vector<FollowerDocument> follower) {
        (void)begin(sweep);
        (void)on(sweep, FollowerRefreshed{Result<void>{}});
        const SeqNo first{21 - 512};
        (void)on(sweep, LeaderCounted{std::vector<Bucket>{{first, std::ssize(leader)}}});
        (void)on(sweep, FollowerCounted{std::vector<Bucket>{{first, std::ssize(follower)}}});
        // One that was counted to have nothing is not asked.
        if (!leader.empty()) {
            (void)on(sweep, LeaderListed{std::move(leader)});
        }
        return on(sweep, FollowerListed{std::move(follower)});
    }

    Instant now_{seconds{1}};
    Random random_{1};
    LimitSettings limits_;
    PageSizer sizer_{limits_};
    BulkQueue queue_{limits_};

private:
    Lines lines(SweepPlan& sweep, Actions actions) {
        sweep.advance(now_, actions);
        Lines made;
        for (const Action& action : actions) {
            made.push_back(describe(action));
        }
        return made;
    }
};

TEST_F(SweepPlanTest, EqualSidesCostARefreshAndOneCount) {
    SweepPlan sweep = plan(request());
    EXPECT_THAT(begin(sweep), ElementsAre("refresh follower"));
    EXPECT_THAT(on(sweep, FollowerRefreshed{Result<void>{}}),
                ElementsAre("count leader [0,20] by 512", "count follower [0,20] by 512"));
    EXPECT_THAT(on(sweep, LeaderCounted{std::vector<Bucket>{{SeqNo{0}, 9}}}), IsEmpty());
    EXPECT_FALSE(sweep.has_counted());
    EXPECT_THAT(on(sweep, FollowerCounted{std::vector<Bucket>{{SeqNo{0}, 9}}}), IsEmpty());
    EXPECT_TRUE(sweep.has_counted());
    EXPECT_TRUE(sweep.is_done());
}

TEST_F(SweepPlanTest, DeletesWhatTheLeaderLacksAfterLookupAndConfirmation) {
    SweepPlan sweep = plan(request());
    EXPECT_THAT(compare(sweep, {SeqNo{5}}, documents({{3, "a"}, {5, "b"}, {7, "c"}})),
                ElementsAre("look up \"a\" \"c\""));
    EXPECT_THAT(on(sweep, LookedUp{std::vector<LookupResult>{std::nullopt, std::nullopt}}),
                ElementsAre("sample"));
    EXPECT_THAT(on(sweep, SampleRead{sample(30, 30)}), ElementsAre("identity"));
    EXPECT_THAT(on(sweep, identity()), ElementsAre("bulk 1: remove \"a\"=5, remove \"c\"=9"));
    EXPECT_FALSE(sweep.is_done());
    EXPECT_THAT(acknowledge(sweep, 1), IsEmpty());
    EXPECT_TRUE(sweep.is_done());
}

TEST_F(SweepPlanTest, ARepairWritesWhatStandsInAnothersPlace) {
    SweepRequest repair = request();
    repair.was_raised = true;
    repair.is_repair = true;
    repair.base = base_of_generation(1);
    SweepPlan sweep = plan(repair);
    // "a" is the leader's operation 3, whose place a foreign document took.
    (void)compare(sweep, {SeqNo{3}, SeqNo{5}}, documents({{3, "x"}, {5, "b"}, {7, "a"}}));
    (void)on(sweep, LookedUp{std::vector<LookupResult>{SeqNo{3}}});
    (void)on(sweep, SampleRead{sample(30, 30)});
    EXPECT_THAT(on(sweep, identity()), ElementsAre("page [3,3] of v"));
    EXPECT_TRUE(sweep.has_found_differences());
    (void)on(sweep, PageRead{page_of({{3, "a"}}, true)});
    // Another daemon has written it meanwhile: that is no foreign document.
    EXPECT_THAT(acknowledge(sweep, 1, BulkOutcome{{0}, {}}), ElementsAre("look up \"a\""));
    (void)on(sweep, LookedUp{std::vector<LookupResult>{SeqNo{3}}});
    EXPECT_EQ(sweep.foreign_documents(), 0);
    EXPECT_TRUE(sweep.is_done());
}

TEST_F(SweepPlanTest, LeavesWhatALookupFinds) {
    SweepPlan sweep = plan(request());
    (void)compare(sweep, {}, documents({{3, "a"}, {7, "c"}}));
    (void)on(sweep, LookedUp{std::vector<LookupResult>{SeqNo{25}, std::nullopt}});
    (void)on(sweep, SampleRead{sample(30, 30)});
    EXPECT_THAT(on(sweep, identity()), ElementsAre("bulk 1: remove \"c\"=9"));
}

TEST_F(SweepPlanTest, DeletesNothingBeforeTheCheckpointCoversTheLookup) {
    SweepPlan sweep = plan(request());
    (void)compare(sweep, {}, documents({{3, "a"}}));
    (void)on(sweep, LookedUp{std::vector<LookupResult>{std::nullopt}});
    (void)on(sweep, SampleRead{sample(21, 25)});
    EXPECT_THAT(on(sweep, identity()), IsEmpty());
    EXPECT_THAT(wait(sweep), ElementsAre("sample"));
    (void)on(sweep, SampleRead{sample(25, 40)});
    EXPECT_THAT(on(sweep, identity()), ElementsAre("bulk 1: remove \"a\"=5"));
}

TEST_F(SweepPlanTest, DeletesNothingAfterAFailover) {
    for (const bool is_covered : {true, false}) {
        SweepPlan sweep = plan(request());
        (void)compare(sweep, {}, documents({{3, "a"}}));
        (void)on(sweep, LookedUp{std::vector<LookupResult>{std::nullopt}});
        (void)on(sweep, SampleRead{sample(is_covered ? 25 : 21, 25)});
        EXPECT_THAT(on(sweep, identity(2)), IsEmpty());
        ASSERT_TRUE(sweep.failure());
        EXPECT_EQ(sweep.failure()->kind, FailureKind::unavailable);
    }
}

TEST_F(SweepPlanTest, AFailedLookupIsNotANotFound) {
    SweepPlan sweep = plan(request());
    (void)compare(sweep, {}, documents({{3, "a"}}));
    EXPECT_THAT(on(sweep, LookedUp{failure_of(FailureKind::unavailable)}), IsEmpty());
    EXPECT_TRUE(sweep.failure());
    EXPECT_TRUE(queue_.is_idle());
}

TEST_F(SweepPlanTest, OldSpacesAreDeletedOneAboveTheirOwnVersion) {
    SweepRequest made = request();
    made.base = VersionBase{1'000};
    SweepPlan sweep = plan(std::move(made));
    (void)begin(sweep);
    EXPECT_THAT(on(sweep, FollowerRefreshed{Result<void>{}}),
                ElementsAre("count leader [-1000,20] by 512", "count follower [-1000,20] by 512"));
    (void)on(sweep, LeaderCounted{std::vector<Bucket>{}});
    EXPECT_THAT(on(sweep, FollowerCounted{std::vector<Bucket>{{SeqNo{-491}, 1}}}),
                ElementsAre("list follower [-491,20]"));
    (void)on(sweep, FollowerListed{documents({{-300, "old"}}, VersionBase{1'000})});
    (void)on(sweep, LookedUp{std::vector<LookupResult>{std::nullopt}});
    (void)on(sweep, SampleRead{sample(20, 20)});
    EXPECT_THAT(on(sweep, identity()), ElementsAre("bulk 1: remove \"old\"=702"));
}

// A line with a space below zero (origins.hpp): all is counted before anything is looked at.
TEST_F(SweepPlanTest, OlderSpacesAreComparedAndWrittenInTheirOwnVersions) {
    SweepRequest made = request();
    made.base = VersionBase{1'000};
    made.older = {OlderSpace{SeqNoRange{SeqNo{-5'000}, SeqNo{-4'991}}, VersionBase{5'500}}};
    SweepPlan sweep = plan(std::move(made));
    (void)begin(sweep);
    EXPECT_THAT(on(sweep, FollowerRefreshed{Result<void>{}}),
                ElementsAre("count leader [0,20] by 512", "count follower [0,20] by 512"));
    (void)on(sweep, LeaderCounted{std::vector<Bucket>{}});
    EXPECT_THAT(
        on(sweep, FollowerCounted{std::vector<Bucket>{}}),
        ElementsAre("count leader [-5000,-4991] by 512", "count follower [-5000,-4991] by 512"));
    (void)on(sweep, LeaderCounted{std::vector<Bucket>{{SeqNo{-5'502}, 1}}});
    EXPECT_THAT(on(sweep, FollowerCounted{std::vector<Bucket>{}}),
                ElementsAre("list leader [-5000,-4991]", "list follower [-5000,-4991]"));
    (void)on(sweep, LeaderListed{std::vector<SeqNo>{SeqNo{-4'998}}});
    EXPECT_THAT(on(sweep, FollowerListed{documents({})}), ElementsAre("page [-4998,-4998] of v"));
    EXPECT_THAT(on(sweep, PageRead{page_of({{-4'998, "a"}}, true)}),
                ElementsAre("bulk 1: index \"a\"=503"));
}

TEST_F(SweepPlanTest, WritesAgainWhatTheFollowerLacks) {
    SweepPlan sweep = plan(request());
    EXPECT_THAT(compare(sweep, {SeqNo{5}, SeqNo{6}, SeqNo{9}}, {}),
                ElementsAre("page [5,6] [9,9] of v"));
    EXPECT_THAT(on(sweep, PageRead{page_of({{5, "a"}, {6, "b"}, {9, "c"}}, true)}),
                ElementsAre("bulk 1: index \"a\"=6, index \"b\"=7, index \"c\"=10"));
    EXPECT_THAT(acknowledge(sweep, 1), IsEmpty());
    EXPECT_TRUE(sweep.is_done());
    EXPECT_EQ(sweep.foreign_documents(), 0);
}

TEST_F(SweepPlanTest, CountsWhatTheFollowerRefusesAsForeign) {
    SweepPlan sweep = plan(request());
    (void)compare(sweep, {SeqNo{5}, SeqNo{6}, SeqNo{9}}, {});
    (void)on(sweep, PageRead{page_of({{5, "a"}, {6, "b"}, {9, "c"}}, true)});
    EXPECT_THAT(acknowledge(sweep, 1, BulkOutcome{{1, 2}, {}}), ElementsAre("look up \"b\" \"c\""));
    EXPECT_THAT(on(sweep, LookedUp{std::vector<LookupResult>{SeqNo{6}, SeqNo{9}}}), IsEmpty());
    EXPECT_TRUE(sweep.is_done());
    EXPECT_EQ(sweep.foreign_documents(), 2);
    EXPECT_EQ(sweep.first_foreign(), SeqNo{6});
}

// Another daemon was ahead. Found by the simulator: seed 5182.
TEST_F(SweepPlanTest, WhatTheLeaderHasANewerOperationOfIsNotForeign) {
    SweepPlan sweep = plan(request());
    (void)compare(sweep, {SeqNo{5}, SeqNo{6}}, {});
    (void)on(sweep, PageRead{page_of({{5, "a"}, {6, "b"}}, true)});
    (void)acknowledge(sweep, 1, BulkOutcome{{0, 1}, {}});
    (void)on(sweep, LookedUp{std::vector<LookupResult>{SeqNo{24}, std::nullopt}});
    EXPECT_TRUE(sweep.is_done());
    EXPECT_EQ(sweep.foreign_documents(), 0);
    EXPECT_EQ(sweep.first_foreign(), std::nullopt);
}

TEST_F(SweepPlanTest, ALookupOfWhatWasRefusedMayFail) {
    SweepPlan sweep = plan(request());
    (void)compare(sweep, {SeqNo{5}}, {});
    (void)on(sweep, PageRead{page_of({{5, "a"}}, true)});
    (void)acknowledge(sweep, 1, BulkOutcome{{0}, {}});
    EXPECT_THAT(on(sweep, LookedUp{failure_of(FailureKind::timeout)}), IsEmpty());
    EXPECT_TRUE(sweep.failure());
}

TEST_F(SweepPlanTest, AViewThatShowsOtherDocumentsThanItCountedIsNoAnswer) {
    SweepPlan sweep = plan(request());
    (void)compare(sweep, {SeqNo{5}, SeqNo{6}}, {});
    EXPECT_THAT(on(sweep, PageRead{page_of({{5, "a"}}, true)}), IsEmpty());
    ASSERT_TRUE(sweep.failure());
    EXPECT_EQ(sweep.failure()->kind, FailureKind::malformed);
}

TEST_F(SweepPlanTest, EveryFailedAnswerEndsIt) {
    SweepPlan refresh = plan(request());
    (void)begin(refresh);
    (void)on(refresh, FollowerRefreshed{failure_of(FailureKind::timeout)});
    EXPECT_TRUE(refresh.failure());

    SweepPlan list = plan(request());
    (void)begin(list);
    (void)on(list, FollowerRefreshed{Result<void>{}});
    (void)on(list, LeaderCounted{std::vector<Bucket>{{SeqNo{0}, 1}}});
    (void)on(list, FollowerCounted{std::vector<Bucket>{}});
    (void)on(list, FollowerListed{failure_of(FailureKind::timeout)});
    EXPECT_TRUE(list.failure());
    EXPECT_FALSE(list.is_done());
}

// The guard: 20,000 of 40,000 documents.
class DeleteGuard : public SweepPlanTest {
protected:
    static constexpr std::int64_t gone = 20'000;

    Lines count(SweepPlan& sweep) {
        (void)begin(sweep);
        (void)on(sweep, FollowerRefreshed{Result<void>{}});
        (void)on(sweep, LeaderCounted{std::vector<Bucket>{{SeqNo{0}, 20'000}, {SeqNo{20'000}, 0}}});
        return on(sweep,
                  FollowerCounted{std::vector<Bucket>{{SeqNo{0}, 20'000}, {SeqNo{20'000}, gone}}});
    }
    static SweepRequest seen_before(std::int64_t docs_count) {
        SweepRequest made = request(50'000);
        made.guarded_before = gone;
        made.seen.docs_count = docs_count;
        return made;
    }
};

TEST_F(DeleteGuard, WantsToSeeMassDeletionTwice) {
    SweepPlan sweep = plan(request(50'000));
    EXPECT_THAT(count(sweep), IsEmpty());
    EXPECT_EQ(sweep.guarded(), gone);
    EXPECT_FALSE(sweep.is_done());
}

TEST_F(DeleteGuard, LetsItPassTheSecondTimeWhenLuceneAgrees) {
    SweepPlan sweep = plan(seen_before(20'000));
    EXPECT_THAT(count(sweep), ElementsAre("count documents"));
    EXPECT_THAT(on(sweep, DocumentsCounted{std::int64_t{20'000}}),
                ElementsAre(HasSubstr("list follower")));
}

TEST_F(DeleteGuard, HoldsItBackWhereASearchHidesDocuments) {
    SweepPlan sweep = plan(seen_before(40'000));
    (void)count(sweep);
    EXPECT_THAT(on(sweep, DocumentsCounted{std::int64_t{20'000}}), IsEmpty());
    ASSERT_TRUE(sweep.failure());
    EXPECT_EQ(sweep.failure()->kind, FailureKind::refused);
    EXPECT_THAT(sweep.failure()->what, HasSubstr("document-level security"));
}

TEST_F(DeleteGuard, CannotCountWhereThereAreNestedDocuments) {
    SweepRequest made = seen_before(90'000);
    made.has_nested = true;
    SweepPlan sweep = plan(std::move(made));
    (void)count(sweep);
    (void)on(sweep, DocumentsCounted{std::int64_t{20'000}});
    EXPECT_FALSE(sweep.failure());
}

TEST_F(DeleteGuard, DoesNotMindASmallShare) {
    SweepRequest made = request(50'000);
    SweepPlan sweep = SweepPlan{std::move(made), limits_, 0.6, sizer_, queue_, random_};
    EXPECT_THAT(count(sweep), ElementsAre(HasSubstr("list follower")));
    EXPECT_FALSE(sweep.guarded());
}

}  // namespace
}  // namespace followd::core
