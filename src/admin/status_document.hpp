#pragma once

#include "followd/base/time.hpp"

#include "engine/follower_status.hpp"
#include "engine/recovery_status.hpp"
#include "engine/supervisor.hpp"
#include "http/counted_client.hpp"

#include <chrono>
#include <string>
#include <vector>

/// `status --json`: what the daemon tells of itself, as JSON (docs/CLI.md lists the fields).

namespace followd::admin {

/// Raised when a field changes its meaning or goes; a new field is no new schema.
inline constexpr int status_schema = 1;

/// What went between us and one cluster.
struct ClusterTraffic {
    ClusterName name;
    http::Traffic traffic;
};

/// The daemon's view of itself at one moment.
struct StatusReport {
    std::vector<engine::ClusterStatus> clusters;
    std::vector<engine::FollowerStatus> followers;
    std::vector<engine::RecoveryRuleStatus> recoveries;  ///< for the metrics
    std::vector<ClusterTraffic> traffic;
    Instant now;  ///< on the clock of the statuses' `since`
};

/// `wall` is the calendar's time of report.now: instants become calendar times by it. One line.
[[nodiscard]] std::string status_document(const StatusReport& report,
                                          std::chrono::system_clock::time_point wall);

/// "2024-05-01T03:00:00.123Z".
[[nodiscard]] std::string iso_time(std::chrono::system_clock::time_point time);

}  // namespace followd::admin
