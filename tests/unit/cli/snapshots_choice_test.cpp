#include "cli/snapshots_choice.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace followd::cli {
namespace {

Settings settings() {
    Settings settings;
    for (const char* name : {"berlin", "lisbon", "rome"}) {
        ClusterSettings cluster;
        cluster.name = ClusterName{name};
        settings.clusters.push_back(cluster);
    }
    RepositorySettings repository;
    repository.name = RepositoryName{"nfs"};
    settings.repositories = {repository};
    return settings;
}

FollowRule rule(const char* leader, const char* follower) {
    FollowRule rule;
    rule.leader = ClusterName{leader};
    rule.follower = ClusterName{follower};
    rule.repository = RepositoryName{"nfs"};
    return rule;
}

/// The leader that is meant, or what is said.
std::string chosen(const Settings& from, const std::string& leader = {}) {
    const Result<SnapshotsPlace> place = choose_place(from, "nfs", leader);
    return place.ok() ? place->leader.value() : place.failure().what;
}

TEST(SnapshotsChoice, WhereOneClusterCanBeMeantItIs) {
    Settings one = settings();
    EXPECT_EQ(chosen(one),
              "say with --leader whose snapshots in nfs are meant: berlin, lisbon or rome");
    one.follow = {rule("lisbon", "rome"), rule("lisbon", "berlin")};
    EXPECT_EQ(chosen(one), "lisbon");
    one.follow.push_back(rule("rome", "lisbon"));
    EXPECT_EQ(chosen(one), "say with --leader whose snapshots in nfs are meant: lisbon or rome");
    one.follow.clear();
    one.repositories.front().clusters = {ClusterName{"rome"}};
    EXPECT_EQ(chosen(one), "rome");
}

TEST(SnapshotsChoice, RulesOfOtherRepositoriesSayNothing) {
    Settings one = settings();
    one.follow = {rule("lisbon", "rome")};
    one.follow.front().repository = RepositoryName{"other"};
    EXPECT_NE(chosen(one), "lisbon");
}

TEST(SnapshotsChoice, AnyClusterThatMayUseItCanBeNamed) {
    Settings one = settings();
    one.follow = {rule("lisbon", "rome")};
    EXPECT_EQ(chosen(one, "berlin"), "berlin");
    EXPECT_EQ(chosen(one, "paris"),
              "--leader paris: the repository nfs is for berlin, lisbon or rome");
    one.repositories.front().clusters = {ClusterName{"lisbon"}, ClusterName{"rome"}};
    EXPECT_EQ(chosen(one, "berlin"), "--leader berlin: the repository nfs is for lisbon or rome");
    const Result<ClusterName> target =
        choose_cluster(one, one.repositories.front(), "berlin", "--to");
    ASSERT_FALSE(target.ok());
    EXPECT_TRUE(target.failure().what.starts_with("--to berlin"));
}

TEST(SnapshotsChoice, ARepositoryThatIsNotThereIsSaidWithThoseThatAre) {
    Settings one = settings();
    EXPECT_NE(choose_place(one, "nsf", "").failure().what.find("\"nfs\""), std::string::npos);
    one.repositories.clear();
    EXPECT_EQ(choose_place(one, "nfs", "").failure().what, "the configuration has no repositories");
}

}  // namespace
}  // namespace followd::cli
