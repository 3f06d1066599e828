#include "repository/manifest.hpp"

#include "repository/root_file.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <sys/stat.h>

/// The list of a repository's files.

namespace followd::repository {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, int>;

class ManifestTest : public testing::Test {
protected:
    void put(const std::string& path, const std::string& content) {
        fs::create_directories(fs::path{folder_.file(path)}.parent_path());
        std::ofstream{folder_.file(path), std::ios::trunc} << content;
    }

    void point_to(char generation) {
        put("index.latest", std::string(7, '\0') + std::string(1, generation));
    }

    /// Its pieces up to the end, put together.
    static std::string rest_of(Manifest& manifest) {
        std::string text;
        while (!manifest.is_complete()) {
            const auto piece = manifest.next();
            EXPECT_TRUE(piece.ok()) << to_string(piece.failure());
            largest_piece_ = std::max(largest_piece_, piece->size());
            text += *piece;
        }
        return text;
    }

    static nlohmann::json read(const RootFolder& root) {
        Manifest manifest{&root};
        return nlohmann::json::parse(rest_of(manifest));
    }

    static Files files_in(const nlohmann::json& document) {
        Files files;
        for (const auto& file : document["files"]) {
            EXPECT_TRUE(files.emplace(file["path"], file["size"]).second);
        }
        EXPECT_EQ(document["files_count"], files.size());
        return files;
    }

    RootFolder root() { return RootFolder::open(folder_.path()).value(); }

    inline static std::size_t largest_piece_ = 0;
    test::TemporaryFolder folder_;
};

TEST_F(ManifestTest, EveryFileWithItsSize) {
    point_to(7);
    put("index-7", "{}");
    put("snap-a.dat", "");
    put("indices/Hm1/0/__abc", "12345");
    put("indices/Hm1/meta-x.dat", "123");
    const auto document = read(root());
    EXPECT_EQ(document["schema"], 1);
    EXPECT_EQ(document["root_file"], "index-7");
    EXPECT_EQ(document["root_changed"], false);
    EXPECT_EQ(files_in(document),
              (Files{{"index.latest", 8},
                     {"index-7", 2},
                     {"snap-a.dat", 0},
                     {"indices/Hm1/0/__abc", 5},
                     {"indices/Hm1/meta-x.dat", 3}}));
}

TEST_F(ManifestTest, AnEmptyFolder) {
    const auto document = read(root());
    EXPECT_TRUE(document["root_file"].is_null());
    EXPECT_EQ(files_in(document), Files{});
}

TEST_F(ManifestTest, WhatCannotBeAskedForIsNotListed) {
    put("file", "1");
    put("a\\b", "1");
    put("a\nb", "1");
    put("no\xff utf8", "1");
    put("quote\" \xC3\xA4", "12");
    fs::create_symlink("file", folder_.file("link"));
    fs::create_symlink(".", folder_.file("loop"));
    fs::create_symlink("/etc", folder_.file("outside"));
    ASSERT_EQ(::mkfifo(folder_.file("pipe").c_str(), 0600), 0);
    EXPECT_EQ(files_in(read(root())), (Files{{"file", 1}, {"quote\" \xC3\xA4", 2}}));
}

TEST_F(ManifestTest, ManyFilesComeInSmallPieces) {
    constexpr int files = 1000;
    for (int i = 0; i < files; ++i) {
        put("indices/" + std::to_string(i % 20) + "/" + std::to_string(i), "1");
    }
    largest_piece_ = 0;
    EXPECT_EQ(files_in(read(root())).size(), files);
    EXPECT_LT(largest_piece_, 32U << 10U);
}

TEST_F(ManifestTest, ARootThatChangedMeanwhileIsSaidSo) {
    point_to(7);
    put("index-7", "{}");
    for (int i = 0; i < 1000; ++i) {
        put("indices/" + std::to_string(i), "1");
    }
    const RootFolder folder = root();
    Manifest manifest{&folder};
    std::string text = manifest.next().value();
    put("index-8", "{}");
    point_to(8);
    text += rest_of(manifest);
    const auto document = nlohmann::json::parse(text);
    EXPECT_EQ(document["root_file"], "index-7");
    EXPECT_EQ(document["root_changed"], true);
}

TEST_F(ManifestTest, AFolderThatGoesMeanwhileIsLeftOut) {
    for (int i = 0; i < 300; ++i) {
        put("indices/" + std::to_string(i) + "/file", "1");
    }
    const RootFolder folder = root();
    Manifest manifest{&folder};
    std::string text = manifest.next().value();
    fs::remove_all(folder_.file("indices"));
    text += rest_of(manifest);
    EXPECT_LT(files_in(nlohmann::json::parse(text)).size(), 300);
}

TEST_F(ManifestTest, FoldersWithoutAnEndAreAFailure) {
    std::string path;
    for (int i = 0; i < 40; ++i) {
        path += "d/";
    }
    put(path + "file", "1");
    const RootFolder folder = root();
    Manifest manifest{&folder};
    Result<std::string> piece = manifest.next();
    while (piece.ok() && !manifest.is_complete()) {
        piece = manifest.next();
    }
    ASSERT_FALSE(piece.ok());
    EXPECT_EQ(piece.failure().kind, FailureKind::too_large);
}

TEST_F(ManifestTest, TheRootFileIsTheOneThatIsNamed) {
    put("index-7", "{}");
    put("index-258", "{}");
    EXPECT_EQ(find_root_file(root()), std::nullopt);
    point_to(7);
    EXPECT_EQ(find_root_file(root()), "index-7");
    put("index.latest", std::string(6, '\0') + "\x01\x02");
    EXPECT_EQ(find_root_file(root()), "index-258");
    point_to(9);
    EXPECT_EQ(find_root_file(root()), std::nullopt);  // names what is not there
    put("index.latest", "7");
    EXPECT_EQ(find_root_file(root()), std::nullopt);
}

}  // namespace
}  // namespace followd::repository
