#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"
#include "followd/core/scheduled_snapshot_name.hpp"
#include "followd/model/ids.hpp"

#include "engine/bootstrap_status.hpp"
#include "engine/long_work.hpp"
#include "engine/ports.hpp"
#include "engine/snapshot_ports.hpp"
#include "engine/snapshot_wait.hpp"
#include "engine/task.hpp"
#include "observe/log.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// The snapshots that one rule takes by its schedule, in its repository.
///
/// Invariants:
/// - only names of this rule and this daemon are ever deleted, and never one that is in use;
/// - one that is not known to be whole is not kept, and none above the newest `keep` is.

namespace followd::engine {

class RecoverySnapshots {
public:
    /// All referred to outlives it.
    RecoverySnapshots(SnapshotSource& source,
                      RuleRepository repository,
                      core::ScheduledSnapshotNames names,
                      Timers& timers,
                      StopCheck is_stopping,
                      observe::Logger log);

    [[nodiscard]] const core::ScheduledSnapshotNames& names() const { return names_; }
    /// The moment of the newest; nothing where there is none.
    [[nodiscard]] Task<Result<std::optional<WallTime>>> read_newest();
    /// It is whole when this returns; after a Failure it is not to be kept. `progress` is written
    /// to until then, and must live so long.
    [[nodiscard]] Task<Result<void>> take(std::string snapshot,
                                          std::vector<IndexName> indices,
                                          TransferProgress* progress);
    /// Goes with the next clean_up().
    void do_not_keep(const std::string& snapshot) { unwanted_.insert(snapshot); }
    [[nodiscard]] Task<Result<void>> clean_up(std::size_t keep, std::set<std::string> in_use);
    /// How many there are, by the last clean_up().
    [[nodiscard]] std::optional<std::int64_t> kept() const { return kept_; }

private:
    /// Oldest first.
    [[nodiscard]] Task<Result<std::vector<std::string>>> list();
    [[nodiscard]] Task<Result<void>> learn_which_are_whole(std::vector<std::string> names);
    [[nodiscard]] std::vector<std::string> leaving(const std::vector<std::string>& names,
                                                   std::size_t keep) const;

    SnapshotSource& source_;
    RuleRepository repository_;
    core::ScheduledSnapshotNames names_;
    observe::Logger log_;
    SnapshotWait wait_;
    std::set<std::string> whole_;
    std::set<std::string> unwanted_;
    std::optional<std::int64_t> kept_;
};

}  // namespace followd::engine
