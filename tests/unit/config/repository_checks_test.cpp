#include "config/repository_checks.hpp"

#include "parse_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace followd::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string rule(const std::string& index, const std::string& more) {
    return "  - {name: " + index + ", leader: beijing, follower: shanghai, indices: [" + index +
           "], " + more + "}\n";
}

/// The repositories begin in line 5, the rules behind "follow:".
std::string with_rules(const std::string& repositories, const std::string& rules) {
    return with_clusters("repositories:\n" + repositories + "follow:\n" + rules);
}

constexpr const char* nfs = "  nfs: {type: fs, location: /mnt/a}\n";

TEST(RuleRepository, a_rule_begins_as_it_says) {
    const Settings settings =
        settings_of(with_rules(nfs,
                               rule("a", "bootstrap: snapshot, repository: nfs") +
                                   rule("b", "repository: nfs") + rule("c", "bootstrap: stream") +
                                   rule("d", "bootstrap: auto") + rule("e", "allow_close: false")));
    ASSERT_EQ(settings.follow.size(), 5U);
    EXPECT_EQ(settings.follow[0].bootstrap, Bootstrap::snapshot);
    EXPECT_EQ(settings.follow[0].repository, RepositoryName{"nfs"});
    EXPECT_EQ(settings.follow[1].bootstrap, Bootstrap::automatic);
    EXPECT_EQ(settings.follow[1].repository, RepositoryName{"nfs"});
    EXPECT_EQ(settings.follow[2].bootstrap, Bootstrap::stream);
    EXPECT_EQ(settings.follow[3].bootstrap, Bootstrap::automatic);
    EXPECT_EQ(settings.follow[4], [&settings] {
        FollowRule same = settings.follow[3];
        same.name = RuleName{"e"};
        same.indices = {"e"};
        return same;
    }());
    ASSERT_NE(settings.repository(RepositoryName{"nfs"}), nullptr);
    EXPECT_EQ(settings.repository(RepositoryName{"nfs"})->leader_location, "/mnt/a");
}

TEST(RuleRepository, ways_to_begin_agree_with_the_repository) {
    EXPECT_THAT(mistakes_of(with_rules(nfs, rule("a", "bootstrap: snapshot"))),
                ElementsAre("f.yaml:7:77: follow[0].bootstrap: a snapshot needs a repository; add "
                            "repository with a name of repositories, or write auto or stream"));
    EXPECT_THAT(mistakes_of(with_rules(nfs, rule("a", "bootstrap: stream, repository: nfs"))),
                ElementsAre("f.yaml:7:97: follow[0].repository: nothing is written to a repository "
                            "with bootstrap: stream; leave one of them out"));
    EXPECT_THAT(mistakes_of(with_rules(nfs, rule("a", "bootstrap: remote, repository: nfs"))),
                ElementsAre(HasSubstr("follow[0].bootstrap: \"remote\" is not known here; write "
                                      "auto, snapshot or stream")));
    EXPECT_THAT(mistakes_of(with_rules(nfs, rule("a", "bootstrap: snapshot, repository: 5"))),
                ElementsAre(HasSubstr("follow[0].repository: \"5\" is not text")));
}

TEST(RuleRepository, it_is_one_of_the_file) {
    EXPECT_THAT(mistakes_of(with_rules(nfs, rule("a", "repository: nsf"))),
                ElementsAre("f.yaml:7:78: follow[0].repository: \"nsf\" is no repository of this "
                            "file; did you mean \"nfs\"?"));
    EXPECT_THAT(mistakes_of(with_rules("", rule("a", "repository: nfs"))),
                ElementsAre(HasSubstr("\"nfs\" is no repository of this file; name it under "
                                      "repositories")));
    EXPECT_THAT(mistakes_of(with_clusters("follow:\n" + rule("a", "repository: nfs"))),
                ElementsAre(HasSubstr("name it under repositories")));
    // What is wrong with repositories is said there alone.
    EXPECT_THAT(
        mistakes_of(with_clusters("repositories: nfs\nfollow:\n" + rule("a", "repository: nfs"))),
        ElementsAre(HasSubstr("repositories: the value is not a map")));
    EXPECT_THAT(mistakes_of(with_rules("  nfs: {type: fs}\n", rule("a", "repository: nfs"))),
                ElementsAre(HasSubstr("repositories.nfs.location: is missing")));
}

