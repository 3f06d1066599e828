#pragma once

#include "cli/snapshots_session.hpp"

#include <string>

/// `followd snapshots list`: what a repository holds, and who took it.

namespace followd::cli {

struct SnapshotsListOptions : SnapshotsOptions {
    std::string at;  ///< the cluster to ask; empty: the leader
};

[[nodiscard]] int list_snapshots(const SnapshotsListOptions& options);

}  // namespace followd::cli
