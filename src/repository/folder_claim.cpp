#include "repository/folder_claim.hpp"

#include "repository/beneath.hpp"
#include "repository/local_file.hpp"
#include "repository/pull_plan.hpp"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <utility>

namespace followd::repository {

namespace {

constexpr const char* source_name = "source";
constexpr const char* lock_name = "lock";

std::string own_path(const std::string& name) {
    return std::string{mirror_folder_name} + "/" + name;
}

int open_own(const RootFolder& folder) {
    return open_beneath(
        folder.descriptor().number(), std::string{mirror_folder_name}, O_RDONLY | O_DIRECTORY);
}

/// But for what a new file system has, and our own folder before it says so.
Result<bool> is_empty(const RootFolder& folder) {
    auto opened = folder.open_folder("");
    if (!opened) {
        return std::move(opened).failure();
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> entries{::fdopendir(opened->number()), &::closedir};
    if (!entries) {
        return local_failure("the folder", "cannot be listed", errno);
    }
    (void)opened->release();
    bool empty = true;
    errno = 0;
    while (const dirent* const entry = ::readdir(entries.get())) {
        const std::string_view name{entry->d_name};
        empty = empty && (name == "." || name == ".." || is_apart(name));
    }
    return errno == 0 ? Result<bool>{empty}
                      : local_failure("the folder", "cannot be listed", errno);
}

Result<Descriptor> make_own(const RootFolder& folder) {
    const std::string name{mirror_folder_name};
    if (::mkdirat(folder.descriptor().number(), name.c_str(), 0700) != 0 && errno != EEXIST) {
        return local_failure("a folder in it", "cannot be made", errno);
    }
    Descriptor own{open_own(folder)};
    return own.is_open() ? Result<Descriptor>{std::move(own)}
                         : local_failure(name, "cannot be opened", errno);
}

Result<Descriptor> lock(const Descriptor& own) {
    Descriptor file{
        ::openat(own.number(), lock_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (!file.is_open()) {
        return local_failure(own_path(lock_name), "cannot be opened", errno);
    }
    if (::flock(file.number(), LOCK_EX | LOCK_NB) == 0) {
        return file;
    }
    return errno == EWOULDBLOCK
               ? Failure{FailureKind::storage,
                         "another followd pull-repository copies to this folder: wait for its end",
                         {}}
               : local_failure(own_path(lock_name), "cannot be locked", errno);
}

/// The one that is there, or that is made because nothing else is.
Result<Descriptor> find_own(const RootFolder& folder) {
    const int opened = open_own(folder);
    const int error = errno;
    Descriptor own{opened};
    if (!own.is_open() && error != ENOENT) {
        return local_failure(std::string{mirror_folder_name}, "cannot be opened", error);
    }
    if (own.is_open() && read_small_file(own, source_name)) {
        return own;
    }
    const auto empty = is_empty(folder);
    if (!empty) {
        return empty.failure();
    }
    if (!*empty) {
        return Failure{FailureKind::conflict,
                       "the folder is neither empty nor a mirror that followd made, and nothing "
                       "was changed in it: name an empty one",
                       {}};
    }
    return own.is_open() ? Result<Descriptor>{std::move(own)} : make_own(folder);
}

}  // namespace

Result<FolderClaim> claim_folder(const RootFolder& folder, const std::string& source) {
    auto own = find_own(folder);
    if (!own) {
        return std::move(own).failure();
    }
    auto locked = lock(*own);
    if (!locked) {
        return std::move(locked).failure();
    }
    const auto known = read_small_file(*own, source_name);
    if (!known) {
        const auto said = replace_file(*own, source_name, source + "\n");
        if (!said) {
            return said.failure();
        }
    } else if (*known != source + "\n") {
        return Failure{FailureKind::conflict,
                       "the folder is a mirror of " + known->substr(0, known->find('\n')) +
                           ", and nothing was changed in it: name another one for " + source +
                           ". If it is the same repository at a new address, write that into " +
                           own_path(source_name),
                       {}};
    }
    return FolderClaim{.own = std::move(*own), .lock = std::move(*locked)};
}

}  // namespace followd::repository
