#pragma once

#include "admin/status_view.hpp"
#include "cli/terminal.hpp"

#include <map>
#include <string>
#include <utility>

/// The daemon's status for people. Pure.

namespace followd::cli {

/// Rule and leader index.
using FollowerKey = std::pair<std::string, std::string>;
/// Documents a second that a bootstrap copies.
using CopyRates = std::map<FollowerKey, double>;

/// From two looks at the same daemon, `seconds` > 0 apart.
[[nodiscard]] CopyRates copy_rates(const admin::StatusView& before,
                                   const admin::StatusView& after,
                                   double seconds);

/// Whether a second look would tell a copy rate.
[[nodiscard]] bool has_bootstrap(const admin::StatusView& status);

/// How far its bootstrap is: "45% 27,000/60,000 docs 12,300/s", "restore 45% 180 MB/400 MB"; of one
/// that is recovered by schedule of what moment it is: "as of 08:00:03Z, restored in 42 s". "-"
/// where there is nothing of the kind.
[[nodiscard]] std::string progress_text(const admin::FollowerView& follower,
                                        const CopyRates& rates);

[[nodiscard]] std::string status_text(const admin::StatusView& status,
                                      const CopyRates& rates,
                                      const Terminal& terminal);

}  // namespace followd::cli
