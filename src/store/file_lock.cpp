#include "store/file_lock.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace followd::store {

namespace {

/// What the holder wrote about itself, or "?" in the moment before it has.
std::string read_holder(int descriptor) {
    std::array<char, 24> content{};
    const ssize_t length = pread(descriptor, content.data(), content.size(), 0);
    std::string holder;
    for (ssize_t i = 0; i < length; ++i) {
        const char digit = content.at(static_cast<std::size_t>(i));
        if (digit < '0' || digit > '9') {
            break;
        }
        holder += digit;
    }
    return holder.empty() ? "?" : holder;
}

}  // namespace

Failure file_failure(const std::string& state_path, int error) {
    const std::string folder = std::filesystem::path(state_path).parent_path().string();
    const std::string user = std::to_string(geteuid());
    std::string what;
    if (error == ENOENT || error == ENOTDIR) {
        what = "its folder " + folder + " does not exist: create it, owned by user " + user +
               " and with mode 0700";
    } else if (error == EACCES || error == EPERM || error == EROFS) {
        what = "user " + user + " cannot write there (" + std::generic_category().message(error) +
               "): make the folder " + folder + " and the files in it writable for that user";
    } else if (error == ENOSPC || error == EDQUOT) {
        what = "cannot create it (" + std::generic_category().message(error) +
               "): free space on that disk";
    } else {
        what = "cannot create or open it: " + std::generic_category().message(error);
    }
    return Failure{FailureKind::storage, std::move(what), "state file " + state_path};
}

Result<FileLock> FileLock::acquire(const std::string& state_path) {
    const std::string lock_path = state_path + ".lock";
    const int descriptor =
        open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (descriptor < 0) {
        return file_failure(state_path, errno);
    }
    FileLock lock(descriptor);
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) {
            return file_failure(state_path, errno);
        }
        return Failure{FailureKind::storage,
                       "the file is in use by another followd (pid " + read_holder(descriptor) +
                           "): end that one first, or give each its own `state`",
                       "state file " + state_path};
    }
    const std::string holder = std::to_string(getpid()) + "\n";
    if (ftruncate(descriptor, 0) != 0 ||
        pwrite(descriptor, holder.data(), holder.size(), 0) != ssize_t(holder.size())) {
        return file_failure(state_path, errno);
    }
    return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
    if (descriptor_ >= 0) {
        close(descriptor_);
    }
}

}  // namespace followd::store
