#pragma once

#include "engine/control_report.hpp"
#include "engine/ports.hpp"
#include "engine/supervisor.hpp"
#include "engine/task.hpp"
#include "observe/repeat_limiter.hpp"

#include <functional>
#include <map>

namespace followd::engine {

/// Has followers promoted whose leader index was deleted, where their rule says so
/// (`on_leader_delete: promote`).
///
/// Invariant: nobody is promoted because a leader was not reachable. An index counts as deleted
/// once its cluster has answered without it, and without a failure in between, for a minute; an
/// index of the same name that comes instead is no deletion, nor is one that left its alias.
class LeaderDeletion {
public:
    using Promote = std::function<Task<ControlReport>(IndexPlace follower)>;

    /// All referred to outlives it.
    LeaderDeletion(Supervisor& supervisor, Timers& timers, Promote promote);

    /// Until stop().
    [[nodiscard]] Task<void> run();
    void stop();

private:
    [[nodiscard]] bool is_to_be_promoted(const FollowerStatus& row,
                                         const std::vector<ClusterStatus>& clusters) const;
    void look();
    [[nodiscard]] Task<void> promote(IndexPlace follower);

    Supervisor& supervisor_;
    Timers& timers_;
    Promote promote_;
    std::map<IndexPlace, Instant> gone_since_;  // by follower
    observe::RepeatLimiter repeats_;
    bool stopping_ = false;
};

}  // namespace followd::engine
