#pragma once

#include "followd/base/result.hpp"
#include "followd/model/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Reads the files that hold secrets. Blocks. No message ever holds what stands in them.

namespace followd::config {

/// The whole value of the Authorization header for a cluster: "Basic ...", "ApiKey ..." or
/// "Bearer ..."; empty where the cluster needs none. Failures are `unauthorised` and name the file
/// and the cluster. A file that everybody can read is a sentence in `warnings`, if that is given.
[[nodiscard]] Result<std::string> read_authorization(const ClusterSettings& cluster,
                                                     std::vector<std::string>* warnings = nullptr);

/// The token of a repository of type url: letters, digits, '-', '.', '_', '~', as it stands in the
/// address; empty where it has none. Failures and warnings are as above, and name the repository.
[[nodiscard]] Result<std::string> read_token(const RepositorySettings& repository,
                                             std::vector<std::string>* warnings = nullptr);

/// The one line of a secret's file, without its newline: of the admin token, for example. `where`
/// goes into the Failure (`unauthorised`) and the warning.
[[nodiscard]] Result<std::string> read_secret(const std::string& path,
                                              const std::string& where,
                                              std::vector<std::string>* warnings = nullptr);

}  // namespace followd::config
