#pragma once

#include "followd/base/result.hpp"
#include "followd/core/comparison.hpp"
#include "followd/core/verification.hpp"
#include "followd/model/origins.hpp"
#include "followd/model/settings.hpp"

#include "engine/ports.hpp"
#include "engine/task.hpp"

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

/// Compares which operations made the documents that a confirmed view of the leader shows, and
/// those that the follower has: exactly, by listing what counts do not prove.

namespace followd::engine {

/// What a comparison works with. All of it outlives whoever compares.
struct VerifyPorts {
    LeaderShard& leader;
    FollowerShard& follower;
    Timers& timers;
};

/// A view of the leader that no failover can take back.
struct VerifyView {
    ViewId id;
    SeqNo through;  ///< G0: every live document up to it shows in the view
    SeqNo newest;   ///< M*: none above it does
};

class ViewComparison {
public:
    ViewComparison(VerifyPorts ports,
                   VersionBase base,
                   std::vector<OlderSpace> older,
                   LimitSettings limits);

    /// `settle`: how long the follower is given to get what the view shows, before we look there.
    [[nodiscard]] Task<Result<core::VerificationRound>> compare(VerifyView view, Duration settle);

private:
    [[nodiscard]] Task<Result<void>> compare_sets(VerifyView view);
    [[nodiscard]] Task<Result<void>> count_both(ViewId view, HistogramRequest request);
    [[nodiscard]] Task<Result<void>> list_both(VerifyView view, core::Comparison::ListBoth list);
    [[nodiscard]] Task<Result<void>> list_beyond(SeqNo newest);
    [[nodiscard]] Task<Result<void>> drop_outdated(VerifyView view);
    /// Takes the missing documents of `batch` that are outdated into outdated_.
    [[nodiscard]] Task<Result<void>> find_outdated(OperationBatch batch);
    /// Of several documents of one operation, takes away the one that the leader has by it.
    [[nodiscard]] Task<Result<void>> drop_rightful();

    VerifyPorts ports_;
    VersionBase base_;
    std::vector<OlderSpace> older_;
    LimitSettings limits_;
    // Of the comparison under way.
    core::Comparison comparison_;
    core::VerificationRound round_;
    std::unordered_map<std::string, SeqNo> newest_of_;  // ids on the follower, above G0
    std::set<SeqNo> outdated_;
};

}  // namespace followd::engine
