#pragma once

#include "followd/base/result.hpp"

#include "store/file_lock.hpp"
#include "store/sqlite.hpp"

#include <memory>
#include <string>
#include <utility>

/// The daemon's state file, ready for use: locked, checked, durable, and of today's schema.

namespace followd::store {

/// Owns the lock and the connection; the connection goes first.
class StateFile {
public:
    /// Creates the file with mode 0600 where there is none; its folder must exist. Reads the whole
    /// file to check it where it is not large (see docs/CHECKPOINT_FORMAT.md), so it may take a
    /// moment: for the start of the daemon, not for its loop. Every Failure is of kind `storage`.
    [[nodiscard]] static Result<StateFile> open(const std::string& path);

    [[nodiscard]] Database& database() { return *database_; }
    /// Of the file's daemon, made with the file: hexadecimal digits. What the daemon leaves on
    /// clusters for a time carries it.
    [[nodiscard]] const std::string& daemon_id() const { return daemon_id_; }

private:
    StateFile(FileLock lock, std::unique_ptr<Database> database, std::string daemon_id)
        : lock_(std::move(lock)),
          database_(std::move(database)),
          daemon_id_(std::move(daemon_id)) {}

    FileLock lock_;
    std::unique_ptr<Database> database_;
    std::string daemon_id_;
};

}  // namespace followd::store
