#pragma once

#include "cli/snapshots_session.hpp"

#include <string>
#include <vector>

/// `followd snapshots delete`: deletes snapshots that nobody uses.

namespace followd::cli {

struct SnapshotsDeleteOptions : SnapshotsOptions {
    std::vector<std::string> snapshots;
    bool force = false;  ///< also those of a daemon, and without asking who restores from them
};

[[nodiscard]] int delete_snapshots(const SnapshotsDeleteOptions& options);

}  // namespace followd::cli
