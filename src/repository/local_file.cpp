#include "repository/local_file.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace followd::repository {

Failure local_failure(const std::string& path, const std::string& what, int error) {
    const std::string reason = std::generic_category().message(error);
    if (error == ENOSPC || error == EDQUOT) {
        return {FailureKind::storage,
                path + " " + what + ": " + reason +
                    ". Make room, then give the same command again: it goes on from here",
                {}};
    }
    if (error == EACCES || error == EPERM || error == EROFS) {
        return {FailureKind::unauthorised,
                path + " " + what + ": " + reason + ". It must be writable for user " +
                    std::to_string(::geteuid()),
                {}};
    }
    return {FailureKind::storage, path + " " + what + ": " + reason, {}};
}

Result<void> write_all(const Descriptor& file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return local_failure("a file", "cannot be written", written < 0 ? errno : ENOSPC);
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> replace_file(const Descriptor& folder,
                          const std::string& name,
                          std::string_view content) {
    const std::string aside = name + ".new";
    const Descriptor file{::openat(folder.number(),
                                   aside.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                                   0666)};
    if (!file.is_open()) {
        return local_failure(name, "cannot be written", errno);
    }
    auto written = write_all(file, content);
    if (!written) {
        return written;
    }
    if (::fsync(file.number()) != 0 ||
        ::renameat(folder.number(), aside.c_str(), folder.number(), name.c_str()) != 0 ||
        ::fsync(folder.number()) != 0) {
        return local_failure(name, "cannot be written", errno);
    }
    return {};
}

std::optional<std::string> read_small_file(const Descriptor& folder, const std::string& name) {
    const Descriptor file{
        ::openat(folder.number(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    std::array<char, 4096> content{};
    const ssize_t bytes =
        file.is_open() ? ::read(file.number(), content.data(), content.size()) : -1;
    return bytes < 0 ? std::nullopt
                     : std::optional{std::string{content.data(), static_cast<std::size_t>(bytes)}};
}

}  // namespace followd::repository
