#include "repository/listing.hpp"

#include "repository/manifest.hpp"
#include "repository/pull_plan.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>

#include <fstream>

/// What a manifest says, and what follows from it.

namespace followd::repository {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string manifest(const std::string& files,
                     int count,
                     const std::string& root = R"("index-1")",
                     const std::string& more = "") {
    return R"({"schema":1,"root_file":)" + root + R"(,"files":[)" + files + R"(],"files_count":)" +
           std::to_string(count) + R"(,"root_changed":false)" + more + "}";
}

std::string file(const std::string& path) {
    return R"({"path":")" + path + R"(","size":1,"modified_ns":5})";
}

std::string refusal(const std::string& text) {
    const auto listing = read_listing(text);
    EXPECT_FALSE(listing.ok()) << text;
    return listing.ok() ? "" : listing.failure().what;
}

TEST(Listing, IsWhatAManifestSays) {
    const test::TemporaryFolder folder;
    for (const char* name : {"b", "a", "index-7"}) {
        std::ofstream{folder.file(name)} << name;
    }
    std::ofstream{folder.file("index.latest")} << std::string(7, '\0') + '\7';
    const auto root = RootFolder::open(folder.path()).value();
    Manifest writer{&root};
    std::string text;
    while (!writer.is_complete()) {
        text += writer.next().value();
    }
    const auto listing = read_listing(text);
    ASSERT_TRUE(listing.ok()) << to_string(listing.failure());
    EXPECT_EQ(listing->root, 7);
    EXPECT_FALSE(listing->root_changed);
    ASSERT_EQ(listing->files.size(), 4);
    EXPECT_EQ(listing->files[0].path, "a");
    EXPECT_EQ(listing->files[0].state, root.open_file("a")->state);
    EXPECT_EQ(listing->files[3].path, "index.latest");
}

TEST(Listing, MayHaveFieldsOfALaterVersion) {
    const auto listing =
        read_listing(manifest(R"({"path":"a","size":1,"modified_ns":-5,"new":{"x":[1,{"y":2}]}})",
                              1,
                              "null",
                              R"(,"new":[{"path":"no file"}])"));
    ASSERT_TRUE(listing.ok()) << to_string(listing.failure());
    EXPECT_EQ(listing->root, std::nullopt);
    EXPECT_THAT(listing->files,
                ElementsAre(ListedFile{.path = "a", .state = {.size = 1, .modified_ns = -5}}));
}

TEST(Listing, AnywhereCutIsNone) {
    const std::string whole = manifest(file("index-1") + "," + file("b"), 2);
    ASSERT_TRUE(read_listing(whole).ok());
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_FALSE(read_listing(whole.substr(0, length)).ok()) << length;
    }
}

TEST(Listing, OnlyNamesThatCanBeAFiles) {
    for (const std::string path : {"..",
                                   "../a",
                                   "a/..",
                                   "a/../b",
                                   "/a",
                                   "a/",
                                   "a//b",
                                   "",
                                   ".",
                                   "a\\u0000b",
                                   "a\\nb",
                                   "a\\\\b"}) {
        EXPECT_THAT(refusal(manifest(file(path), 1)), HasSubstr("no repository can have")) << path;
    }
    std::string deep = "d";
    for (int i = 0; i < 40; ++i) {
        deep += "/d";
    }
    EXPECT_THAT(refusal(manifest(file(deep), 1)), HasSubstr("no repository can have"));
    EXPECT_THAT(refusal(manifest(file(std::string(5000, 'a')), 1)),
                HasSubstr("no repository can have"));
}

