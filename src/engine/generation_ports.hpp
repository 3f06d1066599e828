#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/mark_role.hpp"
#include "followd/model/recovery_point.hpp"

#include "engine/task.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What scheduled recovery (`mode: snapshot`) asks of the follower's cluster beside what a
/// bootstrap from a snapshot does (snapshot_ports.hpp). Same thread rule and errors as ports.hpp.

namespace followd::engine {

/// An index that is called as a generation (generation_name.hpp), as it is found.
struct Generation {
    IndexName index;
    IndexUuid uuid;
    /// Of one that is being restored or was left half restored: from which snapshot.
    std::string snapshot;
    std::optional<MarkRole> role;  ///< nothing: it has no mark of ours
    ClusterName leader_cluster;    ///< from here on only with a role
    IndexName leader_index;
    IndexUuid leader_uuid;
    std::optional<RecoveryPoint> point;  ///< nothing: scheduled recovery did not make it
    bool has_alias = false;              ///< its alias shows it
};

/// An index that an alias is to show from now on, in place of every other generation.
struct GenerationSwitch {
    IndexName alias;
    Generation to;
    std::vector<IndexName> from;  ///< that it may show until now
    /// The leader's aliases as JSON (IndexDefinition::aliases): moved with it, without the write
    /// flags.
    std::string aliases;
};

/// The follower's cluster, as the one that shows generations to readers.
///
/// Invariant: at every moment the alias shows exactly one generation, or none before the first:
/// it is moved in one step, and only to an index that is marked. No index is ever removed that
/// the alias shows, that was promoted, or that scheduled recovery did not make.
class GenerationTarget {
public:
    virtual ~GenerationTarget() = default;
    /// Every index that is called as a generation of this alias, oldest first. `conflict` where an
    /// index, or a data stream, has the alias's name, or the alias shows an index that is none of
    /// its generations: it names which.
    [[nodiscard]] virtual Task<Result<std::vector<Generation>>> list_generations(
        IndexName alias) = 0;
    /// Documents that a search of the whole index finds, after a refresh; of the leader's cluster,
    /// too. A shard that does not answer is a Failure (`unavailable`).
    [[nodiscard]] virtual Task<Result<std::int64_t>> count_documents(IndexName index) = 0;
    /// In one step of the cluster's state.
    [[nodiscard]] virtual Task<Result<void>> show(GenerationSwitch change) = 0;
    /// Looks at the index again before. One that is gone is removed; `conflict` where it must stay.
    [[nodiscard]] virtual Task<Result<void>> remove(Generation generation) = 0;
};

}  // namespace followd::engine
