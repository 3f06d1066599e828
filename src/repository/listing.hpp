#pragma once

#include "followd/base/result.hpp"

#include "repository/folder_walk.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// What a manifest says, read by who copies the repository. Pure.

namespace followd::repository {

struct Listing {
    std::optional<std::uint64_t> root;  ///< generation of the root file; nothing without a snapshot
    std::vector<ListedFile> files;      ///< by path; each path once
    bool root_changed = false;          ///< while the list was made: it may lack something
};

/// `malformed` for what is no whole manifest, or names a path that leads out of a folder or could
/// not be asked for.
[[nodiscard]] Result<Listing> read_listing(std::string_view manifest);

}  // namespace followd::repository
