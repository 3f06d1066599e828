#pragma once

#include "followd/base/result.hpp"

#include "engine/snapshot_ports.hpp"
#include "engine/task.hpp"
#include "es/plain_snapshots.hpp"

#include <memory>
#include <string>
#include <vector>

/// Deletes snapshots that a person named, unless somebody uses one of them.

namespace followd::cli {

class SnapshotDeletion {
public:
    /// `snapshots` and `source`: of the leader's cluster, both outlive it. `users`: the same
    /// repository on every cluster that may be restoring from it. `is_forced`: nobody is asked, and
    /// a daemon's snapshot is as good as any.
    SnapshotDeletion(es::PlainSnapshots& snapshots,
                     engine::SnapshotSource& source,
                     engine::RuleRepository repository,
                     std::vector<std::unique_ptr<es::PlainSnapshots>> users,
                     bool is_forced);

    /// All of them or, where one may not be deleted, none: `refused` for a daemon's or one that is
    /// being restored, `not_found` for one that is not there; or what a request failed with.
    [[nodiscard]] Task<Result<void>> run(std::vector<std::string> names);
    /// What run() deleted, also where it failed at the next one.
    [[nodiscard]] const std::vector<std::string>& deleted() const { return deleted_; }

private:
    [[nodiscard]] Task<Result<void>> check(std::vector<std::string> names);
    [[nodiscard]] Task<Result<void>> check_unused(std::vector<std::string> names);

    es::PlainSnapshots& snapshots_;
    engine::SnapshotSource& source_;
    engine::RuleRepository repository_;
    std::vector<std::unique_ptr<es::PlainSnapshots>> users_;
    bool is_forced_;
    std::vector<std::string> deleted_;
};

}  // namespace followd::cli
