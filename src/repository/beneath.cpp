#include "repository/beneath.hpp"

#include "followd/base/descriptor.hpp"

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string_view>
#include <sys/syscall.h>
#include <unistd.h>

namespace followd::repository {

namespace {

// O_NONBLOCK: to open a pipe must not wait for its writer.
constexpr int always = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

}  // namespace

int open_beneath(int folder, const std::string& path, int flags) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(static_cast<unsigned>(flags | always));
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    const long opened = ::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how);
    if (opened < 0 && (errno == ENOSYS || errno == EPERM)) {
        return open_beneath_by_parts(folder, path, flags);
    }
    return static_cast<int>(opened);
}

int open_beneath_by_parts(int folder, const std::string& path, int flags) {
    Descriptor parent;
    int at = folder;
    std::string_view rest = path;
    for (;;) {
        const auto slash = rest.find('/');
        const std::string part{rest.substr(0, slash)};
        if (part.empty() || part == "..") {
            errno = EXDEV;
            return -1;
        }
        if (slash == std::string_view::npos) {
            return ::openat(at, part.c_str(), flags | always | O_NOFOLLOW);
        }
        // Not followed, and a folder: a link to one is neither.
        parent =
            Descriptor{::openat(at, part.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
        if (!parent.is_open()) {
            return -1;
        }
        at = parent.number();
        rest.remove_prefix(slash + 1);
    }
}

}  // namespace followd::repository
