#include "config/file.hpp"

#include "followd/base/descriptor.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace followd::config {

namespace {

Failure failure(FailureKind kind, const std::string& path, const std::string& what) {
    return Failure{.kind = kind, .what = path + " " + what, .where = {}};
}

Failure system_failure(const std::string& path, int error) {
    const FailureKind kind = error == ENOENT || error == ENOTDIR ? FailureKind::not_found
                             : error == EACCES || error == EPERM ? FailureKind::unauthorised
                                                                 : FailureKind::refused;
    return failure(kind, path, "cannot be read: " + std::generic_category().message(error));
}

}  // namespace

Result<FileContent> read_file(const std::string& path, std::size_t bytes_max) {
    // O_NONBLOCK: to open a pipe must not wait for its writer.
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (file.number() < 0) {
        return system_failure(path, errno);
    }
    struct stat status{};
    if (::fstat(file.number(), &status) != 0) {
        return system_failure(path, errno);
    }
    if (!S_ISREG(status.st_mode)) {
        return failure(FailureKind::refused,
                       path,
                       S_ISDIR(status.st_mode) ? "is a folder, not a file" : "is no regular file");
    }
    FileContent content;
    content.world_readable = (status.st_mode & S_IROTH) != 0;
    // One byte more than allowed tells a file that is too large, also one that grows meanwhile.
    content.text.resize(bytes_max + 1);
    std::size_t filled = 0;
    while (filled < content.text.size()) {
        const ssize_t got =
            ::read(file.number(), content.text.data() + filled, content.text.size() - filled);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return system_failure(path, errno);
        }
        if (got == 0) {
            break;
        }
        filled += static_cast<std::size_t>(got);
    }
    if (filled > bytes_max) {
        return failure(
            FailureKind::too_large, path, "is larger than " + std::to_string(bytes_max) + " bytes");
    }
    content.text.resize(filled);
    return content;
}

}  // namespace followd::config
