#pragma once

#include "followd/base/time.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/recovery_point.hpp"

#include <cstdint>
#include <optional>

/// What `status` and the metrics tell of recovery by schedule.

namespace followd::engine {

/// Of one index.
struct RecoveryStatus {
    std::optional<IndexName> index;      ///< the generation that the alias shows
    std::optional<RecoveryPoint> point;  ///< of that generation
    std::optional<Duration> age;         ///< of the point, now: what a disaster would cost (RPO)
    std::optional<WallTime> next_run;    ///< nothing while one is under way, or held back
};

/// Of a rule as a whole, since this daemon follows it.
struct RecoveryRuleStatus {
    RuleName rule;
    ClusterName leader;
    ClusterName follower;
    /// Runs and other tries, by what came of them.
    std::int64_t done = 0;                  ///< every index is shown anew
    std::int64_t partial = 0;               ///< some are
    std::int64_t failed = 0;                ///< none is
    std::optional<std::int64_t> snapshots;  ///< in the repository; nothing before it was listed
};

}  // namespace followd::engine
