#include "es/repository.hpp"

#include <gtest/gtest.h>

namespace followd::es {
namespace {

engine::RuleRepository shared_folder() {
    engine::RuleRepository repository;
    repository.settings.name = RepositoryName{"nfs"};
    repository.settings.leader_location = "/mnt/there";
    repository.settings.follower_location = "/mnt/here";
    repository.leader = ClusterName{"beijing"};
    return repository;
}

engine::RuleRepository served_folder() {
    engine::RuleRepository repository = shared_folder();
    repository.settings.kind = RepositoryKind::url;
    repository.settings.url = "http://bj:9611/";
    repository.token = "s3cret";
    return repository;
}

engine::RuleRepository of_somebody_else() {
    engine::RuleRepository repository;
    repository.settings.name = RepositoryName{"cloud"};
    repository.settings.kind = RepositoryKind::existing;
    repository.settings.leader_name = "backups";
    repository.settings.follower_name = "backups-ro";
    repository.leader = ClusterName{"beijing"};
    return repository;
}

TEST(Repository, EachLeaderHasAFolderThatOnlyItWrites) {
    const engine::RuleRepository repository = shared_folder();
    EXPECT_EQ(leader_repository_name(repository), "followd-nfs-beijing");
    EXPECT_EQ(leader_registration(repository)["settings"]["location"], "/mnt/there/beijing");
    EXPECT_TRUE(is_writable(leader_registration(repository)));
    EXPECT_NE(follower_repository_name(repository), leader_repository_name(repository));
    EXPECT_EQ(follower_registration(repository)["settings"]["location"], "/mnt/here/beijing");
    EXPECT_FALSE(is_writable(follower_registration(repository)));
}

TEST(Repository, CeilingsAreLiftedUnlessOneIsSet) {
    engine::RuleRepository repository = shared_folder();
    EXPECT_EQ(leader_registration(repository)["settings"]["max_snapshot_bytes_per_sec"], "0b");
    EXPECT_EQ(follower_registration(repository)["settings"]["max_restore_bytes_per_sec"], "0b");
    repository.settings.max_snapshot_bytes_per_sec = 1 << 20;
    repository.settings.max_restore_bytes_per_sec = 2 << 20;
    EXPECT_EQ(leader_registration(repository)["settings"]["max_snapshot_bytes_per_sec"],
              "1048576b");
    EXPECT_EQ(follower_registration(repository)["settings"]["max_restore_bytes_per_sec"],
              "2097152b");
}

TEST(Repository, AServedFolderIsReadByItsAddressAndToken) {
    const Json registration = follower_registration(served_folder());
    EXPECT_EQ(registration["type"], "url");
    EXPECT_EQ(registration["settings"]["url"], "http://bj:9611/s3cret/beijing/");
    engine::RuleRepository open = served_folder();
    open.token.clear();
    EXPECT_EQ(follower_registration(open)["settings"]["url"], "http://bj:9611/beijing/");
    EXPECT_EQ(leader_registration(served_folder())["type"], "fs");
}

TEST(Repository, TheTokenIsNotTold) {
    const Failure failure = without_token(
        Failure{FailureKind::refused, "http://bj:9611/s3cret/beijing/ and s3cret again", {}},
        served_folder());
    EXPECT_EQ(failure.what, "http://bj:9611/TOKEN/beijing/ and TOKEN again");
}

TEST(Repository, WhatStandsThereAlreadyIsRecognised) {
    Json registered = follower_registration(shared_folder());
    registered["uuid"] = "x";
    registered["settings"]["more"] = "1";
    EXPECT_TRUE(is_registered_as(registered, follower_registration(shared_folder())));
    registered["settings"]["location"] = "/elsewhere";
    EXPECT_FALSE(is_registered_as(registered, follower_registration(shared_folder())));
    EXPECT_FALSE(is_registered_as(leader_registration(served_folder()),
                                  follower_registration(served_folder())));
}

TEST(Repository, TheLeaderMustBeAbleToWrite) {
    const engine::RuleRepository repository = of_somebody_else();
    EXPECT_TRUE(leader_registration(repository).is_null());
    EXPECT_FALSE(judge_leader_registration(repository, nullptr).ok());
    const Json readonly{{"type", "s3"}, {"settings", {{"readonly", "true"}}}};
    EXPECT_FALSE(judge_leader_registration(repository, &readonly).ok());
    const Json writable{{"type", "s3"}, {"settings", Json::object()}};
    EXPECT_TRUE(judge_leader_registration(repository, &writable).ok());
}

TEST(Repository, TheFollowerMustNotBeAbleToWrite) {
    const engine::RuleRepository repository = of_somebody_else();
    Json all = Json::object();
    EXPECT_EQ(judge_follower_registrations(repository, all).failure().kind, FailureKind::refused);
    all["backups-ro"] = Json{{"type", "s3"}, {"settings", Json::object()}};
    EXPECT_EQ(judge_follower_registrations(repository, all).failure().kind, FailureKind::conflict);
    all["backups-ro"]["settings"]["readonly"] = "true";
    EXPECT_TRUE(judge_follower_registrations(repository, all).ok());
}

TEST(Repository, NoOtherRegistrationOfTheFollowerMayWriteToTheLeadersFolder) {
    const engine::RuleRepository repository = shared_folder();
    Json all = Json::object();
    all["other"] = Json{{"type", "fs"}, {"settings", {{"location", "/mnt/here/beijing/"}}}};
    const Result<void> judged = judge_follower_registrations(repository, all);
    ASSERT_FALSE(judged.ok());
    EXPECT_NE(judged.failure().what.find("other"), std::string::npos);
    all["other"]["settings"]["readonly"] = "true";
    EXPECT_TRUE(judge_follower_registrations(repository, all).ok());
    all["other"] = Json{{"type", "fs"}, {"settings", {{"location", "/mnt/here/shanghai"}}}};
    EXPECT_TRUE(judge_follower_registrations(repository, all).ok());
}

}  // namespace
}  // namespace followd::es
