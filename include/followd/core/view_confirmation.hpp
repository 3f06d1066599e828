#pragma once

#include "followd/model/ids.hpp"
#include "followd/model/seq_no.hpp"
#include "followd/model/shard_view.hpp"

#include <optional>

/// Whether what a view of the leader showed can still be rolled back (design.md section 2, steps 3
/// and 6).
///
/// Invariant: a view is confirmed only when the global checkpoint reached M*, the primary's
/// max_seq_no read after the view was opened, in the index, term and history of the cycle's start,
/// with the term read again after that last global checkpoint. Nothing of a view is written, and no
/// checkpoint rises, before.

namespace followd::core {

class ViewConfirmation {
public:
    enum class Step {
        read_sample,    ///< not covered yet: wait a moment, then read the counters again
        read_identity,  ///< read the term once more
        confirmed,
        broken,  ///< another term, history or index: drop the view and begin again
    };

    /// The view was opened in a cycle that began with these.
    ViewConfirmation(LeaderIdentity identity, HistoryUuid history);

    /// Also a sample that does not cover M* is followed by a look at the term: after a failover
    /// what stood above the checkpoint may be gone, and M* is never reached.
    [[nodiscard]] Step sampled(const ShardSample& sample);
    [[nodiscard]] Step identified(const LeaderIdentity& identity) const;

private:
    LeaderIdentity identity_;
    HistoryUuid history_;
    std::optional<SeqNo> max_seq_no_;  // M*
    bool is_covered_ = false;          // by the global checkpoint of the last sample
};

}  // namespace followd::core
