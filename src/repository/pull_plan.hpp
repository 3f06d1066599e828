#pragma once

#include "followd/base/result.hpp"

#include "repository/folder_walk.hpp"
#include "repository/listing.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What makes a folder a copy of a repository, and in which order. Pure.

namespace followd::repository {

/// Our own folder in a mirror.
inline constexpr std::string_view mirror_folder_name = ".followd-mirror";

struct PullPlan {
    std::uint64_t root = 0;           ///< generation
    ListedFile root_file{};           ///< to stand last of all
    bool has_root_file = false;       ///< the mirror's is the same
    std::vector<ListedFile> fetch{};  ///< before it
    /// To be removed once the root file stands: root files first, since only the highest one's
    /// files are all there.
    std::vector<std::string> vanished{};
    std::uint64_t files = 0;  ///< of the whole copy
    std::uint64_t bytes = 0;
};

/// `local` is what the mirror has. Left out is what belongs to no snapshot: files that a cluster
/// writes under a temporary name, other root files than the one the list was made for, and what
/// lies in a folder that is not the repository's (mirror_folder_name, lost+found).
/// `not_found` where the source has no snapshot.
[[nodiscard]] Result<PullPlan> plan_pull(const Listing& source,
                                         const std::vector<ListedFile>& local);

/// Whether a path is not the repository's, on either side.
[[nodiscard]] bool is_apart(std::string_view path);

/// Whether a file that was given the other's time is the same one, as far as the file system that
/// keeps it can tell.
[[nodiscard]] bool is_same_state(const FileState& local, const FileState& source);

}  // namespace followd::repository
