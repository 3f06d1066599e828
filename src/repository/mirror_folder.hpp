#pragma once

#include "followd/base/descriptor.hpp"
#include "followd/base/result.hpp"

#include "repository/folder_claim.hpp"
#include "repository/folder_walk.hpp"
#include "repository/part_file.hpp"
#include "repository/root_folder.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// The folder that a repository is copied to, and what may be changed in it.

namespace followd::repository {

/// In it stands our own folder (mirror_folder_name):
///
///     lock         held by who copies
///     source       what is copied, one line; without it the folder is not ours
///     roots        the root files that we put, or are about to put, in place, one a line
///     parts-BOOT   files that are not whole yet; of another boot they may be damaged, and go
///
/// Nothing is written or removed behind a link, and nothing at all in a folder that was not empty
/// when it became ours, is a copy of something else, or has a root file that is not ours: then a
/// cluster writes snapshots there. All of it blocks.
class MirrorFolder {
public:
    /// Makes the folder where only its last part is missing, and makes it ours where it is empty.
    /// `source` says what is copied, without secrets. Failures: `refused` for what is no folder,
    /// `conflict` where something else stands there, `storage` (also where another process copies
    /// to it), `unauthorised`.
    [[nodiscard]] static Result<MirrorFolder> open(const std::string& path,
                                                   const std::string& source);

    /// All files, with what is ours. `conflict` where a root file is not.
    [[nodiscard]] Result<std::vector<ListedFile>> list() const;
    /// Removes parts that no file of `wanted` can go on from. `found` is from list().
    [[nodiscard]] Result<void> clean_parts(const std::vector<ListedFile>& found,
                                           const std::vector<ListedFile>& wanted);
    [[nodiscard]] Result<PartFile> open_part(ListedFile file) const;
    void drop(PartFile part) const;
    /// Puts a whole part in its place.
    [[nodiscard]] Result<void> install(PartFile part);
    /// Makes everything that was put in place durable, then puts the root file there (unless it
    /// stands already), then the file that names it.
    [[nodiscard]] Result<void> set_root(std::uint64_t generation, std::optional<PartFile> root);
    /// In that order, with the folders that become empty. How many of them were there.
    [[nodiscard]] Result<std::uint64_t> remove(const std::vector<std::string>& paths);
    /// After remove(): no other root file is ours any more.
    [[nodiscard]] Result<void> forget_other_roots(std::uint64_t generation);

private:
    MirrorFolder(RootFolder root, std::string path, FolderClaim claim);

    [[nodiscard]] Result<Descriptor> make_folder(const std::string& path);
    [[nodiscard]] Result<void> make_durable() const;
    [[nodiscard]] std::set<std::string> own_roots() const;
    [[nodiscard]] Result<void> write_own_roots(const std::set<std::string>& roots);
    [[nodiscard]] Failure told(Failure failure) const;

    RootFolder root_;
    std::string path_;  ///< for messages
    FolderClaim claim_;
    Descriptor parts_;
    std::string parts_name_;
};

}  // namespace followd::repository
