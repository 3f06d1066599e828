#pragma once

#include "cli/snapshots_session.hpp"

#include <string>
#include <vector>

/// `followd snapshots restore`: makes indices of a snapshot on any of the clusters, as indices of
/// their own, and waits until they are whole.

namespace followd::cli {

struct SnapshotsRestoreOptions : SnapshotsOptions {
    std::string snapshot;
    std::vector<std::string> indices;  ///< names and patterns of the snapshot's; none: all
    std::string to;                    ///< the cluster that restores
    std::string rename = "{{index}}";  ///< what the copies are called
};

[[nodiscard]] int restore_snapshot(const SnapshotsRestoreOptions& options);

}  // namespace followd::cli
