#pragma once

#include "followd/base/time.hpp"

#include "cli/common_options.hpp"

#include <string>
#include <vector>

/// `followd verify`: whether followers are equal to their leaders, by reading both; with `repair`,
/// those that differ are made equal, by the daemon or alone.

namespace followd::cli {

struct VerifyOptions {
    CommonOptions common;
    std::vector<std::string> indices;  ///< names or patterns of leader indices
    std::string rule;                  ///< only this rule's followers; empty: every rule's
    bool deep = false;
    bool repair = false;
    Duration wait = std::chrono::seconds{30};
};

[[nodiscard]] int verify(const VerifyOptions& options);

}  // namespace followd::cli
