#pragma once

#include "followd/base/result.hpp"

#include <string>

namespace followd::cli {

/// The token of a repository that is served, from the file that --token-file names; empty without
/// one. Warns on standard error of a file that everybody can read.
[[nodiscard]] Result<std::string> read_repository_token(const std::string& path);

}  // namespace followd::cli
