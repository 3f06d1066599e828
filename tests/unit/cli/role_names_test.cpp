#include "cli/role_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace followd::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

FollowRule rule(std::vector<std::string> indices, FollowMode mode) {
    FollowRule made;
    made.leader = ClusterName{"near"};
    made.follower = ClusterName{"far"};
    made.indices = std::move(indices);
    made.follow_index_pattern = "{{leader_index}}-copy";
    made.mode = mode;
    return made;
}

TEST(RoleNames, AreThoseOfBothSides) {
    const std::vector<FollowRule> rules{rule({"logs-*", "-logs-x"}, FollowMode::history),
                                        rule({"logs-*"}, FollowMode::history)};
    const ClusterName near{"near"};
    const ClusterName far{"far"};
    EXPECT_THAT(names_in_role(rules, near, es::ClusterRole::leader), ElementsAre("logs-*"));
    EXPECT_THAT(names_in_role(rules, far, es::ClusterRole::follower), ElementsAre("logs-*-copy"));
    EXPECT_THAT(names_in_role(rules, near, es::ClusterRole::follower), IsEmpty());
    EXPECT_THAT(names_in_role(rules, far, es::ClusterRole::leader), IsEmpty());
}

TEST(RoleNames, OfModeSnapshotAreAliasesAndWhatStandsBehindThem) {
    const std::vector<FollowRule> rules{rule({"logs-*"}, FollowMode::snapshot)};
    EXPECT_THAT(names_in_role(rules, ClusterName{"near"}, es::ClusterRole::leader),
                ElementsAre("logs-*"));
    EXPECT_THAT(names_in_role(rules, ClusterName{"far"}, es::ClusterRole::follower),
                ElementsAre("logs-*-copy", "logs-*-copy.*"));
}

}  // namespace
}  // namespace followd::cli
