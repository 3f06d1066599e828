#include "config/repository_parser.hpp"

#include "parse_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace followd::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::string with_repository(const std::string& keys) {
    return with_clusters("repositories: {r: {" + keys + "}}\n");
}

std::vector<std::string> mistakes_of_repository(const std::string& keys) {
    return mistakes_of(with_repository(keys));
}

RepositorySettings repository_of(const std::string& keys) {
    const Settings settings = settings_of(with_repository(keys));
    EXPECT_THAT(settings.repositories, SizeIs(1));
    return settings.repositories.empty() ? RepositorySettings{} : settings.repositories[0];
}

constexpr std::string_view all_yaml = R"(
repositories:
  shared-nfs: {type: fs, location: /mnt/es-backup, clusters: [beijing, shanghai]}
  two-mounts:
    type: fs
    leader_location: /mnt/one
    follower_location: /mnt/two
    max_snapshot_bytes_per_sec: 100mb
    max_restore_bytes_per_sec: 1gb
  over-http:
    type: url
    leader_location: /mnt/bj-backup
    url: http://bj-host:9611
    token_file: /etc/followd/repo.token
  theirs: {leader_name: backups, follower_name: backups-ro}
  same: {type: existing, leader_name: backups, follower_name: backups}
)";

TEST(Repositories, every_key_is_read) {
    const Settings settings = settings_of(with_clusters(all_yaml));
    ASSERT_THAT(settings.repositories, SizeIs(5));
    RepositorySettings nfs;
    nfs.name = RepositoryName{"shared-nfs"};
    nfs.leader_location = "/mnt/es-backup";
    nfs.follower_location = "/mnt/es-backup";
    nfs.clusters = {ClusterName{"beijing"}, ClusterName{"shanghai"}};
    EXPECT_EQ(settings.repositories[0], nfs);
    RepositorySettings mounts;
    mounts.name = RepositoryName{"two-mounts"};
    mounts.leader_location = "/mnt/one";
    mounts.follower_location = "/mnt/two";
    mounts.max_snapshot_bytes_per_sec = 100 << 20;
    mounts.max_restore_bytes_per_sec = 1 << 30;
    EXPECT_EQ(settings.repositories[1], mounts);
    RepositorySettings http;
    http.name = RepositoryName{"over-http"};
    http.kind = RepositoryKind::url;
    http.leader_location = "/mnt/bj-backup";
    http.url = "http://bj-host:9611/";
    http.token_file = "/etc/followd/repo.token";
    EXPECT_EQ(settings.repositories[2], http);
    RepositorySettings theirs;
    theirs.name = RepositoryName{"theirs"};
    theirs.kind = RepositoryKind::existing;
    theirs.leader_name = "backups";
    theirs.follower_name = "backups-ro";
    EXPECT_EQ(settings.repositories[3], theirs);
    EXPECT_EQ(settings.repositories[4].kind, RepositoryKind::existing);
}

TEST(Repositories, there_need_be_none) {
    EXPECT_THAT(settings_of(with_clusters("repositories:\n")).repositories, IsEmpty());
    EXPECT_THAT(settings_of(with_clusters("repositories: {}\n")).repositories, IsEmpty());
    EXPECT_THAT(mistakes_of(with_clusters("repositories: [a]\n")),
                ElementsAre("f.yaml:4:15: repositories: a list is not a map; write \"name: {type: "
                            "...}\" lines below it"));
}

