#include "repository/beneath.hpp"

#include "repository/root_folder.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/// What can be reached from a folder, by the kernel's own rule and by ours for older kernels.

namespace followd::repository {
namespace {

namespace fs = std::filesystem;

struct Way {
    const char* name;
    int (*open)(int folder, const std::string& path, int flags);
    friend void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }
};

class Beneath : public testing::TestWithParam<Way> {
protected:
    Beneath() {
        fs::create_directories(folder_.file("root/sub/deep"));
        fs::create_directories(folder_.file("outside"));
        std::ofstream{folder_.file("outside/secret")} << "secret";
        std::ofstream{folder_.file("root/file")} << "file";
        std::ofstream{folder_.file("root/sub/deep/file")} << "deep";
        root_ = Descriptor{::open(folder_.file("root").c_str(), O_PATH | O_DIRECTORY)};
    }

    void link(const std::string& target, const std::string& name) {
        fs::create_symlink(target, folder_.file("root/" + name));
    }

    bool opens(const std::string& path) {
        const Descriptor file{GetParam().open(root_.number(), path, O_RDONLY)};
        return file.is_open();
    }

    test::TemporaryFolder folder_;
    Descriptor root_;
};

TEST_P(Beneath, WhatIsThere) {
    EXPECT_TRUE(opens("file"));
    EXPECT_TRUE(opens("sub/deep/file"));
    EXPECT_TRUE(opens("sub/deep"));
    EXPECT_FALSE(opens("absent"));
    EXPECT_FALSE(opens("sub/absent/file"));
    EXPECT_FALSE(opens("file/file"));
}

TEST_P(Beneath, NothingAboveOrBeside) {
    for (const auto* path : {"../outside/secret",
                             "sub/../../outside/secret",
                             "..",
                             "sub/deep/../../../outside/secret",
                             "/etc/passwd",
                             "//etc/passwd",
                             ""}) {
        EXPECT_FALSE(opens(path)) << path;
    }
    EXPECT_FALSE(opens(folder_.file("outside/secret")));
}

TEST_P(Beneath, NoLinks) {
    link("../outside/secret", "relative");
    link(folder_.file("outside/secret"), "absolute");
    link("../outside", "folder");
    link(folder_.file("outside"), "absolute_folder");
    link("/proc/self/root/etc", "magic");
    link("file", "inside");
    link("sub", "inside_folder");
    for (const auto* path : {"relative",
                             "absolute",
                             "folder/secret",
                             "absolute_folder/secret",
                             "magic/passwd",
                             "inside",
                             "inside_folder/deep/file"}) {
        EXPECT_FALSE(opens(path)) << path;
    }
}

TEST_P(Beneath, APipeIsNotWaitedFor) {
    ASSERT_EQ(::mkfifo(folder_.file("root/pipe").c_str(), 0600), 0);
    EXPECT_TRUE(opens("pipe"));  // and is found to be no regular file later
}

INSTANTIATE_TEST_SUITE_P(Ways,
                         Beneath,
                         testing::Values(Way{"by_the_kernel", &open_beneath},
                                         Way{"by_parts", &open_beneath_by_parts}),
                         [](const auto& info) { return std::string{info.param.name}; });

class RootFolderTest : public testing::Test {
protected:
    FailureKind kind_of(const std::string& path) {
        const auto opened = RootFolder::open(folder_.path())->open_file(path);
        EXPECT_FALSE(opened.ok()) << path;
        return opened.failure().kind;
    }

    test::TemporaryFolder folder_;
};

TEST_F(RootFolderTest, OnlyRegularFiles) {
    fs::create_directories(folder_.file("sub"));
    ASSERT_EQ(::mkfifo(folder_.file("pipe").c_str(), 0600), 0);
    fs::create_symlink("sub", folder_.file("link"));
    for (const auto* path : {"sub", "pipe", "link", "absent", "absent/file", "."}) {
        EXPECT_EQ(kind_of(path), FailureKind::not_found) << path;
    }
    EXPECT_EQ(kind_of(std::string(5000, 'x')), FailureKind::not_found);
}

TEST_F(RootFolderTest, ASocketIsNoFile) {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    folder_.file("socket").copy(name.sun_path, sizeof name.sun_path - 1);
    ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
    EXPECT_EQ(kind_of("socket"), FailureKind::not_found);
    ::close(socket);
}

TEST_F(RootFolderTest, WhatMayNotBeReadIsSaidSo) {
    std::ofstream{folder_.file("file")} << "file";
    ASSERT_EQ(::chmod(folder_.file("file").c_str(), 0), 0);
    ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
    constexpr uid_t nobody = 65534;
    const uid_t us = ::geteuid();  // root may read everything
    ASSERT_TRUE(us != 0 || ::seteuid(nobody) == 0);
    EXPECT_EQ(kind_of("file"), FailureKind::unauthorised);
    ASSERT_EQ(::seteuid(us), 0);
}

TEST_F(RootFolderTest, TheRootItself) {
    std::ofstream{folder_.file("file")} << "file";
    fs::create_symlink(folder_.path(), folder_.file("link"));
    EXPECT_EQ(RootFolder::open(folder_.file("absent")).failure().kind, FailureKind::not_found);
    EXPECT_EQ(RootFolder::open(folder_.file("file")).failure().kind, FailureKind::refused);
    EXPECT_TRUE(RootFolder::open(folder_.file("link"))->open_file("file").ok());
}

}  // namespace
}  // namespace followd::repository
