#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"
#include "followd/core/follow_matcher.hpp"
#include "followd/model/follow_rule.hpp"

#include "cli/check_report.hpp"
#include "engine/generation_ports.hpp"
#include "engine/index_ports.hpp"
#include "engine/snapshot_ports.hpp"
#include "engine/task.hpp"

#include <optional>
#include <vector>

/// What `check` finds out of an index that a rule with mode snapshot means.

namespace followd::cli {

/// Of the claim's clusters; all outlive the check.
struct RecoveryCheckPorts {
    engine::LeaderCluster& leader;
    engine::SnapshotSource& source;
    engine::SnapshotTarget& target;
    engine::GenerationTarget& generations;
};

/// Asks both clusters, and changes nothing.
class RecoveryCheck {
public:
    RecoveryCheck(RecoveryCheckPorts ports, FollowRule rule, WallTime now);

    /// Whether the index can be restored, what its alias shows, and when its schedule comes next.
    [[nodiscard]] Task<IndexCheck> check(core::FollowClaim claim);

private:
    /// Why none of its snapshots can be restored; nothing where one can.
    [[nodiscard]] Task<std::optional<Failure>> find_obstacle(engine::IndexDefinition definition);
    void judge(const std::vector<engine::Generation>& generations, IndexCheck& checked) const;

    RecoveryCheckPorts ports_;
    FollowRule rule_;
    WallTime now_;
};

}  // namespace followd::cli
