#include "es/generation_plan.hpp"

#include "unit/es_admin/generation_index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace followd::es {
namespace {

using test::generation_json;
using test::generation_mark;
using test::generation_of_orders;
using test::half_restored_json;
using testing::HasSubstr;
using testing::IsEmpty;

const IndexName orders{"orders"};
const Json shown{{"orders", Json::object()}};

std::string name_of(int hour) {
    return generation_of_orders(hour).value();
}

Result<std::vector<FoundGeneration>> read(const Json& answer) {
    return read_generations(orders, answer);
}

void expect_conflict(const Json& answer, const std::string& named) {
    const auto found = read(answer);
    ASSERT_FALSE(found.ok()) << answer;
    EXPECT_EQ(found.failure().kind, FailureKind::conflict);
    EXPECT_THAT(found.failure().what, HasSubstr(named));
}

// --- what there is -------------------------------------------------------------------------------

TEST(Generations, AreToldOldestFirst) {
    const FollowMark first = generation_mark(1);
    const FollowMark second = generation_mark(2);
    const auto found = read(Json{{name_of(2), generation_json(&second, "g-2", shown)},
                                 {name_of(1), generation_json(&first, "g-1")},
                                 {"orders.old", generation_json(nullptr, "o")},
                                 {name_of(10), half_restored_json("s-10", "g-10")}});
    ASSERT_TRUE(found.ok()) << found.failure().what;
    ASSERT_EQ(found->size(), 3U);
    const engine::Generation& oldest = found->at(0).generation;
    EXPECT_EQ(oldest.index, generation_of_orders(1));
    EXPECT_EQ(oldest.uuid, IndexUuid{"g-1"});
    EXPECT_EQ(oldest.role, MarkRole::follower);
    EXPECT_EQ(oldest.leader_cluster, ClusterName{"berlin"});
    EXPECT_EQ(oldest.leader_index, orders);
    EXPECT_EQ(oldest.leader_uuid, IndexUuid{"u-1"});
    EXPECT_EQ(oldest.point, first.recovery);
    EXPECT_EQ(oldest.snapshot, "");
    EXPECT_FALSE(oldest.has_alias);
    EXPECT_TRUE(found->at(1).generation.has_alias);
    const engine::Generation& half = found->at(2).generation;
    EXPECT_EQ(half.snapshot, "s-10");
    EXPECT_FALSE(half.role);
    EXPECT_FALSE(half.point);
}

TEST(Generations, NoneIsNoFailure) {
    EXPECT_THAT(*read(Json::object()), IsEmpty());
}

// Its leader's mark came with the snapshot, until ours takes its place.
TEST(Generations, OneThatIsBeingRestoredHasNoMarkOfItsOwn) {
    FollowMark leaders = generation_mark(1);
    leaders.leader_uuid = IndexUuid{"of the leader's leader"};
    leaders.origins.clear();
    for (const MarkRole role : {MarkRole::follower, MarkRole::promoted}) {
        leaders.role = role;
        if (role == MarkRole::promoted) {
            leaders.origins = {OriginSegment{}};
        }
        const auto found = read(Json{{name_of(2), half_restored_json("s-2", "g-2", &leaders)}});
        ASSERT_TRUE(found.ok()) << found.failure().what;
        EXPECT_FALSE(found->at(0).generation.role);
    }
    const FollowMark own = generation_mark(2);
    const auto marked = read(Json{{name_of(2), half_restored_json("s-2", "g-2", &own)}});
    EXPECT_EQ(marked->at(0).generation.point, own.recovery);
    EXPECT_EQ(marked->at(0).generation.snapshot, "s-2");
}

TEST(Generations, AMarkThatIsNotUnderstoodStopsThem) {
    const FollowMark mark = generation_mark(1);
    Json json = generation_json(&mark, "g-1");
    json["mappings"]["_meta"]["followd"]["schema"] = 9;
    const auto found = read(Json{{name_of(1), json}});
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.failure().kind, FailureKind::refused);
    EXPECT_EQ(found.failure().where, name_of(1));
    json["settings"].erase("index.uuid");
    EXPECT_EQ(read(Json{{name_of(1), json}}).failure().kind, FailureKind::malformed);
}

TEST(Generations, WhatStandsInTheAliassWayIsNamedWithTheWayOut) {
    expect_conflict(Json{{"orders", generation_json(nullptr, "o")}}, "an index of the name orders");
    Json stream = generation_json(nullptr, "o");
    stream["data_stream"] = "orders";
    expect_conflict(Json{{".ds-orders-000001", stream}}, "a data stream of the name orders");
    expect_conflict(Json{{"archive", generation_json(nullptr, "o", shown)}},
                    "the alias orders shows the index archive");
    expect_conflict(Json{{"orders.old", generation_json(nullptr, "o", shown)}},
                    "the alias orders shows the index orders.old");
    expect_conflict(Json{{"other.20261130t080000z", generation_json(nullptr, "o", shown)}},
                    "other.20261130t080000z");
    for (const char* name : {"orders", "archive"}) {
        const auto found = read(Json{{name, generation_json(nullptr, "o", shown)}});
        EXPECT_THAT(found.failure().what, HasSubstr("follow_index_pattern"));
    }
}

