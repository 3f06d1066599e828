#pragma once

#include "followd/base/result.hpp"

#include "repository/root_folder.hpp"

#include <cstddef>
#include <dirent.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Every regular file below a folder, in no order, however many there are.

namespace followd::repository {

/// A repository has four levels of folders; below that many nothing is looked for.
inline constexpr std::size_t folder_levels_max = 32;

struct ListedFile {
    std::string path;  ///< relative to the root; each part can_be_name()
    FileState state;
    friend bool operator==(const ListedFile&, const ListedFile&) = default;
};

/// Follows no link. What appears or goes meanwhile is there or is not. Memory is a descriptor for
/// each level of folders.
class FolderWalk {
public:
    /// The folder must outlive it.
    explicit FolderWalk(const RootFolder* folder);

    [[nodiscard]] bool is_complete() const noexcept { return has_begun_ && levels_.empty(); }
    /// Looks at one entry, and has nothing where that is no file to list. A Failure is the end.
    [[nodiscard]] Result<std::optional<ListedFile>> step();

private:
    struct CloseFolder {
        void operator()(DIR* folder) const { ::closedir(folder); }
    };
    struct Level {
        std::unique_ptr<DIR, CloseFolder> folder;
        std::string path;  ///< with a slash at the end; empty for the root
    };

    [[nodiscard]] Result<void> enter(const std::string& path);
    [[nodiscard]] Result<std::optional<ListedFile>> look_at(const dirent& entry);

    const RootFolder* folder_;
    std::vector<Level> levels_;
    bool has_begun_ = false;
};

}  // namespace followd::repository
