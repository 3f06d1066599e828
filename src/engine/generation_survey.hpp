#pragma once

#include "followd/base/result.hpp"
#include "followd/core/scheduled_snapshot_name.hpp"
#include "followd/model/ids.hpp"

#include "engine/generation_ports.hpp"
#include "engine/role_ports.hpp"

#include <optional>
#include <vector>

/// What stands behind one alias of scheduled recovery, and what of it is to be done away with.
/// Pure.

namespace followd::engine {

/// Whose generations are meant: only marks that say the same are.
struct GenerationOwner {
    ClusterName leader;
    IndexName leader_index;
    ClusterName follower;
    IndexName alias;
};

struct GenerationSurvey {
    std::optional<Generation> shown;     ///< by the alias
    std::vector<IndexName> with_alias;   ///< one, unless somebody else moved the alias
    std::optional<Generation> newest;    ///< that is whole and may be shown
    std::optional<Generation> promoted;  ///< no follower any more: nothing is touched
    std::vector<Generation> older;       ///< than what is shown, and no longer needed
    /// Half restored from snapshots of this rule's schedule.
    std::vector<Generation> unfinished;
    /// What is shown is nobody's to replace: `conflict`, by name.
    std::optional<Failure> obstacle;

    /// Whether the alias is to be moved: what was proved whole is not shown.
    [[nodiscard]] bool is_to_be_shown() const {
        return newest && (!shown || shown->index != newest->index);
    }
};

/// `generations`: all that are called as generations of the owner's alias, in any order.
[[nodiscard]] GenerationSurvey survey(std::vector<Generation> generations,
                                      const GenerationOwner& owner,
                                      const core::ScheduledSnapshotNames& snapshots);

/// The same index as its mark tells; nothing is known of one that has none.
[[nodiscard]] Generation generation_of(const RoleIndex& index, const IndexName& alias);

/// By its name.
[[nodiscard]] WallTime as_of(const Generation& generation);

}  // namespace followd::engine
