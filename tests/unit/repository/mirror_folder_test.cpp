#include "repository/mirror_folder.hpp"

#include "pull_fixture.hpp"

/// Which folders become copies, and that no other is touched.

namespace followd::repository::test {
namespace {

using testing::HasSubstr;

class MirrorFolderTest : public testing::Test {
protected:
    std::string to() const { return folder_.file("mirror"); }

    void put(const std::string& path, const std::string& content) {
        fs::create_directories(fs::path{to() + "/" + path}.parent_path());
        std::ofstream{to() + "/" + path} << content;
    }

    Failure refused(const std::string& source = "a source") {
        const auto opened = MirrorFolder::open(to(), source);
        return opened.ok() ? Failure{FailureKind::cancelled, "it was opened", {}}
                           : opened.failure();
    }

    followd::test::TemporaryFolder folder_;
};

TEST_F(MirrorFolderTest, OneThatIsMissingIsMade) {
    EXPECT_TRUE(MirrorFolder::open(to(), "a source").ok());
    EXPECT_EQ(content_of(to() + "/.followd-mirror/source"), "a source\n");
    EXPECT_TRUE(MirrorFolder::open(to(), "a source").ok());
}

TEST_F(MirrorFolderTest, NotWithTheFolderAboveIt) {
    const auto opened = MirrorFolder::open(to() + "/deeper", "a source");
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.failure().kind, FailureKind::refused);
    EXPECT_FALSE(fs::exists(to()));
}

TEST_F(MirrorFolderTest, OneWithAnythingInItIsLeftAlone) {
    put("letters/first.txt", "dear");
    const Failure failure = refused();
    EXPECT_EQ(failure.kind, FailureKind::conflict);
    EXPECT_THAT(failure.what, HasSubstr("neither empty nor a mirror"));
    EXPECT_EQ(failure.where, to());
    EXPECT_EQ(files_in(to()), (std::map<std::string, std::string>{{"letters/first.txt", "dear"}}));
    EXPECT_FALSE(fs::exists(to() + "/.followd-mirror"));
}

TEST_F(MirrorFolderTest, NorWithALinkOrAFolderInIt) {
    fs::create_directories(to() + "/empty");
    EXPECT_EQ(refused().kind, FailureKind::conflict);
    fs::remove(to() + "/empty");
    fs::create_symlink("/nowhere", to() + "/link");
    EXPECT_EQ(refused().kind, FailureKind::conflict);
}

TEST_F(MirrorFolderTest, NorBehindALinkInPlaceOfOurFolder) {
    fs::create_directories(to());
    fs::create_directory(folder_.file("other"));
    std::ofstream{folder_.file("other/source")} << "a source\n";
    fs::create_directory_symlink(folder_.file("other"), to() + "/.followd-mirror");
    EXPECT_NE(refused().kind, FailureKind::cancelled);
}

TEST_F(MirrorFolderTest, AFileSystemOfItsOwnIsEmpty) {
    fs::create_directories(to() + "/lost+found");
    EXPECT_TRUE(MirrorFolder::open(to(), "a source").ok());
}

TEST_F(MirrorFolderTest, KilledBeforeItSaidSoItIsStillEmpty) {
    fs::create_directories(to() + "/.followd-mirror");
    EXPECT_TRUE(MirrorFolder::open(to(), "a source").ok());
    fs::remove(to() + "/.followd-mirror/source");
    put("file", "");
    EXPECT_EQ(refused().kind, FailureKind::conflict);
}

TEST_F(MirrorFolderTest, IsOfOneSource) {
    ASSERT_TRUE(MirrorFolder::open(to(), "a source").ok());
    const Failure failure = refused("another");
    EXPECT_EQ(failure.kind, FailureKind::conflict);
    EXPECT_THAT(failure.what, HasSubstr("a mirror of a source"));
}

TEST_F(MirrorFolderTest, IsOfOneProcess) {
    const auto first = MirrorFolder::open(to(), "a source");
    ASSERT_TRUE(first.ok());
    const Failure failure = refused();
    EXPECT_EQ(failure.kind, FailureKind::storage);
    EXPECT_THAT(failure.what, HasSubstr("wait for its end"));
}

TEST_F(MirrorFolderTest, ARootFileOfSomebodyElseIsAConflict) {
    auto mirror = MirrorFolder::open(to(), "a source").value();
    put("indices/__1", "1");
    EXPECT_TRUE(mirror.list().ok());
    put("index-3", "{}");
    const auto listed = mirror.list();
    ASSERT_FALSE(listed.ok());
    EXPECT_EQ(listed.failure().kind, FailureKind::conflict);
    EXPECT_THAT(listed.failure().what, HasSubstr("\"readonly\": true"));
}

TEST_F(MirrorFolderTest, NoFolderIsRefused) {
    std::ofstream{to()} << "a file";
    EXPECT_EQ(refused().kind, FailureKind::refused);
}

}  // namespace
}  // namespace followd::repository::test