TEST(RuleRepository, its_clusters_are_the_rules) {
    const auto with_list = [](const std::string& clusters) {
        return mistakes_of(
            with_rules("  nfs: {type: fs, location: /mnt/a, clusters: " + clusters + "}\n",
                       rule("a", "repository: nfs")));
    };
    EXPECT_THAT(with_list("[shanghai, beijing]"), IsEmpty());
    EXPECT_THAT(with_list("[shanghai]"),
                ElementsAre("f.yaml:7:78: follow[0].repository: \"nfs\" is not for cluster "
                            "\"beijing\"; add it to repositories.nfs.clusters, or name another "
                            "repository"));
    EXPECT_THAT(with_list("[beijing]"),
                ElementsAre(HasSubstr("\"nfs\" is not for cluster \"shanghai\"")));
    // A cluster that was meant may be the one that is missing.
    EXPECT_THAT(with_list("[shanghai, 5]"), ElementsAre(HasSubstr("clusters[1]: \"5\" is not")));
    EXPECT_THAT(
        mistakes_of(with_rules("  nfs: {type: fs, location: /mnt/a, clusters: [beijing]}\n",
                               "  - {name: a, leader: shanghai, follower: shanghai, "
                               "indices: [a], follow_index_pattern: b, repository: nfs}\n")),
        ElementsAre(HasSubstr("\"nfs\" is not for cluster \"shanghai\"")));
}

TEST(RuleRepository, a_folder_is_written_under_one_name) {
    EXPECT_THAT(
        mistakes_of(
            with_clusters("repositories:\n"
                          "  a: {type: fs, location: /mnt/x}\n"
                          "  b: {type: url, leader_location: /mnt/x/, url: \"http://h\"}\n"
                          "  c: {type: fs, location: /mnt/./x}\n"
                          "  d: {type: fs, leader_location: /mnt/y, follower_location: /mnt/x}\n"
                          "  e: {leader_name: x, follower_name: y}\n"
                          "  f: {leader_name: x, follower_name: z}\n")),
        ElementsAre("f.yaml:6:35: repositories.b.leader_location: \"/mnt/x\" is written by "
                    "repository \"a\" already; name another folder, or use that repository",
                    "f.yaml:7:27: repositories.c.location: \"/mnt/x\" is written by repository "
                    "\"a\" already; name another folder, or use that repository"));
}

// The servers' name of a repository is made of ours and the leader's.
TEST(RuleRepository, no_two_have_one_name_on_the_servers) {
    const std::string clusters =
        "clusters:\n"
        "  c: {urls: [\"http://c\"]}\n"
        "  b-c: {urls: [\"http://bc\"]}\n"
        "  d: {urls: [\"http://d\"]}\n";
    const auto follows = [](const std::string& name,
                            const std::string& leader,
                            const std::string& follower,
                            const std::string& repository) {
        return "  - {name: " + name + ", leader: " + leader + ", follower: " + follower +
               ", indices: [" + name + "], repository: " + repository + "}\n";
    };
    const std::string folders =
        "repositories:\n"
        "  a-b: {type: fs, location: /mnt/x}\n"
        "  a: {type: fs, location: /mnt/y}\n"
        "follow:\n";
    EXPECT_THAT(
        mistakes_of(clusters + folders + follows("x", "c", "d", "a-b") +
                    follows("y", "b-c", "d", "a")),
        ElementsAre(
            "f.yaml:10:67: follow[1].repository: \"a\" for cluster \"b-c\" would be "
            "\"followd-a-b-c\" on the servers, as \"a-b\" for cluster \"c\" is; call one of "
            "the repositories otherwise"));
    EXPECT_THAT(mistakes_of(clusters + folders + follows("x", "c", "d", "a-b") +
                            follows("y", "d", "b-c", "a")),
                ElementsAre(HasSubstr("would be \"followd-a-b-c\" on the servers")));
    EXPECT_THAT(mistakes_of(clusters + folders + follows("x", "c", "d", "a-b") +
                            "  - {name: y, leader: b-c, follower: b-c, indices: [y], "
                            "follow_index_pattern: z, repository: a}\n"),
                ElementsAre(HasSubstr("would be \"followd-a-b-c\" on the servers")));
    EXPECT_THAT(mistakes_of(clusters + folders + follows("x", "c", "d", "a-b") +
                            follows("y", "c", "d", "a-b") + follows("z", "d", "c", "a")),
                IsEmpty());
    EXPECT_THAT(mistakes_of(clusters +
                            "repositories:\n"
                            "  a-b: {leader_name: x, follower_name: x}\n"
                            "  a: {leader_name: x, follower_name: x}\n"
                            "follow:\n" +
                            follows("x", "c", "d", "a-b") + follows("y", "b-c", "d", "a")),
                IsEmpty());
}

}  // namespace
}  // namespace followd::config