// Found by their names alone: another alias or data stream that begins so.
TEST(Generations, WhatOnlyBeginsLikeThemIsNobodysConcern) {
    Json stream = generation_json(nullptr, "o");
    stream["data_stream"] = "orders.live";
    const auto found =
        read(Json{{"archive", generation_json(nullptr, "o", {{"orders.latest", Json::object()}})},
                  {".ds-orders.live-000001", stream}});
    ASSERT_TRUE(found.ok()) << found.failure().what;
    EXPECT_THAT(*found, IsEmpty());
}

TEST(Generations, TheAliasShowsOnlyWhatTheScheduleRestored) {
    expect_conflict(Json{{name_of(1), generation_json(nullptr, "g", shown)}}, name_of(1));
    FollowMark turned = generation_mark(1);
    turned.recovery.reset();
    expect_conflict(Json{{name_of(1), generation_json(&turned, "g", shown)}}, name_of(1));
    EXPECT_TRUE(read(Json{{name_of(1), generation_json(&turned, "g")}}).ok());
}

// --- how the alias moves -------------------------------------------------------------------------

class Switch : public testing::Test {
protected:
    /// From the second hour to the third, of what `answer` shows.
    [[nodiscard]] Result<Json> plan(const Json& answer) const {
        const auto found = read(answer);
        EXPECT_TRUE(found.ok());
        return plan_switch(change, *found);
    }
    [[nodiscard]] Json both(const Json& aliases_before) const {
        return Json{{name_of(2), generation_json(&second, "g-2", aliases_before)},
                    {name_of(3), generation_json(&third, "g-3")}};
    }
    void expect_refused(const Json& answer, const std::string& named) const {
        const Result<Json> actions = plan(answer);
        ASSERT_FALSE(actions.ok());
        EXPECT_EQ(actions.failure().kind, FailureKind::conflict);
        EXPECT_THAT(actions.failure().what, HasSubstr(named));
    }

    FollowMark second = generation_mark(2);
    FollowMark third = generation_mark(3);
    engine::GenerationSwitch change{
        orders,
        {generation_of_orders(3), IndexUuid{"g-3"}, {}, {}, {}, {}, {}, {}, false},
        {generation_of_orders(1), generation_of_orders(2)},
        {}};
};

TEST_F(Switch, ShowsOneInPlaceOfTheOther) {
    EXPECT_EQ(*plan(both(shown)), Json::parse(R"([
        {"add":{"index":"orders.20261130t110000z","alias":"orders"}},
        {"remove":{"index":"orders.20261130t100000z","alias":"orders"}}])"));
}

TEST_F(Switch, MovesTheLeadersAliasesWithIt) {
    second.aliases = {"dropped", "kept"};
    change.aliases = R"({"kept":{"filter":{"term":{"a":1}},"is_write_index":true},"new":{},
                         ".followd-E1-orders":{"is_hidden":true}})";
    const Json before{{"orders", Json::object()},
                      {"kept", Json::object()},
                      {"dropped", Json::object()},
                      {"new", Json::object()},
                      {"somebodys", Json::object()}};
    EXPECT_EQ(*plan(both(before)), Json::parse(R"([
        {"add":{"index":"orders.20261130t110000z","alias":"kept",
                "filter":{"term":{"a":1}},"is_write_index":false}},
        {"add":{"index":"orders.20261130t110000z","alias":"new"}},
        {"add":{"index":"orders.20261130t110000z","alias":"orders"}},
        {"remove":{"index":"orders.20261130t100000z","alias":"dropped"}},
        {"remove":{"index":"orders.20261130t100000z","alias":"kept"}},
        {"remove":{"index":"orders.20261130t100000z","alias":"new"}},
        {"remove":{"index":"orders.20261130t100000z","alias":"orders"}}])"));
}

// Readers of the alias see the whole index.
TEST_F(Switch, TakesNoFilterFromALeadersAliasOfTheSameName) {
    change.aliases = R"({"orders":{"filter":{"term":{"a":1}}}})";
    EXPECT_EQ(*plan(Json{{name_of(3), generation_json(&third, "g-3")}}), Json::parse(R"([
        {"add":{"index":"orders.20261130t110000z","alias":"orders"}}])"));
}

TEST_F(Switch, MayBeMadeAgain) {
    const Json answer{{name_of(2), generation_json(&second, "g-2")},
                      {name_of(3), generation_json(&third, "g-3", shown)}};
    EXPECT_EQ(*plan(answer), Json::parse(R"([
        {"add":{"index":"orders.20261130t110000z","alias":"orders"}}])"));
}

