#pragma once

#include "followd/base/descriptor.hpp"
#include "followd/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/stat.h>

/// The folder of a snapshot repository, and what may be read of it: regular files, reached without
/// a symbolic link. All of it blocks as long as the file system does.

namespace followd::repository {

/// What tells one state of a file from another, as exactly as the file system's clock does.
struct FileState {
    std::uint64_t size = 0;
    std::int64_t modified_ns = 0;
    friend bool operator==(const FileState&, const FileState&) = default;
};

/// The state as an HTTP ETag: differs where the state does, so that a range is never put to another
/// file's beginning.
[[nodiscard]] std::string etag_of(const FileState& state);

struct OpenFile {
    Descriptor descriptor;
    FileState state;
};

/// What stat(2) found; nothing where that is no regular file.
[[nodiscard]] std::optional<FileState> state_in(const struct stat& found);
/// Of an open descriptor; nothing where it is no regular file.
[[nodiscard]] std::optional<FileState> state_of(const Descriptor& file);

class RootFolder {
public:
    /// Failures: `not_found`, `unauthorised`, or `refused` for what is no folder. The folder itself
    /// may be named by a link; it is the one opened here from now on, also after a rename.
    [[nodiscard]] static Result<RootFolder> open(const std::string& path);

    /// `path` is relative to the folder. Failures: `not_found`, also for what is no regular file or
    /// lies behind a link; `unauthorised`; `unavailable` where the system could not.
    [[nodiscard]] Result<OpenFile> open_file(const std::string& path) const;
    /// The folder at `path` for reading its entries; "" is the root. The same failures.
    [[nodiscard]] Result<Descriptor> open_folder(const std::string& path) const;
    [[nodiscard]] const Descriptor& descriptor() const noexcept { return descriptor_; }

private:
    explicit RootFolder(Descriptor descriptor) : descriptor_{std::move(descriptor)} {}

    Descriptor descriptor_;
};

}  // namespace followd::repository
