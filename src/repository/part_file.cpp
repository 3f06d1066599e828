#include "repository/part_file.hpp"

#include "followd/base/assert.hpp"

#include "http/message.hpp"
#include "repository/local_file.hpp"
#include "repository/root_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace followd::repository {

namespace {

// Encoded three times as long at most, and then still a file's name. A blob's path is shorter.
constexpr std::size_t told_apart_bytes = 60;

}  // namespace

PartFile::PartFile(Descriptor descriptor, ListedFile file, std::uint64_t bytes)
    : descriptor_{std::move(descriptor)}, file_{std::move(file)}, bytes_{bytes} {
    FOLLOWD_ASSERT(bytes_ <= file_.state.size);
}

std::string PartFile::name_of(const ListedFile& file) {
    const std::string_view path = file.path;
    const std::string_view end = path.substr(path.size() - std::min(path.size(), told_apart_bytes));
    return std::to_string(file.state.modified_ns) + "-" + std::to_string(file.state.size) + "-" +
           http::encode_component(end);
}

Result<PartFile> PartFile::open(const Descriptor& folder, ListedFile file) {
    Descriptor part{::openat(folder.number(),
                             name_of(file).c_str(),
                             O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                             0666)};
    if (!part.is_open()) {
        return local_failure(file.path, "cannot be written", errno);
    }
    const auto state = state_of(part);
    if (!state) {
        return local_failure(file.path, "cannot be written", EINVAL);
    }
    std::uint64_t bytes = state->size;
    if (bytes > file.state.size) {
        bytes = 0;
        if (::ftruncate(part.number(), 0) != 0) {
            return local_failure(file.path, "cannot be written", errno);
        }
    }
    return PartFile{std::move(part), std::move(file), bytes};
}

Result<void> PartFile::append(std::string_view bytes) {
    FOLLOWD_ASSERT(bytes.size() <= file_.state.size - bytes_);
    auto written = write_all(descriptor_, bytes);
    if (!written) {
        // How much of it is there is asked of the file next time.
        return written;
    }
    bytes_ += bytes.size();
    return {};
}

Result<void> PartFile::finish() {
    FOLLOWD_ASSERT(is_whole());
    constexpr std::int64_t second_ns = 1'000'000'000;
    // Also before 1970, where the remainder would be negative.
    std::int64_t seconds = file_.state.modified_ns / second_ns;
    std::int64_t rest = file_.state.modified_ns % second_ns;
    if (rest < 0) {
        --seconds;
        rest += second_ns;
    }
    const timespec time{.tv_sec = seconds, .tv_nsec = rest};
    const timespec times[] = {time, time};
    if (::futimens(descriptor_.number(), times) != 0 || ::fsync(descriptor_.number()) != 0) {
        return local_failure(file_.path, "cannot be written", errno);
    }
    const auto state = state_of(descriptor_);
    if (!state || state->size != file_.state.size) {
        return Failure{FailureKind::storage,
                       file_.path +
                           " is not as long as what was written to it: is somebody else "
                           "at work in the folder?",
                       {}};
    }
    return {};
}

}  // namespace followd::repository
