#pragma once

#include "followd/base/time.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/recovery_point.hpp"

#include <optional>

/// What `status` tells of an index that is recovered by schedule.

namespace followd::engine {

struct RecoveryStatus {
    std::optional<IndexName> index;      ///< the generation that the alias shows
    std::optional<RecoveryPoint> point;  ///< of that generation
    std::optional<Duration> age;         ///< of the point, now: what a disaster would cost (RPO)
    std::optional<WallTime> next_run;    ///< nothing while one is under way, or held back
};

}  // namespace followd::engine
