#include "pull_fixture.hpp"
#include "support/fake_http_client.hpp"

#include <sys/stat.h>

/// Copies of a served folder.

namespace followd::repository::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(PullTest, IsACopyOfAllWithItsTimes) {
    put_snapshot();
    put("empty", "");
    begin();
    const auto pulled = pull();
    ASSERT_TRUE(pulled.ok()) << to_string(pulled.failure());
    EXPECT_EQ(pulled->root, 7);
    EXPECT_EQ(pulled->files, 6);
    EXPECT_EQ(pulled->files_copied, 6);
    EXPECT_EQ(files_in(to()), files_in(folder_.path()));
    EXPECT_EQ(fs::last_write_time(to() + "/indices/a/0/__2"),
              fs::last_write_time(folder_.file("indices/a/0/__2")));
}

TEST_F(PullTest, TheSecondTimeNothingIsCopied) {
    put_snapshot();
    begin();
    ASSERT_TRUE(pull().ok());
    const auto again = pull();
    ASSERT_TRUE(again.ok()) << to_string(again.failure());
    EXPECT_EQ(again->files_copied, 0);
    EXPECT_EQ(again->bytes_copied, 0);
    EXPECT_EQ(again->files_removed, 0);
    EXPECT_EQ(again->files, 5);
}

TEST_F(PullTest, WhatIsNewComesAndWhatVanishedGoesWithItsFolder) {
    put_snapshot();
    begin();
    ASSERT_TRUE(pull().ok());
    put("indices/b/0/__3", "three");
    put_root(8, {{"indices/b/0/__3", "three"}});
    fs::remove(folder_.file("index-7"));
    fs::remove_all(folder_.file("indices/a"));
    const auto pulled = pull();
    ASSERT_TRUE(pulled.ok()) << to_string(pulled.failure());
    EXPECT_EQ(pulled->files_copied, 2);
    EXPECT_EQ(pulled->files_removed, 4);
    EXPECT_EQ(files_in(to()), files_in(folder_.path()));
    EXPECT_FALSE(fs::exists(to() + "/indices/a"));
}

TEST_F(PullTest, AFileOfTheSameSizeAndAnotherTimeIsCopiedAgain) {
    put_snapshot();
    begin();
    ASSERT_TRUE(pull().ok());
    put("indices/a/0/__1", "eno");
    fs::last_write_time(folder_.file("indices/a/0/__1"),
                        fs::file_time_type::clock::now() + std::chrono::hours{1});
    ASSERT_TRUE(pull().ok());
    EXPECT_EQ(content_of(to() + "/indices/a/0/__1"), "eno");
}

