#include "store/lost_writes_files.hpp"

#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace followd::store {
namespace {

class LostWritesFilesTest : public testing::Test {
protected:
    std::unique_ptr<engine::LostWritesFile> file(const std::string& index = "logs") {
        return files_.file_for(IndexName{index}, "2024-05-06T07:08:09Z");
    }
    static std::string content(const std::string& path) {
        std::ifstream stream(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    static mode_t mode_of(const std::string& path) {
        struct stat found{};
        EXPECT_EQ(stat(path.c_str(), &found), 0) << path;
        return found.st_mode & 0777U;
    }

    test::TemporaryFolder folder_;
    LostWritesFiles files_{folder_.file("state.db")};
    const std::string in_folder_ = folder_.file("lost-writes");
};

TEST_F(LostWritesFilesTest, hold_a_line_each_under_the_index_and_the_time) {
    const auto lost = file();
    ASSERT_TRUE(lost->add(R"({"a":1})").ok());
    ASSERT_TRUE(lost->add(R"({"b":2})").ok());
    const Result<std::string> path = lost->keep();
    ASSERT_TRUE(path.ok()) << path.failure().what;
    EXPECT_EQ(*path, in_folder_ + "/logs-20240506T070809Z.ndjson");
    EXPECT_EQ(content(*path), "{\"a\":1}\n{\"b\":2}\n");
}

// They hold documents.
TEST_F(LostWritesFilesTest, are_their_owners_alone) {
    const mode_t before = umask(0);
    const auto lost = file();
    ASSERT_TRUE(lost->add("{}").ok());
    const Result<std::string> path = lost->keep();
    umask(before);
    ASSERT_TRUE(path.ok());
    EXPECT_EQ(mode_of(*path), 0600U);
    EXPECT_EQ(mode_of(in_folder_), 0700U);
}

TEST_F(LostWritesFilesTest, are_not_there_where_nothing_was_lost) {
    (void)file();
    EXPECT_FALSE(std::filesystem::exists(in_folder_));
}

TEST_F(LostWritesFilesTest, never_overwrite_one_another) {
    for (const char* line : {"first", "second", "third"}) {
        const auto lost = file();
        ASSERT_TRUE(lost->add(line).ok());
        ASSERT_TRUE(lost->keep().ok());
    }
    const std::string stem = in_folder_ + "/logs-20240506T070809Z";
    EXPECT_EQ(content(stem + ".ndjson"), "first\n");
    EXPECT_EQ(content(stem + "-2.ndjson"), "second\n");
    EXPECT_EQ(content(stem + "-3.ndjson"), "third\n");
}

TEST_F(LostWritesFilesTest, follow_no_link_that_stands_in_their_place) {
    ASSERT_TRUE(std::filesystem::create_directory(in_folder_));
    std::filesystem::create_symlink(folder_.file("elsewhere"),
                                    in_folder_ + "/logs-20240506T070809Z.ndjson");
    const auto lost = file();
    ASSERT_TRUE(lost->add("{}").ok());
    ASSERT_TRUE(lost->keep().ok());
    EXPECT_FALSE(std::filesystem::exists(folder_.file("elsewhere")));
}

TEST_F(LostWritesFilesTest, are_whole_also_where_they_are_large) {
    const auto lost = file();
    const std::string line(700'000, 'x');
    for (int count = 0; count < 5; ++count) {
        ASSERT_TRUE(lost->add(line).ok());
    }
    const Result<std::string> path = lost->keep();
    ASSERT_TRUE(path.ok());
    EXPECT_EQ(std::filesystem::file_size(*path), 5U * 700'001U);
}

// A name of 255 bytes leaves no room for the time.
TEST_F(LostWritesFilesTest, can_be_made_for_the_longest_name_of_an_index) {
    const auto lost = file(std::string(255, 'a'));
    const Result<void> added = lost->add("{}");
    EXPECT_TRUE(added.ok()) << added.failure().what;
}

TEST_F(LostWritesFilesTest, fail_where_the_folder_cannot_be_made) {
    std::ofstream(in_folder_) << "a file";
    const Result<void> added = file()->add("{}");
    ASSERT_FALSE(added.ok());
    EXPECT_EQ(added.failure().kind, FailureKind::storage);
}

// A full disk, as a limit on the size of files shows it: in a process of its own.
TEST_F(LostWritesFilesTest, fail_where_the_disk_is_full) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const rlimit limit{1000, 1000};
        (void)setrlimit(RLIMIT_FSIZE, &limit);
        (void)std::signal(SIGXFSZ, SIG_IGN);
        const auto lost = file();
        const bool added = lost->add(std::string(5000, 'x')).ok();
        const Result<std::string> kept = lost->keep();
        _exit(added && !kept.ok() && kept.failure().kind == FailureKind::storage ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace followd::store
