#pragma once

#include "followd/base/result.hpp"
#include "followd/core/action.hpp"
#include "followd/core/event.hpp"

#include <cstdint>
#include <map>

/// What a shard's planner has asked for, moved and met since it began. Only for showing: nothing is
/// decided by it.

namespace followd::core {

struct ShardCounters {
    std::int64_t requests = 0;    ///< actions that are a request to a cluster
    std::int64_t retries = 0;     ///< pages, bulks and cycles begun again after a failure
    std::int64_t bytes_read = 0;  ///< of the leader's pages
    std::int64_t bytes_written =
        0;  ///< ids, routings and sources in bulks; also what is sent again
    /// Answers that were failures. A bulk of which some items failed counts once, as the first.
    std::map<FailureKind, std::int64_t> failures;

    void asked(const Action& action);
    void answered(const Event& event);

    ShardCounters& operator+=(const ShardCounters& other);
};

}  // namespace followd::core
