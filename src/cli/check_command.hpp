#pragma once

#include "cli/common_options.hpp"

/// `followd check`: whether the configuration can work, asked of the clusters; changes nothing.

namespace followd::cli {

struct CheckOptions {
    CommonOptions common;
};

[[nodiscard]] int check(const CheckOptions& options);

}  // namespace followd::cli
