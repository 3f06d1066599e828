#include "cli/uncompared_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace followd::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

core::FollowClaim claim(const std::string& leader_index, const std::string& rule = "r") {
    core::FollowClaim made;
    made.rule = RuleName{rule};
    made.leader_index = IndexName{leader_index};
    return made;
}

/// logs-1 is followed, orders is recovered.
FollowedIndices some() {
    FollowedIndices found;
    found.plan.follows = {claim("logs-1")};
    found.plan.refused = {claim("refused")};
    found.plan.conflicts = {core::FollowConflict{claim("first"), claim("second")}};
    found.recovered = {claim("orders", "hourly")};
    found.left_out = {LeftOut{claim(".security"), "it is a system index"}};
    return found;
}

TEST(UncomparedNames, AreNoneThatHaveAVerdict) {
    for (const char* name : {"logs-1", "refused", "first", "second", "*"}) {
        const UncomparedNames names = uncompared_names({name}, some());
        EXPECT_THAT(names.why, IsEmpty()) << name;
        EXPECT_EQ(names.code, exit_done);
        EXPECT_FALSE(names.is_one_recovered);
    }
}

TEST(UncomparedNames, AreThoseThatAreRecoveredBySchedule) {
    for (const char* name : {"orders", "ord*"}) {
        const UncomparedNames names = uncompared_names({"logs-1", name}, some());
        EXPECT_THAT(names.why,
                    ElementsAre(AllOf(HasSubstr("orders is recovered by schedule (rule hourly"),
                                      HasSubstr("nothing to compare"))));
        EXPECT_TRUE(names.is_one_recovered);
        EXPECT_EQ(names.code, exit_unknown);
    }
}

TEST(UncomparedNames, AreThoseThatNoRuleFollows) {
    const UncomparedNames left_out = uncompared_names({".sec*"}, some());
    EXPECT_THAT(left_out.why, ElementsAre(".security is not followed: it is a system index"));
    EXPECT_EQ(left_out.code, exit_unknown);
    const UncomparedNames typo = uncompared_names({"oders", "lgs"}, some());
    EXPECT_THAT(typo.why,
                ElementsAre(HasSubstr("no follow rule means an index oders"),
                            HasSubstr("no follow rule means an index lgs")));
    EXPECT_EQ(typo.code, exit_unknown);
    EXPECT_FALSE(typo.is_one_recovered);
}

// A leader that could not be asked may have it: that was said already.
TEST(UncomparedNames, AreNotSaidToBeNoneWhereALeaderIsSilent) {
    FollowedIndices found = some();
    found.failures.emplace(ClusterName{"near"}, Failure{FailureKind::unreachable, "", ""});
    const UncomparedNames names = uncompared_names({"oders"}, found);
    EXPECT_THAT(names.why, IsEmpty());
    EXPECT_EQ(names.code, exit_unknown);
}

}  // namespace
}  // namespace followd::cli
