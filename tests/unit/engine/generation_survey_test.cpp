#include "engine/generation_survey.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace followd::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const GenerationOwner owner{
    ClusterName{"near"}, IndexName{"orders"}, ClusterName{"far"}, IndexName{"orders"}};
const core::ScheduledSnapshotNames names("d1", RuleName{"hourly"});

/// As of that hour.
Generation unmarked(int hour) {
    Generation generation;
    generation.index = IndexName{"orders.20261130t" + std::string(hour < 10 ? "0" : "") +
                                 std::to_string(hour) + "0000z"};
    return generation;
}

Generation whole(int hour) {
    Generation generation = unmarked(hour);
    generation.role = MarkRole::follower;
    generation.leader_cluster = owner.leader;
    generation.leader_index = owner.leader_index;
    generation.point = RecoveryPoint{};
    return generation;
}

Generation shown(Generation generation) {
    generation.has_alias = true;
    return generation;
}

Generation half(int hour, const std::string& snapshot) {
    Generation generation = unmarked(hour);
    generation.snapshot = snapshot;
    return generation;
}

GenerationSurvey seen(std::vector<Generation> generations) {
    return survey(std::move(generations), owner, names);
}

std::vector<std::string> indices(const std::vector<Generation>& generations) {
    std::vector<std::string> found;
    for (const Generation& generation : generations) {
        found.push_back(generation.index.value());
    }
    return found;
}

TEST(GenerationSurvey, OfNothingIsNothing) {
    const GenerationSurvey found = seen({});
    EXPECT_FALSE(found.shown || found.newest || found.promoted || found.obstacle);
    EXPECT_FALSE(found.is_to_be_shown());
}

TEST(GenerationSurvey, TheNewestIsToBeShown) {
    GenerationSurvey found = seen({whole(10), shown(whole(8)), whole(9)});
    EXPECT_EQ(found.shown->index, whole(8).index);
    EXPECT_EQ(found.newest->index, whole(10).index);
    EXPECT_TRUE(found.is_to_be_shown());
    EXPECT_THAT(found.with_alias, ElementsAre(whole(8).index));
    EXPECT_THAT(found.older, IsEmpty()) << "none is older than what is shown";
    found = seen({shown(whole(10)), whole(8), whole(9)});
    EXPECT_FALSE(found.is_to_be_shown());
    EXPECT_THAT(indices(found.older), ElementsAre(whole(8).index.value(), whole(9).index.value()));
    EXPECT_TRUE(seen({whole(8)}).is_to_be_shown());
}

TEST(GenerationSurvey, OnlyWhatTheScheduleMadeIsNewestOrOlder) {
    Generation others = whole(7);
    others.leader_index = IndexName{"else"};
    Generation away = whole(6);
    away.leader_cluster = ClusterName{"third"};
    Generation by_hand = whole(5);
    by_hand.point.reset();
    Generation later = whole(20);
    later.point.reset();
    const GenerationSurvey found =
        seen({unmarked(4), by_hand, away, others, shown(whole(8)), unmarked(19), later});
    EXPECT_THAT(found.older, IsEmpty());
    EXPECT_EQ(found.newest->index, whole(8).index);
    EXPECT_FALSE(found.obstacle);
}

TEST(GenerationSurvey, WhatIsNoFollowerAnyMoreIsPromoted) {
    for (const MarkRole role : {MarkRole::promoted, MarkRole::leader}) {
        Generation own = whole(8);
        own.role = role;
        EXPECT_EQ(seen({shown(own), whole(9)}).promoted->index, own.index);
        own.leader_index = IndexName{"else"};
        EXPECT_FALSE(seen({own, whole(9)}).promoted);
    }
}

TEST(GenerationSurvey, HalfRestoredOnesOfItsRuleAreUnfinished) {
    const std::string ours = "followd-every-d1-hourly-20261130t090000z";
    Generation marked = whole(12);
    marked.snapshot = ours;  // its setting is not taken away yet
    const GenerationSurvey found = seen({half(9, ours),
                                         half(10, "followd-every-d2-hourly-20261130t090000z"),
                                         half(11, "followd-every-d1-hourly"),
                                         unmarked(13),
                                         marked});
    EXPECT_THAT(indices(found.unfinished), ElementsAre(half(9, ours).index.value()));
    EXPECT_EQ(found.newest->index, marked.index);
}

TEST(GenerationSurvey, SomebodyElsesInTheAliasIsAnObstacleByName) {
    Generation others = whole(7);
    others.leader_index = IndexName{"else"};
    for (const Generation& one :
         {unmarked(7), others, half(7, "followd-every-d1-hourly-20261130t070000z")}) {
        const GenerationSurvey found = seen({shown(one), whole(8)});
        ASSERT_TRUE(found.obstacle);
        EXPECT_EQ(found.obstacle->kind, FailureKind::conflict);
        EXPECT_THAT(found.obstacle->what, HasSubstr(one.index.value()));
        EXPECT_FALSE(found.shown);
        EXPECT_THAT(found.unfinished, IsEmpty());
    }
}

TEST(GenerationSurvey, AMarkTellsTheSame) {
    RoleIndex role;
    role.name = whole(8).index;
    role.uuid = IndexUuid{"u"};
    role.role = MarkRole::follower;
    role.leader_cluster = owner.leader;
    role.leader_index = owner.leader_index;
    role.recovery = RecoveryPoint{"s", {}, {}};
    role.alias_names = {"else", "orders"};
    const Generation generation = generation_of(role, owner.alias);
    EXPECT_TRUE(generation.has_alias);
    EXPECT_EQ(generation.point, role.recovery);
    EXPECT_EQ(seen({generation}).shown->uuid, IndexUuid{"u"});
    role.alias_names = {"else"};
    EXPECT_FALSE(generation_of(role, owner.alias).has_alias);
}

}  // namespace
}  // namespace followd::engine
