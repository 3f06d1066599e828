#pragma once

#include "followd/base/result.hpp"

#include <string>

/// One process, one state file.

namespace followd::store {

/// Holds the state file's lock file (`<path>.lock`) until destroyed, or until the process ends in
/// whatever way: the kernel keeps the lock, the file's content (the owner's process id) is only for
/// people. The lock file is never removed; removing it would let two processes hold two locks.
class FileLock {
public:
    /// Failure (`storage`) where another process holds it, or where its folder is missing or not
    /// writable; the text says which, and what to do.
    [[nodiscard]] static Result<FileLock> acquire(const std::string& state_path);
    ~FileLock();
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&&) = delete;
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}

    int descriptor_;  ///< -1 once moved from
};

/// The Failure of a system call on the state file, its lock or its folder, by errno.
[[nodiscard]] Failure file_failure(const std::string& state_path, int error);

}  // namespace followd::store