TEST_F(PullTest, AStoppedPullGoesOnWithinAFile) {
    const std::string large(100'000, 'l');
    put("large", large);
    put_root(1, {});
    begin();
    std::uint64_t came = 0;
    const auto stopped = pull({.transfers = 1, .piece_bytes = 10'000, .show = [&](const auto& now) {
                                   came = now.bytes_done;
                                   if (came > 50'000) {
                                       puller_->stop();
                                   }
                               }});
    ASSERT_FALSE(stopped.ok());
    EXPECT_EQ(stopped.failure().kind, FailureKind::cancelled);
    EXPECT_THAT(files_in(to()), IsEmpty());
    const auto pulled = pull();
    ASSERT_TRUE(pulled.ok()) << to_string(pulled.failure());
    EXPECT_LE(pulled->bytes_copied, large.size() - 40'000);
    EXPECT_TRUE(files_in(to()) == files_in(folder_.path()));
}

TEST_F(PullTest, APartOfAnotherStateIsBegunAnew) {
    put("large", std::string(100'000, 'l'));
    put_root(1, {});
    begin();
    ASSERT_FALSE(pull({.transfers = 1,
                       .piece_bytes = 10'000,
                       .show =
                           [&](const auto& now) {
                               if (now.bytes_done > 50'000) {
                                   puller_->stop();
                               }
                           }})
                     .ok());
    put("large", std::string(100'000, 'n'));
    fs::last_write_time(folder_.file("large"),
                        fs::file_time_type::clock::now() + std::chrono::hours{1});
    ASSERT_TRUE(pull().ok());
    EXPECT_TRUE(content_of(to() + "/large") == std::string(100'000, 'n'));
    for (const auto& entry : fs::recursive_directory_iterator{to() + "/.followd-mirror"}) {
        EXPECT_FALSE(entry.path().parent_path().filename().string().starts_with("parts-"))
            << entry.path() << " is left over";
    }
}

TEST_F(PullTest, AFileThatGoesHoldsNothingUpWhileTheRootStays) {
    put_snapshot();
    put("indices/a/0/__half", "of a snapshot under way");
    begin();
    const auto pulled = pull({.transfers = 1, .show = [&](const auto& /*now*/) {
                                  fs::remove(folder_.file("indices/a/0/__half"));
                              }});
    ASSERT_TRUE(pulled.ok()) << to_string(pulled.failure());
    EXPECT_EQ(files_in(to()), files_in(folder_.path()));
    EXPECT_EQ(what_is_missing(), "");
}

TEST_F(PullTest, ASnapshotThatIsDeletedMeanwhileIsGoneRoundFor) {
    put_snapshot();
    begin();
    std::vector<std::string> said;
    const auto pulled = pull({.transfers = 1,
                              .show =
                                  [&](const auto& now) {
                                      if (now.files_done == 1) {
                                          put_root(8, {{"snap-x.dat", "x"}});
                                          fs::remove(folder_.file("index-7"));
                                          fs::remove_all(folder_.file("indices"));
                                      }
                                      EXPECT_FALSE(fs::exists(to() + "/index-7"));
                                  },
                              .say = [&](const std::string& what) { said.push_back(what); }});
    ASSERT_TRUE(pulled.ok()) << to_string(pulled.failure());
    EXPECT_EQ(pulled->root, 8);
    EXPECT_EQ(files_in(to()), files_in(folder_.path()));
    EXPECT_THAT(said, testing::ElementsAre(HasSubstr("changed meanwhile")));
}

TEST_F(PullTest, ChangesWithoutAnEndAreGivenUp) {
    put_snapshot();
    begin();
    ASSERT_TRUE(pull().ok());
    const auto before = files_in(to());
    std::uint64_t generation = 8;
    put("passing-8", "1");
    put_root(8, {});
    const auto pulled = pull({.show = [&](const auto& now) {
        if (now.files_done == 0) {
            fs::remove(folder_.file("passing-" + std::to_string(generation)));
            ++generation;
            put("passing-" + std::to_string(generation), "1");
            put_root(generation, {});
        }
    }});
    ASSERT_FALSE(pulled.ok());
    EXPECT_EQ(pulled.failure().kind, FailureKind::unavailable);
    EXPECT_THAT(pulled.failure().what, HasSubstr("changed faster than they could be copied"));
    EXPECT_EQ(what_is_missing(), "");
    EXPECT_EQ(content_of(to() + "/index-7"), before.at("index-7"));
}

TEST_F(PullTest, WhatStoodInAnEarlierRoundCounts) {
    put_snapshot();
    begin();
    std::uint64_t generation = 7;
    const auto pulled = pull({.transfers = 1, .show = [&](const auto& now) {
                                  if (now.files_done > 0) {
                                      return;
                                  }
                                  // From the second round on something is missed.
                                  fs::remove(folder_.file("passing"));
                                  ++generation;
                                  put("passing", std::to_string(generation));
                                  put_root(generation, {});
                              }});
    ASSERT_TRUE(pulled.ok()) << to_string(pulled.failure());
    EXPECT_EQ(pulled->root, 7);
    EXPECT_EQ(pulled->newer_root, generation);
    EXPECT_TRUE(fs::exists(to() + "/index-7"));
    EXPECT_EQ(what_is_missing(), "");
}

TEST_F(PullTest, ASnapshotThatIsAddedMeanwhileComesInTheNextRound) {
    put_snapshot();
    begin();
    const auto pulled = pull({.show = [&](const auto& now) {
        if (now.files_done == 1 && !fs::exists(folder_.file("index-8"))) {
            put("indices/b/0/__3", "three");
            put_root(8, {{"indices/b/0/__3", "three"}, {"snap-x.dat", "x"}});
        }
    }});
    ASSERT_TRUE(pulled.ok()) << to_string(pulled.failure());
    EXPECT_EQ(pulled->root, 8);
    fs::remove(folder_.file("index-7"));
    EXPECT_EQ(files_in(to()), files_in(folder_.path()));
}

TEST_F(PullTest, AnotherTokenIsSaidAndNotTold) {
    put_snapshot();
    begin({.token = "right"});
    const auto pulled = pull({}, "wr0ng");
    ASSERT_FALSE(pulled.ok());
    EXPECT_EQ(pulled.failure().kind, FailureKind::unauthorised);
    EXPECT_THAT(to_string(pulled.failure()), HasSubstr("the token is not the one"));
    EXPECT_THAT(to_string(pulled.failure()), testing::Not(HasSubstr("wr0ng")));
    EXPECT_TRUE(pull({}, "right").ok());
}

TEST_F(PullTest, ASourceThatGoesAwayLeavesTheCopyAsItWas) {
    put_snapshot();
    begin();
    ASSERT_TRUE(pull().ok());
    const auto before = files_in(to());
    for (int i = 0; i < 50; ++i) {
        put("indices/b/" + std::to_string(i), std::string(1000, 'b'));
    }
    put_root(8, {});
    const auto pulled = pull({.transfers = 1, .show = [&](const auto& now) {
                                  if (now.files_done == 5 && thread_.joinable()) {
                                      stop(Duration::zero());
                                  }
                              }});
    ASSERT_FALSE(pulled.ok());
    EXPECT_EQ(pulled.failure().kind, FailureKind::unreachable) << to_string(pulled.failure());
    for (const auto& [path, content] : before) {
        EXPECT_EQ(content_of(to() + "/" + path), content) << path;
    }
    EXPECT_FALSE(fs::exists(to() + "/index-8"));
}

TEST_F(PullTest, NoSnapshotYet) {
    put("some", "file");
    begin();
    const auto pulled = pull();
    ASSERT_FALSE(pulled.ok());
    EXPECT_EQ(pulled.failure().kind, FailureKind::not_found);
    EXPECT_THAT(pulled.failure().what, HasSubstr("no snapshot"));
}

TEST_F(PullTest, AnEmptySourceTakesNothingFromACopy) {
    put_snapshot();
    begin();
    ASSERT_TRUE(pull().ok());
    const auto before = files_in(to());
    fs::remove_all(folder_.file("indices"));
    fs::remove(folder_.file("index-7"));
    ASSERT_FALSE(pull().ok());
    EXPECT_EQ(files_in(to()), before);
}

TEST_F(PullTest, ALinkWithinTheCopyIsNotFollowed) {
    put_snapshot();
    begin();
    ASSERT_TRUE(MirrorFolder::open(to(), "here").ok());
    fs::create_directory(copy_.file("outside"));
    fs::create_directory_symlink(copy_.file("outside"), to() + "/indices");
    const auto pulled = pull();
    ASSERT_FALSE(pulled.ok());
    EXPECT_THAT(to_string(pulled.failure()), HasSubstr("indices"));
    EXPECT_TRUE(fs::is_empty(copy_.file("outside")));
    EXPECT_FALSE(fs::exists(to() + "/index-7"));
}

TEST_F(PullTest, AManifestThatLeadsOutIsRefused) {
    auto mirror = MirrorFolder::open(to(), "here").value();
    for (const std::string path : {"../evil", "/evil", "a/../../evil", "a//b", "a\\\\b", ""}) {
        auto fake = std::make_unique<followd::test::FakeHttpClient>();
        fake->answer_always(http::Method::get,
                            "/?manifest",
                            200,
                            R"({"schema":1,"root_file":"index-1","files":[{"path":"index-1",)"
                            R"("size":1,"modified_ns":1},{"path":")" +
                                path + R"(","size":1,"modified_ns":1}],"files_count":2,)" +
                                R"("root_changed":false})");
        RepositorySource source{std::move(fake)};
        HastyTimers timers;
        Puller puller{pulling_.get_executor(), &source, &mirror, &timers, {}};
        const auto pulled = followd::test::run(pulling_, puller.pull());
        ASSERT_FALSE(pulled.ok()) << path;
        EXPECT_EQ(pulled.failure().kind, FailureKind::malformed) << path;
    }
    EXPECT_THAT(files_in(copy_.path()), testing::SizeIs(2));  // source and lock
}

}  // namespace
}  // namespace followd::repository::test