TEST(Repositories, each_has_a_type_and_a_plain_name) {
    const std::string missing =
        "r.type: is missing; write fs or url, or leader_name and follower_name where both clusters "
        "have it registered";
    EXPECT_THAT(mistakes_of_repository("location: /a"), ElementsAre(HasSubstr(missing)));
    EXPECT_THAT(mistakes_of(with_clusters("repositories:\n  r:\n")),
                ElementsAre("f.yaml:5:3: repositories." + missing));
    EXPECT_THAT(mistakes_of_repository("type: s3, location: /a"),
                ElementsAre("f.yaml:4:26: repositories.r.type: \"s3\" is not known here; write fs, "
                            "url or existing"));
    EXPECT_THAT(mistakes_of_repository("type: fs, locaton: /a, location: /b"),
                ElementsAre(HasSubstr("r.locaton: unknown key; did you mean \"location\"?")));
    for (const char* name : {"a b", "-a", ".a", "a/b", "\"a,b\"", "\"a#b\"", "\"a\\\"b\"", "é"}) {
        EXPECT_THAT(mistakes_of(with_clusters(std::string{"repositories: {"} + name +
                                              ": {type: fs, location: /a}}\n")),
                    ElementsAre(HasSubstr("the repository's name is not made of")))
            << name;
    }
    EXPECT_THAT(mistakes_of(with_clusters("repositories:\n"
                                          "  r: {type: fs, location: /a}\n"
                                          "  r: {type: fs, location: /b}\n")),
                ElementsAre(HasSubstr("f.yaml:6:3: repositories.r: is given twice")));
}

TEST(Repositories, a_folder_is_one_or_two) {
    EXPECT_THAT(mistakes_of_repository("type: fs"),
                ElementsAre(HasSubstr(
                    "repositories.r.location: is missing; write for example location: "
                    "/mnt/es-backup, or leader_location and follower_location where the nodes' "
                    "mounts differ")));
    EXPECT_THAT(mistakes_of_repository("type: fs, leader_location: /a"),
                ElementsAre(HasSubstr("r.leader_location: leader_location and follower_location "
                                      "belong together; add follower_location")));
    EXPECT_THAT(mistakes_of_repository("type: fs, follower_location: /a"),
                ElementsAre(HasSubstr("belong together; add leader_location")));
    EXPECT_THAT(
        mistakes_of_repository(
            "type: fs, location: /a, leader_location: /b, follower_location: /c"),
        ElementsAre(HasSubstr("r.leader_location: does not go with location, which means both; "
                              "keep location, or leader_location with follower_location"),
                    HasSubstr("r.follower_location: does not go with location")));
}

TEST(Repositories, what_a_type_needs_is_named) {
    EXPECT_THAT(mistakes_of_repository("type: url"),
                ElementsAre(HasSubstr("r.leader_location: is missing; write for example "
                                      "leader_location: /mnt/es-backup"),
                            HasSubstr("r.url: is missing; write for example url: "
                                      "\"http://bj-host:9611/\"")));
    EXPECT_THAT(mistakes_of_repository("type: existing"),
                ElementsAre(HasSubstr("r.leader_name: is missing; write for example leader_name: "
                                      "backups"),
                            HasSubstr("r.follower_name: is missing; write for example "
                                      "follower_name: backups")));
    EXPECT_THAT(mistakes_of_repository("follower_name: backups"),
                ElementsAre(HasSubstr("r.leader_name: is missing")));
    EXPECT_THAT(mistakes_of_repository("leader_name: backups"),
                ElementsAre(HasSubstr("r.follower_name: is missing")));
}

TEST(Repositories, what_a_type_does_not_take_is_named) {
    EXPECT_THAT(mistakes_of_repository("type: fs, location: /a, url: \"http://a\", token_file: /t, "
                                       "leader_name: b"),
                ElementsAre(HasSubstr("r.url: does not belong to a repository of type fs; it takes "
                                      "location, or leader_location with follower_location"),
                            HasSubstr("r.token_file: does not belong"),
                            HasSubstr("r.leader_name: does not belong")));
    EXPECT_THAT(mistakes_of_repository("type: url, leader_location: /a, url: \"http://a\", "
                                       "location: /b, follower_location: /c, follower_name: d"),
                ElementsAre(HasSubstr("r.location: does not belong to a repository of type url; it "
                                      "takes leader_location, url and token_file"),
                            HasSubstr("r.follower_location: does not belong"),
                            HasSubstr("r.follower_name: does not belong")));
    EXPECT_THAT(mistakes_of_repository("leader_name: a, follower_name: b, location: /c"),
                ElementsAre(HasSubstr("r.location: does not belong to a repository of type "
                                      "existing; it takes leader_name and follower_name")));
}

