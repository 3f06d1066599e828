#pragma once

#include "followd/model/ids.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// A snapshot repository that the leader's cluster writes and the follower's reads, as the
/// configuration names it.

namespace followd {

enum class RepositoryKind {
    fs,        ///< a folder that both clusters' nodes see, over NFS for example
    url,       ///< a folder of the leader's nodes, which `followd serve-repository` shows by HTTP
    existing,  ///< registered on both clusters by somebody else
};

/// A folder is used through a folder of the leader cluster's name in it, so that no location is
/// ever written by two clusters (decisions.md).
struct RepositorySettings {
    RepositoryName name;
    RepositoryKind kind = RepositoryKind::fs;
    std::string leader_location;    ///< fs, url: as the leader's nodes see it; absolute
    std::string follower_location;  ///< fs: as the follower's nodes see it; absolute
    std::string url;                ///< url: of the folder, ends with '/'; the token is not in it
    std::string token_file;         ///< url: holds the token, which comes behind `url`
    std::string leader_name;        ///< existing: its name on the leader's cluster
    std::string follower_name;      ///< existing: its name on the follower's, where it is readonly
    /// Clusters that may use it; empty: all.
    std::vector<ClusterName> clusters;
    /// Ceilings for one node, bytes a second; 0: none. (The servers' own defaults are 40 MB.)
    std::int64_t max_snapshot_bytes_per_sec = 0;
    std::int64_t max_restore_bytes_per_sec = 0;

    friend bool operator==(const RepositorySettings&, const RepositorySettings&) = default;
};

}  // namespace followd
