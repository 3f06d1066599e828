#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/mark_role.hpp"
#include "followd/model/origins.hpp"
#include "followd/model/promotion.hpp"
#include "followd/model/recovery_point.hpp"
#include "followd/model/role_change.hpp"
#include "followd/model/shard_view.hpp"

#include "engine/task.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What a change of roles asks of the cluster that holds the index. Every step may be taken again:
/// it brings about a state, and is done where that state is there already. Same thread rule and
/// errors as ports.hpp.

namespace followd::engine {

/// What an index's mark says of its following, and what its cluster says of it.
struct RoleIndex {
    IndexName name;
    IndexUuid uuid;
    int shards = 0;
    bool is_closed = false;
    bool is_write_blocked = false;
    /// Marked, and still saying that it is being made from a snapshot (SnapshotTarget).
    bool is_being_made = false;
    std::vector<std::string> alias_names;
    std::optional<MarkRole> role;  ///< nothing: it was never marked
    ClusterName leader_cluster;    ///< from here on only with a role
    IndexName leader_index;
    IndexUuid leader_uuid;
    std::vector<HistoryUuid> histories;
    std::int64_t generation = -1;
    std::int64_t epoch = 0;
    Origins origins;                        ///< the plain case written out
    std::optional<Promotion> promotion;     ///< of a promoted index
    std::optional<RecoveryPoint> recovery;  ///< of one that was restored by schedule
    /// The mapping's whole `_meta` and the aliases, as JSON: for the adapter alone.
    std::string meta;
    std::string aliases;

    [[nodiscard]] bool is(MarkRole wanted) const { return role == wanted; }
};

/// An index and the change of its role that is under way.
struct ChangingIndex {
    RoleIndex index;
    std::optional<RoleChange> change;
    // The journal's place, for compare-and-set: for the adapter alone.
    bool has_entry = false;
    std::int64_t entry_seq_no = 0;
    std::int64_t entry_term = 0;
};

/// What a follower is to be, of an index that holds documents of its own.
struct FollowerRole {
    ClusterName leader_cluster;
    IndexName leader_index;
    IndexUuid leader_uuid;
    std::vector<HistoryUuid> histories;  ///< the leader's
    std::int64_t generation = 0;
    /// Above both sides' until now: of two marks the higher one tells of the later change of role.
    std::int64_t epoch = 1;
    Origins origins;
};

class RoleCluster {
public:
    virtual ~RoleCluster() = default;

    /// Every index that has a mark, of those that the patterns mean.
    [[nodiscard]] virtual Task<Result<std::vector<RoleIndex>>> list_marked(
        std::vector<std::string> patterns) = 0;
    /// `not_found` without the index; `conflict` where the name is an alias.
    [[nodiscard]] virtual Task<Result<RoleIndex>> read_role(IndexName index) = 0;

    /// The journals of these indices.
    [[nodiscard]] virtual Task<Result<std::vector<ChangingIndex>>> read_changes(
        std::vector<RoleIndex> indices) = 0;
    /// Writes the journals by compare-and-set: `change` as it stands in each, nothing closes it.
    /// `conflict` where another was faster with one of them; then none may go on.
    [[nodiscard]] virtual Task<Result<std::vector<ChangingIndex>>> write_changes(
        std::vector<ChangingIndex> indices) = 0;

    /// Takes every fence alias of these indices away, in one step.
    [[nodiscard]] virtual Task<Result<void>> remove_fences(std::vector<RoleIndex> indices) = 0;
    /// Returns when no write is under way any more and none is taken.
    [[nodiscard]] virtual Task<Result<void>> block_writes(std::vector<RoleIndex> indices) = 0;
    [[nodiscard]] virtual Task<Result<void>> unblock_writes(std::vector<RoleIndex> indices) = 0;
    /// max_seq_no by shard, of the primaries; empty for an index not all of whose are started.
    [[nodiscard]] virtual Task<Result<std::vector<std::vector<SeqNo>>>> read_points(
        std::vector<RoleIndex> indices) = 0;
    /// Of the shards' primaries; `unavailable` where one is not started.
    [[nodiscard]] virtual Task<Result<std::vector<HistoryUuid>>> read_histories(
        RoleIndex index) = 0;
    /// The highest `_version` of a live document. Refreshes the index first.
    [[nodiscard]] virtual Task<Result<std::int64_t>> read_version_highest(RoleIndex index) = 0;

    [[nodiscard]] virtual Task<Result<void>> mark_promoted(RoleIndex index,
                                                           Origins origins,
                                                           Promotion promotion) = 0;
    /// The role, with what the index must not have while it follows kept in the mark.
    [[nodiscard]] virtual Task<Result<void>> mark_follower(RoleIndex index, FollowerRole role) = 0;

    /// What was held back from these promoted indices. What this cluster lacks or refuses is left
    /// out, and said: one sentence each.
    [[nodiscard]] virtual Task<Result<std::vector<std::string>>> restore_settings(
        std::vector<RoleIndex> indices) = 0;
    /// Takes off what a follower must not have.
    [[nodiscard]] virtual Task<Result<void>> hold_back_settings(RoleIndex index) = 0;
    /// The write aliases that were held back, in one step for all.
    [[nodiscard]] virtual Task<Result<void>> add_write_aliases(std::vector<RoleIndex> indices) = 0;
    /// The fence alias of the present epoch; no alias of the index is a write alias any more.
    [[nodiscard]] virtual Task<Result<void>> raise_fence(RoleIndex index) = 0;

    /// Documents in real time: for each a JSON object with `seq_no`, `version` and `source`, byte
    /// for byte, or "null" where the index has no such document.
    [[nodiscard]] virtual Task<Result<std::vector<std::string>>> read_documents(
        IndexName index, std::vector<Lookup> lookups) = 0;

    /// What these indices name and this cluster does not have: pipelines, lifecycle policies. One
    /// sentence each. Reads only.
    [[nodiscard]] virtual Task<Result<std::vector<std::string>>> find_missing(
        std::vector<RoleIndex> indices) = 0;
};

}  // namespace followd::engine
