#pragma once

#include "repository/root_folder.hpp"

#include <optional>
#include <string>

namespace followd::repository {

/// The file from which everything else in a snapshot repository is reached: "index-7", as
/// `index.latest` names it. Nothing where that names none, or one that is not there: an empty
/// repository, or a folder that is none. It appears under this name whole, by a rename.
[[nodiscard]] std::optional<std::string> find_root_file(const RootFolder& folder);

}  // namespace followd::repository
