#pragma once

#include "followd/base/result.hpp"

#include "repository/folder_walk.hpp"
#include "repository/root_folder.hpp"

#include <cstdint>
#include <optional>
#include <string>

/// The list of a repository's files (manifest_format.hpp), written piece by piece while the folder
/// is read.

namespace followd::repository {

/// The root file is read before the list, and whatever a root file refers to was written before it:
/// so the list has all of it, unless something was deleted meanwhile. `root_changed` says that the
/// root file is another one by now. Memory is one piece and what a FolderWalk takes.
class Manifest {
public:
    /// The folder must outlive it.
    explicit Manifest(const RootFolder* folder);

    [[nodiscard]] bool is_complete() const noexcept { return is_complete_; }
    /// The next piece, until it is complete; each reads a bounded number of entries and may be
    /// empty. A Failure is an end without the end of the document.
    [[nodiscard]] Result<std::string> next();

private:
    void add(const ListedFile& file, std::string& piece);

    const RootFolder* folder_;
    FolderWalk walk_;
    std::optional<std::string> root_file_;
    std::uint64_t files_ = 0;
    bool has_begun_ = false;
    bool is_complete_ = false;
};

}  // namespace followd::repository
