#pragma once

#include "followd/base/time.hpp"

#include <optional>
#include <string>

namespace followd::cli {

struct PullRepositoryOptions {
    std::string from;  ///< may hold the token: a secret
    std::string to;
    std::string token_file;  ///< empty: none, or within `from`
    std::string ca_file;     ///< empty: the system's store
    std::optional<Duration> every;
    bool json = false;
};

/// Copies a repository that is served, once, or again and again until a stop signal; the exit code.
[[nodiscard]] int pull_repository(const PullRepositoryOptions& options);

}  // namespace followd::cli
