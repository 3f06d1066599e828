#pragma once

#include "followd/base/time.hpp"

#include "engine/control_ports.hpp"
#include "engine/follower_status.hpp"
#include "engine/marked_index.hpp"
#include "engine/task.hpp"

#include <map>
#include <optional>
#include <vector>

/// Followers, and what was promoted, of which no listing of a leader can tell: the leader has not
/// answered since the daemon's start, or the index is not there any more. Their own marks tell, so
/// that on the day of a failover nobody looks at an empty table.

namespace followd::engine {

/// One executor's thread only; what the ports name outlives it.
class UnwatchedFollowers {
public:
    explicit UnwatchedFollowers(ControlPorts ports);

    /// Until stop().
    [[nodiscard]] Task<void> run();
    void stop();

    /// Of what has no row in `watched`; both are what the supervisor tells now.
    [[nodiscard]] std::vector<FollowerStatus> rows(
        const std::vector<FollowerStatus>& watched,
        const std::vector<ClusterStatus>& clusters) const;

private:
    [[nodiscard]] Task<void> look();
    /// Nothing where the row is not to be shown.
    [[nodiscard]] std::optional<FollowerStatus> row_of(
        const MarkedIndex& marked, const std::vector<ClusterStatus>& clusters) const;

    ControlPorts ports_;
    std::vector<MarkedIndex> marked_;           // by the last look
    std::map<ClusterName, Instant> failed_at_;  // the last look at which it did not answer
    Instant started_;
    bool stopping_ = false;
};

}  // namespace followd::engine
