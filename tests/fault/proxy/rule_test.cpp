#include "fault/proxy/rule.hpp"

#include "fault/proxy/canned_answer.hpp"
#include "fault/proxy/message_scanner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace followd::fault {
namespace {

using testing::HasSubstr;

TEST(FaultRule, OneLineSaysAll) {
    const auto rule = parse_rule(
        " cut bytes=10-400 direction=request method=POST path=/_bulk probability=0.25 count=3\r");
    ASSERT_TRUE(rule.ok()) << rule.failure().what;
    EXPECT_EQ(rule.value().fault, Fault::cut);
    EXPECT_EQ(rule.value().direction, Direction::request);
    EXPECT_EQ(rule.value().method, "POST");
    EXPECT_EQ(rule.value().path, "/_bulk");
    EXPECT_EQ(rule.value().probability, 0.25);
    EXPECT_EQ(rule.value().count, 3U);
    EXPECT_EQ(rule.value().amount->least, 10U);
    EXPECT_EQ(rule.value().amount->most, 400U);
}

TEST(FaultRule, EveryFaultCanBeNamedAlone) {
    for (std::size_t i = 0; i < fault_count; ++i) {
        const auto fault = static_cast<Fault>(i);
        const auto rule = parse_rule(name_of(fault));
        ASSERT_TRUE(rule.ok()) << name_of(fault);
        EXPECT_EQ(rule.value().fault, fault);
        EXPECT_THAT(fault_table(), HasSubstr("  " + std::string{name_of(fault)} + " "));
    }
}

TEST(FaultRule, WhatIsWrongIsSaidWithWhatWouldBeRight) {
    const auto mistake = [](std::string_view line) {
        const auto rule = parse_rule(line);
        return rule.ok() ? "none" : rule.failure().what;
    };
    EXPECT_THAT(mistake(""), HasSubstr("there is no fault \"\"; there are: refuse, stall,"));
    EXPECT_THAT(mistake("rest count=1"), HasSubstr("there is no fault \"rest\""));
    EXPECT_EQ(mistake("refuse count=1"),
              "refuse has no parameter \"count=1\"; it has: none (each as key=value)");
    EXPECT_EQ(mistake("delay rate=1"),
              "delay has no parameter \"rate=1\"; it has: direction, method, path, probability, "
              "count, ms (each as key=value)");
    EXPECT_THAT(mistake("cut =1"), HasSubstr("no parameter"));
    EXPECT_THAT(mistake("cut bytes"), HasSubstr("no parameter"));
    EXPECT_EQ(mistake("cut direction=both"), "cut: direction is \"both\", not request or answer");
    EXPECT_EQ(mistake("cut bytes=9-3"),
              "cut: bytes is \"9-3\", not a whole number or a range A-B, from 0 to 1073741824");
    EXPECT_THAT(mistake("cut bytes=-3"), HasSubstr("bytes is"));
    EXPECT_THAT(mistake("slow rate=0"), HasSubstr("from 1"));
    EXPECT_THAT(mistake("delay ms=60001"), HasSubstr("to 60000"));
    EXPECT_EQ(mistake("cut probability=0"), "cut: probability is \"0\", not above 0 and at most 1");
    EXPECT_THAT(mistake("cut probability=nan"), HasSubstr("above 0"));
    EXPECT_THAT(mistake("cut probability=1.1"), HasSubstr("above 0"));
    EXPECT_EQ(mistake("cut count=0"), "cut: count is \"0\", not a whole number from 1");
    EXPECT_EQ(mistake("cut path="), "cut: path is \"\", not some text");
}

TEST(CannedAnswer, IsOneWholeMessageOfHttp) {
    for (std::size_t i = 1; i < fault_count; ++i) {
        const auto fault = static_cast<Fault>(i);
        if (effect_of(fault) != Effect::instead || fault == Fault::swallow) {
            continue;
        }
        const std::string answer = canned_answer(fault);
        MessageScanner scanner{MessageScanner::Side::answers};
        const auto head = scanner.next(answer);
        ASSERT_LT(head.size, answer.size()) << name_of(fault);
        const auto body = scanner.next(std::string_view{answer}.substr(head.size));
        EXPECT_EQ(head.size + body.size, answer.size()) << name_of(fault);
        EXPECT_TRUE(body.ends_message) << name_of(fault);
    }
    EXPECT_EQ(canned_answer(Fault::swallow), "");
}

}  // namespace
}  // namespace followd::fault
