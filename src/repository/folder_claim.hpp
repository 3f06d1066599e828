#pragma once

#include "followd/base/descriptor.hpp"
#include "followd/base/result.hpp"

#include "repository/root_folder.hpp"

#include <string>

/// Whose folder it is that a repository is copied to, so that a wrong name costs nobody anything.

namespace followd::repository {

/// Our own folder within it (mirror_folder_name), and the lock in there, held as long as this
/// lives.
struct FolderClaim {
    Descriptor own;
    Descriptor lock;
};

/// Makes an empty folder ours, or finds that it is, as a copy of that source. `conflict` where
/// anything else is in it: then nothing was changed. `storage` also where another process holds it.
[[nodiscard]] Result<FolderClaim> claim_folder(const RootFolder& folder, const std::string& source);

}  // namespace followd::repository