TEST(Repositories, locations_are_absolute_and_written_in_one_way) {
    EXPECT_EQ(repository_of("type: fs, location: /mnt/a/").leader_location, "/mnt/a");
    EXPECT_EQ(repository_of("type: fs, location: //mnt/./a//b/.").leader_location, "/mnt/a/b");
    EXPECT_EQ(repository_of("type: fs, location: /mnt/..a/b..").follower_location, "/mnt/..a/b..");
    const std::string right =
        "; write the whole path of a folder that is there for snapshots alone, for example "
        "/mnt/es-backup";
    EXPECT_THAT(
        mistakes_of_repository("type: fs, location: mnt/a"),
        ElementsAre("f.yaml:4:40: repositories.r.location: \"mnt/a\" is no absolute path" + right));
    for (const char* up : {"/..", "/mnt/../a", "/mnt/a/..", "/mnt/..//a"}) {
        EXPECT_THAT(
            mistakes_of_repository(std::string{"type: url, url: \"http://a\", leader_location: "} +
                                   up),
            ElementsAre(HasSubstr("r.leader_location: " + in_quotes(up) + " holds \"..\"" + right)))
            << up;
    }
    for (const char* root : {"/", "//", "/./"}) {
        EXPECT_THAT(mistakes_of_repository(
                        std::string{"type: fs, leader_location: /a, follower_location: "} + root),
                    ElementsAre(HasSubstr(in_quotes(root) + " is the root of all folders" + right)))
            << root;
    }
    EXPECT_THAT(mistakes_of_repository("type: fs, location: \"/a\\nb\""),
                ElementsAre(HasSubstr("r.location: holds a control character")));
}

TEST(Repositories, an_address_ends_with_a_slash) {
    for (const auto& [written, read] : std::vector<std::pair<std::string, std::string>>{
             {"http://a:9611", "http://a:9611/"},
             {"https://a/", "https://a/"},
             {"http://[::1]:9611//", "http://[::1]:9611/"},
             {"http://a/one/two", "http://a/one/two/"}}) {
        EXPECT_EQ(repository_of("type: url, leader_location: /a, url: \"" + written + "\"").url,
                  read);
    }
}

TEST(Repositories, an_address_is_checked_and_never_shown) {
    const auto with_url = [](const std::string& url) {
        return mistakes_of_repository("type: url, leader_location: /a, url: " + url);
    };
    EXPECT_THAT(with_url("\"http://me:hunter2@a/\""),
                ElementsAre("f.yaml:4:57: repositories.r.url: the address holds a user name or a "
                            "password, which belong in no repository's address; write for example "
                            "http://bj-host:9611/, and a token into token_file"));
    for (const char* bad : {"\"ftp://hunter2\"",
                            "\"http://hunter2/?a\"",
                            "\"http://hunter2:0\"",
                            "\"file:///hunter2\"",
                            "[hunter2]",
                            "\"hunter2\\n\""}) {
        EXPECT_THAT(
            with_url(bad),
            ElementsAre(AllOf(HasSubstr("repositories.r.url: "), Not(HasSubstr("hunter2")))))
            << bad;
    }
    for (const std::string key : {"url", "token_file"}) {
        EXPECT_THAT(mistakes_of_repository("type: url, leader_location: /a, url: \"http://a\", " +
                                           key + ": 12345"),
                    testing::Each(Not(HasSubstr("12345"))));
    }
    EXPECT_THAT(mistakes_of_repository("type: url, leader_location: /a, url: 12345"),
                ElementsAre(HasSubstr("r.url: the value is not text; put it in quotes")));
    EXPECT_THAT(mistakes_of(with_clusters("repositories: {r: \"http://me:hunter2@a\"}\n")),
                ElementsAre(AllOf(HasSubstr("repositories.r: the value is not a map"),
                                  Not(HasSubstr("hunter2")))));
    EXPECT_THAT(mistakes_of(with_clusters("repositories: \"http://me:hunter2@a\"\n")),
                ElementsAre(HasSubstr("repositories: the value is not a map")));
}

