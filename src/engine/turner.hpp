#pragma once

#include "followd/model/settings.hpp"

#include "engine/holds.hpp"
#include "engine/index_ports.hpp"
#include "engine/lost_writes.hpp"
#include "engine/promoter.hpp"
#include "engine/role_ports.hpp"
#include "engine/task.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Makes an index that holds documents of its own a follower (design.md section 6): the old leader
/// after a failover, or a follower that was promoted by mistake. Nothing is copied here: what
/// differs is found and moved by following.
///
/// Invariant: before anything of the index is overwritten or deleted, every document that it alone
/// took, and that its new leader cannot have had, is in a file.

namespace followd::engine {

struct TurnTask {
    IndexPlace index;   ///< on the roles' cluster
    IndexPlace leader;  ///< whom it is to follow
    Requester requester;
    /// Of a promotion that is taken back: writes since then may be saved and taken away.
    bool may_discard = true;
    bool is_dry_run = false;  ///< nothing is changed, lost writes are only counted
    /// It was restored by schedule, and nobody ever writes to it: only a promotion since which
    /// nobody has is taken back.
    bool is_generation = false;
};

struct TurnReport {
    std::int64_t lost_writes = 0;  ///< documents that were saved
    std::optional<std::string> lost_writes_file;
    bool was_turned_before = false;
    bool was_unwritten = false;  ///< a promotion was taken back that nobody had written to
};

/// What a turn works with; outlives it.
struct TurnPorts {
    RoleCluster& roles;         ///< of the index's cluster
    RoleCluster& leader_roles;  ///< of the leader's
    LeaderCluster& cluster;     ///< of the index, as one that could lead
    LeaderCluster& leader;
    ShardFactory& shards;
    LostWritesFolder& lost_writes;
};

class Turner {
public:
    Turner(TurnPorts ports, TurnTask task, LimitSettings limits);

    /// `refused`: an incremental failback is not possible, with the reason and the way out; nothing
    /// was changed then, nor after any other failure before the mark. Run again after a crash it
    /// goes on.
    [[nodiscard]] Task<Result<TurnReport>> turn();

private:
    [[nodiscard]] Task<Result<void>> read_both();
    [[nodiscard]] Result<void> judge() const;
    /// Replaces the journal by compare-and-set with what stands in `changing_`.
    [[nodiscard]] Task<Result<void>> write_journal();
    [[nodiscard]] Task<Result<void>> begin();
    [[nodiscard]] Task<Result<void>> give_back();
    [[nodiscard]] Task<Result<void>> read_index_points();
    /// How many operations it took since its promotion; nothing where it never followed `leader`.
    [[nodiscard]] std::optional<std::int64_t> written_since() const;
    [[nodiscard]] std::int64_t next_epoch() const;
    [[nodiscard]] Failure why_not_recovered(std::optional<std::int64_t> written) const;
    void take_role_back();
    [[nodiscard]] Task<Result<void>> plan();
    /// Where each document will lie once it follows.
    [[nodiscard]] Task<Result<void>> plan_line();
    [[nodiscard]] Task<Result<void>> save_lost_writes();
    [[nodiscard]] Task<Result<void>> finish();
    [[nodiscard]] Task<void> give_up();
    [[nodiscard]] std::string where() const;

    TurnPorts ports_;
    TurnTask task_;
    LimitSettings limits_;

    RoleIndex index_;
    RoleIndex leader_role_;
    IndexDefinition leader_;
    ChangingIndex changing_;
    std::optional<RoleChange> leader_change_;  ///< one that has not ended
    std::vector<SeqNo> points_;
    std::optional<FollowerRole> role_;
    FollowerIndex follower_;
    TurnReport report_;
    bool began_ = false;
    bool marked_ = false;
    bool stays_blocked_ = false;  ///< somebody else blocked writes before
    /// The journal before ours, of a promoted index that may lack what was held back.
    std::optional<RoleChange> half_promoted_;
};

}  // namespace followd::engine
