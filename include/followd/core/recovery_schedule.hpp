#pragma once

#include "followd/base/time.hpp"
#include "followd/model/schedule.hpp"

#include <optional>

/// When a rule's indices are recovered next (mode snapshot): by its schedule, once for all that was
/// missed, and again after a failure. It is told what time it is. Pure.

namespace followd::core {

/// After so many failures of one run: 1 min, 2 min, 4 min and so on.
[[nodiscard]] Duration recovery_back_off(int failures);

/// Invariant: of any number of runs that were missed, whether nobody was there or the one before
/// lasted too long, one is made up for; a failed one is tried again no later than the next is due.
class RecoverySchedule {
public:
    /// `last`: what the oldest of the rule's generations is a copy of; nothing where one lacks: the
    /// first run is due at once.
    RecoverySchedule(Schedule schedule, std::optional<WallTime> last);

    /// A clock that was set back keeps nobody waiting longer than the schedule does from there.
    void heed(WallTime now);
    /// When to begin; what lies behind is due.
    [[nodiscard]] WallTime next() const;
    /// Whether what begins now is a run of the schedule, not another try of the one before.
    [[nodiscard]] bool is_run_due(WallTime now) const { return run_at_ <= now; }

    void began(WallTime now);
    void failed(WallTime now);
    void succeeded() { failures_ = 0; }

private:
    Schedule schedule_;
    WallTime run_at_;  // the next of the schedule
    int failures_ = 0;
    WallTime try_again_at_;  // with failures
};

}  // namespace followd::core
