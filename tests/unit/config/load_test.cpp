#include "config/load.hpp"

#include "config/document.hpp"
#include "parse_support.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace followd::config {
namespace {

class LoadSettings : public ::testing::Test {
protected:
    std::string write(const std::string& name, const std::string& text) {
        const std::string path = folder_.file(name);
        std::ofstream{path} << text;
        return path;
    }
    static std::string only_mistake(const std::string& path) {
        const SettingsOrMistakes loaded = load_settings(path);
        const auto* mistakes = std::get_if<std::vector<Mistake>>(&loaded);
        return mistakes != nullptr && mistakes->size() == 1 ? to_string(mistakes->front())
                                                            : "other";
    }

    test::TemporaryFolder folder_;
};

TEST_F(LoadSettings, reads_a_file) {
    const SettingsOrMistakes loaded = load_settings(write("f.yaml", with_clusters("")));
    EXPECT_TRUE(std::holds_alternative<Settings>(loaded));
}

TEST_F(LoadSettings, says_why_a_file_cannot_be_read) {
    const std::string missing = folder_.file("none");
    EXPECT_EQ(only_mistake(missing), missing + ": cannot be read: No such file or directory");
    EXPECT_EQ(only_mistake(folder_.path()), folder_.path() + ": is a folder, not a file");
    const std::string large = write("large", std::string(document_bytes_max + 1, '#'));
    EXPECT_EQ(only_mistake(large), large + ": is larger than 1048576 bytes");
    const std::string full = write(
        "full", with_clusters(std::string(document_bytes_max - with_clusters("").size(), '#')));
    EXPECT_TRUE(std::holds_alternative<Settings>(load_settings(full)));
}

TEST_F(LoadSettings, a_file_without_permission_is_a_mistake) {
    const std::string closed = write("closed", with_clusters(""));
    std::filesystem::permissions(closed, std::filesystem::perms::none);
    // Root may read everything, so it becomes nobody for the moment.
    constexpr uid_t nobody = 65534;
    const uid_t user = geteuid();
    const bool is_root = user == 0;
    ASSERT_TRUE(!is_root || seteuid(nobody) == 0);
    const std::string mistake = only_mistake(closed);
    ASSERT_TRUE(!is_root || seteuid(user) == 0);
    EXPECT_EQ(mistake, closed + ": cannot be read: Permission denied");
}

}  // namespace
}  // namespace followd::config
