#include "fault/proxy/schedule.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace followd::fault {
namespace {

const RequestLine bulk{"POST", "/logs/_bulk?x=y"};
const RequestLine stats{"GET", "/_stats"};

Rule rule(std::string_view line) {
    return parse_rule(line).value();
}

/// Where each of so many bulk answers is cut; -1 for not at all.
std::vector<long> fates(Schedule& schedule, int messages) {
    std::vector<long> found;
    for (int i = 0; i < messages; ++i) {
        auto treatment = schedule.treat(Direction::answer, bulk, 100);
        const auto& ending = treatment[Effect::ending];
        found.push_back(ending ? static_cast<long>(ending->amount) : -1);
    }
    return found;
}

TEST(FaultSchedule, OnlyWhatFitsIsTreated) {
    Schedule schedule{1};
    schedule.add(rule("cut path=_bulk method=POST"));
    EXPECT_TRUE(schedule.treat(Direction::answer, bulk, 10)[Effect::ending].has_value());
    EXPECT_FALSE(schedule.treat(Direction::request, bulk, 10)[Effect::ending].has_value());
    EXPECT_FALSE(schedule.treat(Direction::answer, stats, 10)[Effect::ending].has_value());
    EXPECT_FALSE(
        schedule.treat(Direction::answer, {"GET", "/_bulk"}, 10)[Effect::ending].has_value());
    EXPECT_FALSE(schedule.treat(Direction::answer, {}, 10)[Effect::ending].has_value());
}

TEST(FaultSchedule, TheSameSeedMeetsTheSameMessages) {
    Schedule one{7};
    Schedule again{7};
    Schedule other{8};
    for (Schedule* const schedule : {&one, &again, &other}) {
        schedule->add(rule("cut bytes=0-1000 probability=0.5"));
    }
    // What else there is does not matter: other rules, and messages that do not fit.
    again.add(rule("delay"));
    ASSERT_TRUE(again.treat(Direction::answer, stats, 5)[Effect::wait].has_value());
    Schedule third{7};
    third.add(rule("cut bytes=0-1000 probability=0.5 path=_bulk"));
    std::ignore = third.treat(Direction::answer, stats, 5);
    const auto expected = fates(one, 200);
    EXPECT_EQ(fates(third, 200), expected);
    EXPECT_NE(fates(other, 200), expected);
    // One message was drawn for already.
    auto shifted = fates(again, 199);
    EXPECT_EQ(shifted, (std::vector<long>{expected.begin() + 1, expected.end()}));
}

TEST(FaultSchedule, AShareOfTheMessagesIsTreated) {
    Schedule schedule{3};
    schedule.add(rule("cut bytes=5-9 probability=0.3"));
    int treated = 0;
    for (const long at : fates(schedule, 2000)) {
        if (at >= 0) {
            ++treated;
            EXPECT_GE(at, 5);
            EXPECT_LE(at, 9);
        }
    }
    EXPECT_NEAR(treated, 600, 100);
}

TEST(FaultSchedule, CountsWhatHappenedNotWhatWasPlanned) {
    Schedule schedule{1};
    schedule.add(rule("cut count=2"));
    auto first = schedule.treat(Direction::answer, bulk, 10);
    auto second = schedule.treat(Direction::answer, bulk, 10);
    auto third = schedule.treat(Direction::answer, bulk, 10);
    EXPECT_EQ(schedule.injected(Fault::cut), 0U);
    EXPECT_TRUE(schedule.claim(*first[Effect::ending]));
    EXPECT_TRUE(schedule.claim(*third[Effect::ending]));
    EXPECT_FALSE(schedule.claim(*second[Effect::ending])) << "it has acted twice";
    EXPECT_EQ(schedule.injected(Fault::cut), 2U);
    EXPECT_FALSE(schedule.treat(Direction::answer, bulk, 10)[Effect::ending].has_value());
}

TEST(FaultSchedule, WhatWasPlannedBeforeHealingDoesNotHappen) {
    Schedule schedule{1};
    schedule.add(rule("cut"));
    auto planned = schedule.treat(Direction::answer, bulk, 10);
    schedule.clear();
    schedule.add(rule("cut"));
    EXPECT_FALSE(schedule.claim(*planned[Effect::ending]));
    EXPECT_FALSE(schedule.is_in_force(planned[Effect::ending]->rule));
    EXPECT_EQ(schedule.injected(Fault::cut), 0U);
}

TEST(FaultSchedule, OneRuleForEachEffect) {
    Schedule schedule{1};
    schedule.add(rule("delay ms=5"));
    schedule.add(rule("slow rate=9"));
    schedule.add(rule("cut bytes=3"));
    schedule.add(rule("reset bytes=1 direction=answer"));
    auto treatment = schedule.treat(Direction::answer, bulk, 10);
    EXPECT_EQ(treatment[Effect::wait]->amount, 5U);
    EXPECT_EQ(treatment[Effect::flow]->amount, 9U);
    EXPECT_EQ(treatment[Effect::ending]->fault, Fault::cut);
    EXPECT_FALSE(treatment[Effect::damage].has_value());
}

TEST(FaultSchedule, CorruptStaysWithinTheHeadAndChangesSomething) {
    Schedule schedule{1};
    schedule.add(rule("corrupt"));
    for (int i = 0; i < 1000; ++i) {
        auto treatment = schedule.treat(Direction::answer, bulk, 20);
        EXPECT_LT(treatment[Effect::damage]->amount, 20U);
        EXPECT_NE(treatment[Effect::damage]->flip, 0);
    }
}

TEST(FaultSchedule, RefusingIsAboutNoMessage) {
    Schedule schedule{1};
    schedule.add(rule("refuse"));
    EXPECT_TRUE(schedule.is_refusing());
    EXPECT_FALSE(schedule.treat(Direction::request, bulk, 10)[Effect::ending].has_value());
    schedule.clear();
    EXPECT_FALSE(schedule.is_refusing());
}

}  // namespace
}  // namespace followd::fault
