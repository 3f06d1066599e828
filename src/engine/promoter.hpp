#pragma once

#include "engine/role_ports.hpp"
#include "engine/semaphore.hpp"
#include "engine/task.hpp"
#include "engine/task_group.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// Makes followers indices of their own (design.md section 6, the end): fence away, writes blocked,
/// point read, role recorded, and only then writes let in. Needs the followers' cluster alone, so
/// it works with the leader dead and with the daemon dead.
///
/// Invariant: between the moment an index takes a client's write and the moment its own segment
/// begins there is nothing: what lies at or below the recorded point was copied, what lies above is
/// its own. The point is recorded in the journal before the mark says it, and never read twice.
///
/// Whoever comes after a crash runs the same steps again; each is done where its state is there.

namespace followd::engine {

/// Who asked, and when, for the journal and the mark.
struct Requester {
    std::string by;  ///< user@host
    std::string at;  ///< ISO 8601
};

/// What became of one index.
struct PromotedIndex {
    RoleIndex index;  ///< as it was found
    std::optional<Failure> failure;
    bool was_promoted_before = false;
};

struct PromotionOutcome {
    std::vector<PromotedIndex> indices;
    std::vector<std::string> warnings;  ///< sentences
};

class Promoter {
public:
    Promoter(const boost::asio::any_io_executor& executor, RoleCluster& cluster);

    /// Indices of one cluster, together. `applied` by follower index: the leader's operations that
    /// are certainly here, by shard; absent where nothing is known. Those without a mark, or of
    /// role leader, fail with `refused`.
    [[nodiscard]] Task<PromotionOutcome> promote(std::vector<RoleIndex> indices,
                                                 std::map<IndexName, std::vector<SeqNo>> applied,
                                                 Requester requester);

private:
    [[nodiscard]] Task<Result<void>> run_steps();
    [[nodiscard]] Task<Result<void>> open_journals();
    [[nodiscard]] Task<Result<void>> end_copying();
    [[nodiscard]] Task<void> record_roles();
    [[nodiscard]] Task<Result<void>> let_writes_in();
    [[nodiscard]] Task<Result<void>> close_journals();
    /// `begun`: those whose journal this run opened.
    [[nodiscard]] Task<Result<void>> read_again(std::set<IndexName> begun);
    [[nodiscard]] Task<Result<void>> read_points();
    [[nodiscard]] Task<void> mark(std::size_t number);
    [[nodiscard]] std::vector<RoleIndex> in_work() const;
    void fail_all(const Failure& failure);

    RoleCluster& cluster_;
    Semaphore marks_;
    TaskGroup group_;
    // Of the promotion under way; failed ones are left out from then on.
    PromotionOutcome outcome_;
    std::map<IndexName, ChangingIndex> changing_;
    std::map<IndexName, std::vector<SeqNo>> applied_;
    Requester requester_;
};

}  // namespace followd::engine
