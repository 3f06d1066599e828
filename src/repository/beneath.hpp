#pragma once

#include <string>

/// Opening what lies below a folder, and nothing else, whatever links and renames do meanwhile.

namespace followd::repository {

/// Like openat(2): a descriptor, or -1 with errno. No part of the path may be a symbolic link or
/// "..", and it may not be absolute. Never waits for a pipe's writer.
[[nodiscard]] int open_beneath(int folder, const std::string& path, int flags);

/// The same without openat2(2), which Linux has since 5.6 and some containers forbid.
[[nodiscard]] int open_beneath_by_parts(int folder, const std::string& path, int flags);

}  // namespace followd::repository