TEST_F(Switch, TakesWhatIsLeftOfAliasesFromEveryOlderGeneration) {
    const FollowMark first = [] {
        FollowMark mark = generation_mark(1);
        mark.aliases = {"live"};
        return mark;
    }();
    Json answer = both(shown);
    answer[name_of(1)] = generation_json(&first, "g-1", {{"live", Json::object()}});
    EXPECT_THAT(plan(answer)->dump(),
                HasSubstr(R"({"remove":{"alias":"live","index":")" + name_of(1)));
}

TEST_F(Switch, GoesOnlyToTheMarkedIndexThatIsMeant) {
    expect_refused(Json{{name_of(2), generation_json(&second, "g-2", shown)}}, name_of(3));
    change.to.uuid = IndexUuid{"other"};
    expect_refused(both(shown), "another one");
    change.to.uuid = IndexUuid{"g-3"};
    Json answer = both(shown);
    answer[name_of(3)] = half_restored_json("s-3", "g-3");
    expect_refused(answer, "not marked");
    third.role = MarkRole::promoted;
    third.origins.push_back(OriginSegment{{SeqNo{5}}, {}});
    answer[name_of(3)] = generation_json(&third, "g-3");
    expect_refused(answer, "not marked");
}

TEST_F(Switch, LeavesWhatIsShownWhereThatIsNotWhatWasExpected) {
    change.from = {generation_of_orders(1)};
    expect_refused(both(shown), "by now");
}

TEST_F(Switch, NeverLeavesAPromotedIndex) {
    second.role = MarkRole::promoted;
    second.origins.push_back(OriginSegment{{SeqNo{5}}, {}});
    second.aliases = {"live"};
    expect_refused(both(shown), "promoted");
    // One that is not shown keeps all that it has.
    const Json live{{"live", Json::object()}};
    EXPECT_THAT(plan(both(live))->dump(), testing::Not(HasSubstr("remove")));
}

TEST_F(Switch, NeedsTheLeadersAliasesAsTheyAre) {
    change.aliases = "{";
    EXPECT_EQ(plan(both(shown)).failure().kind, FailureKind::malformed);
}

// --- what may be removed -------------------------------------------------------------------------

Result<void> judge(const engine::Generation& asked, const Json& json) {
    const auto found = read_generation(generation_of_orders(1), orders, json);
    EXPECT_TRUE(found.ok());
    return judge_removal(asked, *found);
}

engine::Generation asked_for(const std::string& uuid, const std::string& snapshot = {}) {
    engine::Generation generation;
    generation.index = generation_of_orders(1);
    generation.uuid = IndexUuid{uuid};
    generation.snapshot = snapshot;
    return generation;
}

TEST(Removal, IsOfGenerationsAndOfWhatIsLeftOfARestore) {
    const FollowMark mark = generation_mark(1);
    EXPECT_TRUE(judge(asked_for("g"), generation_json(&mark, "g")).ok());
    EXPECT_TRUE(judge(asked_for("g", "s-1"), half_restored_json("s-1", "g")).ok());
}

TEST(Removal, IsOfNothingElse) {
    const FollowMark mark = generation_mark(1);
    FollowMark promoted = mark;
    promoted.role = MarkRole::promoted;
    promoted.origins.push_back(OriginSegment{{SeqNo{5}}, {}});
    FollowMark of_history = mark;
    of_history.recovery.reset();
    struct Case {
        const char* why;
        engine::Generation asked;
        Json json;
    };
    const Case cases[] = {
        {"another index", asked_for("g"), generation_json(&mark, "other")},
        {"shown", asked_for("g"), generation_json(&mark, "g", shown)},
        {"promoted", asked_for("g"), generation_json(&promoted, "g")},
        {"promoted before the restore was ended",
         asked_for("g", "s-1"),
         half_restored_json("s-1", "g", &promoted)},
        {"a follower", asked_for("g"), generation_json(&of_history, "g")},
        {"somebody's", asked_for("g"), generation_json(nullptr, "g")},
        {"somebody's, said to be half restored",
         asked_for("g", "s-1"),
         generation_json(nullptr, "g")},
        {"of another snapshot", asked_for("g", "s-1"), half_restored_json("s-2", "g")},
        {"of a snapshot, which was not said", asked_for("g"), half_restored_json("s-1", "g")}};
    for (const Case& one : cases) {
        const Result<void> judged = judge(one.asked, one.json);
        ASSERT_FALSE(judged.ok()) << one.why;
        EXPECT_EQ(judged.failure().kind, FailureKind::conflict) << one.why;
        EXPECT_THAT(judged.failure().what, HasSubstr(generation_of_orders(1).value()));
    }
}

}  // namespace
}  // namespace followd::es