TEST(Repositories, registered_names_are_ones_that_servers_take) {
    for (const char* good : {"Backups", "my_backup.1", "-a", "a:b", "é"}) {
        EXPECT_THAT(
            mistakes_of_repository("leader_name: b, follower_name: \"" + std::string{good} + "\""),
            IsEmpty())
            << good;
    }
    EXPECT_THAT(mistakes_of_repository("leader_name: a b, follower_name: c"),
                ElementsAre("f.yaml:4:33: repositories.r.leader_name: \"a b\" is no repository's "
                            "name: it holds a space; write the name that the cluster has it "
                            "under"));
    for (const std::string bad : {"a/b", "a#b", "a,b", "a*", "a?", "a<", "a>", "a|"}) {
        EXPECT_THAT(mistakes_of_repository("leader_name: b, follower_name: \"" + bad + "\""),
                    ElementsAre(HasSubstr("r.follower_name: \"" + bad +
                                          "\" is no repository's name: it holds the character ")))
            << bad;
    }
    EXPECT_THAT(mistakes_of_repository("leader_name: _all, follower_name: c"),
                ElementsAre(HasSubstr("it means all repositories")));
}

TEST(Repositories, ceilings_are_sizes) {
    for (const std::string key : {"max_snapshot_bytes_per_sec", "max_restore_bytes_per_sec"}) {
        EXPECT_THAT(mistakes_of_repository("type: fs, location: /a, " + key + ": 64kb"), IsEmpty());
        EXPECT_THAT(
            mistakes_of_repository("type: fs, location: /a, " + key + ": 100"),
            ElementsAre(HasSubstr("repositories.r." + key +
                                  ": \"100\" is not a size; write a number with b, kb, mb or gb")));
        EXPECT_THAT(mistakes_of_repository("leader_name: a, follower_name: b, " + key + ": 0b"),
                    ElementsAre(HasSubstr("\"0b\" is out of range; write a value from 64kb to "
                                          "64gb")));
    }
}

TEST(Repositories, clusters_are_listed_once) {
    const auto with_list = [](const std::string& clusters) {
        return mistakes_of_repository("type: fs, location: /a, clusters: " + clusters);
    };
    EXPECT_THAT(with_list("[beijing, beijing]"),
                ElementsAre("f.yaml:4:64: repositories.r.clusters[1]: \"beijing\" is given twice; "
                            "keep one"));
    for (const char* none : {"[]", ""}) {
        EXPECT_THAT(
            with_list(none),
            ElementsAre(HasSubstr("repositories.r.clusters: names no cluster; write for example "
                                  "[\"beijing\", \"shanghai\"], or leave it out: then every "
                                  "cluster may use the repository")));
    }
    EXPECT_THAT(with_list("beijing"), ElementsAre(HasSubstr("\"beijing\" is not a list")));
    EXPECT_THAT(with_list("[5]"), ElementsAre(HasSubstr("r.clusters[0]: \"5\" is not text")));
    EXPECT_THAT(with_list("[bejing, tokyo]"),
                ElementsAre(HasSubstr("r.clusters[0]: \"bejing\" is no cluster of this file; did "
                                      "you mean \"beijing\"?"),
                            HasSubstr("r.clusters[1]: \"tokyo\" is no cluster")));
}

}  // namespace
}  // namespace followd::config
