#include "repository/folder_walk.hpp"

#include "followd/base/assert.hpp"

#include "repository/request_path.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace followd::repository {

namespace {

Failure cannot_list(const std::string& path, int code) {
    return {FailureKind::unavailable,
            (path.empty() ? "the root" : path) +
                " cannot be listed: " + std::generic_category().message(code),
            {}};
}

}  // namespace

FolderWalk::FolderWalk(const RootFolder* folder) : folder_{folder} {
    FOLLOWD_ASSERT(folder_ != nullptr);
}

Result<std::optional<ListedFile>> FolderWalk::step() {
    FOLLOWD_ASSERT(!is_complete());
    if (!has_begun_) {
        has_begun_ = true;
        const auto entered = enter("");
        return entered ? Result<std::optional<ListedFile>>{std::nullopt} : entered.failure();
    }
    const Level& level = levels_.back();
    errno = 0;
    const dirent* const entry = ::readdir(level.folder.get());
    if (entry != nullptr) {
        return look_at(*entry);
    }
    if (errno != 0) {
        return cannot_list(level.path, errno);
    }
    levels_.pop_back();
    return std::optional<ListedFile>{};
}

Result<void> FolderWalk::enter(const std::string& path) {
    auto opened = folder_->open_folder(path);
    if (!opened) {
        // Deleted since its name was read.
        const bool is_gone = opened.failure().kind == FailureKind::not_found && !path.empty();
        return is_gone ? Result<void>{} : std::move(opened).failure();
    }
    if (levels_.size() >= folder_levels_max) {
        return Failure{
            FailureKind::too_large, path + " lies deeper than any folder of a repository", {}};
    }
    std::unique_ptr<DIR, CloseFolder> folder{::fdopendir(opened->number())};
    if (!folder) {
        return cannot_list(path, errno);
    }
    (void)opened->release();
    levels_.push_back({.folder = std::move(folder), .path = path.empty() ? "" : path + "/"});
    return {};
}

Result<std::optional<ListedFile>> FolderWalk::look_at(const dirent& entry) {
    const Level& level = levels_.back();
    const int folder = ::dirfd(level.folder.get());
    FOLLOWD_ASSERT(folder >= 0);
    const std::string name{entry.d_name};
    struct stat found{};
    if (!can_be_name(name) || ::fstatat(folder, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
        return std::optional<ListedFile>{};  // Not to be asked for, or deleted meanwhile.
    }
    std::string path = level.path + name;
    if (S_ISDIR(found.st_mode)) {
        const auto entered = enter(path);
        return entered ? Result<std::optional<ListedFile>>{std::nullopt} : entered.failure();
    }
    const auto state = state_in(found);
    return state ? std::optional{ListedFile{.path = std::move(path), .state = *state}}
                 : std::optional<ListedFile>{};
}

}  // namespace followd::repository
