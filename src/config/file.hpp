#pragma once

#include "followd/base/result.hpp"

#include <cstddef>
#include <string>

namespace followd::config {

struct FileContent {
    std::string text;
    bool world_readable = false;
};

/// Reads a whole regular file of at most `bytes_max` bytes; blocks. Failures name the path and
/// never what stands in it: not_found, unauthorised (no permission), refused (a folder, a pipe or
/// the like, or an error of the disk), too_large.
[[nodiscard]] Result<FileContent> read_file(const std::string& path, std::size_t bytes_max);

}  // namespace followd::config
