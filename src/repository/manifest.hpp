#pragma once

#include "followd/base/result.hpp"

#include "repository/root_folder.hpp"

#include <cstdint>
#include <dirent.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The list of a repository's files, written piece by piece while the folder is read:
///
///     {"schema":1,"root_file":"index-7","files":[
///     {"path":"index-7","size":2046},
///     {"path":"indices/Hm1.../0/__abc","size":5242880}
///     ],"files_count":2,"root_changed":false}

namespace followd::repository {

/// The root file is read before the list, and whatever a root file refers to was written before it:
/// so the list has all of it, unless something was deleted meanwhile. `root_changed` says that the
/// root file is another one by now. Memory is one piece and a descriptor for each level of folders.
class Manifest {
public:
    /// The folder must outlive it.
    explicit Manifest(const RootFolder* folder);

    [[nodiscard]] bool is_complete() const noexcept { return is_complete_; }
    /// The next piece, until it is complete; each reads a bounded number of entries and may be
    /// empty. A Failure is an end without the end of the document.
    [[nodiscard]] Result<std::string> next();

private:
    struct CloseFolder {
        void operator()(DIR* folder) const { ::closedir(folder); }
    };
    struct Level {
        std::unique_ptr<DIR, CloseFolder> folder;
        std::string path;  ///< with a slash at the end; empty for the root
    };

    [[nodiscard]] Result<void> enter(const std::string& path);
    [[nodiscard]] Result<void> read_entry(std::string& piece);
    [[nodiscard]] Result<void> add_entry(const dirent& entry, std::string& piece);

    const RootFolder* folder_;
    std::optional<std::string> root_file_;
    std::vector<Level> levels_;
    std::uint64_t files_ = 0;
    bool has_begun_ = false;
    bool is_complete_ = false;
};

}  // namespace followd::repository
