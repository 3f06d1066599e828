#pragma once

#include "cli/snapshots_session.hpp"

#include <string>
#include <vector>

/// `followd snapshots create`: takes a snapshot, and waits until it is whole.

namespace followd::cli {

struct SnapshotsCreateOptions : SnapshotsOptions {
    std::string snapshot;
    std::vector<std::string> indices;  ///< names and patterns
};

[[nodiscard]] int create_snapshot(const SnapshotsCreateOptions& options);

}  // namespace followd::cli