TEST(Listing, OnlyWhatItMustBe) {
    EXPECT_THAT(refusal("[]"), HasSubstr("no manifest"));
    EXPECT_THAT(refusal("<html>"), HasSubstr("no manifest"));
    EXPECT_THAT(refusal(R"({"schema":2})"), HasSubstr("another version"));
    EXPECT_THAT(refusal(manifest(file("a"), 2)), HasSubstr("not as many files"));
    EXPECT_THAT(refusal(manifest(file("a") + "," + file("a"), 2)), HasSubstr("twice"));
    for (const char* root : {"7",
                             R"("index-")",
                             R"("index-x")",
                             R"("snap-1")",
                             R"("index--1")",
                             R"("index-99999999999999999999")"}) {
        EXPECT_THAT(refusal(manifest(file("a"), 1, root)), HasSubstr("which root file")) << root;
    }
    for (const char* broken : {R"({"path":"a","size":-1,"modified_ns":5})",
                               R"({"path":"a","size":9223372036854775808,"modified_ns":5})",
                               R"({"path":"a","size":"1","modified_ns":5})",
                               R"({"path":"a","size":1})",
                               R"({"path":1,"size":1,"modified_ns":5})"}) {
        EXPECT_THAT(refusal(manifest(broken, 1)), HasSubstr("no repository can have")) << broken;
    }
}

ListedFile listed(const std::string& path, std::uint64_t size = 1, std::int64_t modified = 5) {
    return {.path = path, .state = {.size = size, .modified_ns = modified}};
}

std::vector<std::string> paths(const std::vector<ListedFile>& files) {
    std::vector<std::string> found;
    for (const ListedFile& file : files) {
        found.push_back(file.path);
    }
    return found;
}

TEST(PullPlan, LeavesOutWhatIsOfNoSnapshot) {
    const Listing source{.root = 7,
                         .files = {listed("index-6"),
                                   listed("index-7"),
                                   listed("index-8"),
                                   listed("index.latest", 8),
                                   listed("indices/a"),
                                   listed("indices/index-3"),
                                   listed("pending-index-8"),
                                   listed("indices/pending-x"),
                                   listed("tests-1/master.dat"),
                                   listed(".followd-mirror/source"),
                                   listed("lost+found/1")}};
    const auto plan = plan_pull(source, {}).value();
    EXPECT_EQ(plan.root_file, listed("index-7"));
    EXPECT_FALSE(plan.has_root_file);
    EXPECT_THAT(paths(plan.fetch), ElementsAre("indices/a", "indices/index-3"));
    EXPECT_THAT(plan.vanished, IsEmpty());
    EXPECT_EQ(plan.files, 3);
}

TEST(PullPlan, TakesRootFilesAwayFirstAndNothingApart) {
    const Listing source{.root = 7, .files = {listed("index-7"), listed("a", 2)}};
    const auto plan = plan_pull(source,
                                {listed("a", 2),
                                 listed("b"),
                                 listed("index-5"),
                                 listed("index-7"),
                                 listed("index.latest", 8),
                                 listed(".followd-mirror/source"),
                                 listed("lost+found/1"),
                                 listed("pending-1")})
                          .value();
    EXPECT_TRUE(plan.has_root_file);
    EXPECT_THAT(plan.fetch, IsEmpty());
    ASSERT_EQ(plan.vanished.size(), 3);
    EXPECT_EQ(plan.vanished[0], "index-5");
}

TEST(PullPlan, NeedsARootFile) {
    EXPECT_EQ(plan_pull({}, {}).failure().kind, FailureKind::not_found);
    EXPECT_EQ(plan_pull({.root = 1, .files = {listed("a")}}, {}).failure().kind,
              FailureKind::unavailable);
}

TEST(PullPlan, TellsFilesApartAsFarAsTheFileSystemCan) {
    constexpr std::int64_t time = 1'763'793'333'123'456'789;
    const FileState source{.size = 3, .modified_ns = time};
    EXPECT_TRUE(is_same_state(source, source));
    EXPECT_FALSE(is_same_state({.size = 2, .modified_ns = time}, source));
    EXPECT_FALSE(is_same_state({.size = 3, .modified_ns = time + 1}, source));
    EXPECT_TRUE(is_same_state({.size = 3, .modified_ns = time / 100 * 100}, source));
    EXPECT_TRUE(is_same_state({.size = 3, .modified_ns = 1'763'793'333'000'000'000}, source));
    EXPECT_TRUE(is_same_state({.size = 3, .modified_ns = 1'763'793'332'000'000'000}, source));
    EXPECT_FALSE(is_same_state({.size = 3, .modified_ns = 1'763'793'330'000'000'000}, source));
}

}  // namespace
}  // namespace followd::repository
