#pragma once

#include "cli/exit_code.hpp"
#include "cli/followed_indices.hpp"

#include <string>
#include <vector>

/// What `verify` was asked for by a name, or a pattern, and does not compare. Pure.

namespace followd::cli {

struct UncomparedNames {
    std::vector<std::string> why;  ///< a sentence each, for people
    /// exit_unknown where a name means nothing that could be compared: never a silent success.
    int code = exit_done;
    /// One of them is recovered by schedule, and is never compared: the answer is no.
    bool is_one_recovered = false;
};

[[nodiscard]] UncomparedNames uncompared_names(const std::vector<std::string>& patterns,
                                               const FollowedIndices& followed);

}  // namespace followd::cli
