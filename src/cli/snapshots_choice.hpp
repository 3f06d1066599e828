#pragma once

#include "followd/base/result.hpp"
#include "followd/model/settings.hpp"

#include <string>
#include <vector>

/// Which of the configuration's repositories and clusters a command over snapshots means. Pure.
/// Each Failure is a mistake in the command line, and says what would be right.

namespace followd::cli {

/// A repository has a folder for each cluster that writes snapshots to it.
struct SnapshotsPlace {
    RepositorySettings repository;
    ClusterName leader;  ///< whose snapshots
};

/// `leader` empty: the only cluster that can be meant, because every rule with that repository
/// has it as leader, or nobody else may use it.
[[nodiscard]] Result<SnapshotsPlace> choose_place(const Settings& settings,
                                                  const std::string& repository,
                                                  const std::string& leader);

/// A cluster that reads them. `option`: by which it was named.
[[nodiscard]] Result<ClusterName> choose_cluster(const Settings& settings,
                                                 const RepositorySettings& repository,
                                                 const std::string& cluster,
                                                 const std::string& option);

/// Clusters that may use it.
[[nodiscard]] std::vector<ClusterName> users_of(const Settings& settings,
                                                const RepositorySettings& repository);

}  // namespace followd::cli
