#include "repository/root_folder.hpp"

#include "repository/beneath.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace followd::repository {

namespace {

Failure failure(FailureKind kind, const std::string& path, const std::string& what) {
    return {kind, path + " " + what, {}};
}

std::string words(int code) {
    return "cannot be read: " + std::generic_category().message(code);
}

Failure cannot_open(const std::string& path, int code) {
    switch (code) {
        case EACCES:
        case EPERM:
            return failure(FailureKind::unauthorised, path, words(code));
        case ENOENT:
        case ENOTDIR:
        case ELOOP:         // a link
        case EXDEV:         // a way out of the root
        case ENAMETOOLONG:  // of a client's making
        case ENXIO:         // a socket, or a device without a driver
        case ENODEV:
        case EINVAL:
            return failure(FailureKind::not_found, path, words(code));
        default:
            return failure(FailureKind::unavailable, path, words(code));
    }
}

}  // namespace

std::string etag_of(const FileState& state) {
    return "\"" + std::to_string(state.modified_ns) + "-" + std::to_string(state.size) + "\"";
}

std::optional<FileState> state_of(const Descriptor& file) {
    struct stat found{};
    return ::fstat(file.number(), &found) == 0 ? state_in(found) : std::nullopt;
}

std::optional<FileState> state_in(const struct stat& found) {
    if (!S_ISREG(found.st_mode)) {
        return std::nullopt;
    }
    constexpr std::int64_t second_ns = 1'000'000'000;
    return FileState{.size = static_cast<std::uint64_t>(found.st_size),
                     .modified_ns = found.st_mtim.tv_sec * second_ns + found.st_mtim.tv_nsec};
}

Result<RootFolder> RootFolder::open(const std::string& path) {
    Descriptor folder{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!folder.is_open()) {
        const int code = errno;
        return code == ENOTDIR ? failure(FailureKind::refused, path, "is no folder")
                               : cannot_open(path, code);
    }
    return RootFolder{std::move(folder)};
}

Result<OpenFile> RootFolder::open_file(const std::string& path) const {
    Descriptor file{open_beneath(descriptor_.number(), path, O_RDONLY)};
    if (!file.is_open()) {
        return cannot_open(path, errno);
    }
    const auto state = state_of(file);
    if (!state) {
        return failure(FailureKind::not_found, path, "is no regular file");
    }
    return OpenFile{.descriptor = std::move(file), .state = *state};
}

Result<Descriptor> RootFolder::open_folder(const std::string& path) const {
    Descriptor folder{
        open_beneath(descriptor_.number(), path.empty() ? "." : path, O_RDONLY | O_DIRECTORY)};
    if (!folder.is_open()) {
        return cannot_open(path.empty() ? "." : path, errno);
    }
    return folder;
}

}  // namespace followd::repository
