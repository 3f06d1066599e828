#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"

#include "engine/control_ports.hpp"
#include "engine/control_report.hpp"
#include "engine/marked_index.hpp"
#include "engine/promoter.hpp"
#include "engine/task.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <optional>
#include <set>
#include <vector>

/// `followd promote`: has followers drained by whoever follows there, holds them back from being
/// followed, and has a Promoter make them indices of their own.

namespace followd::engine {

struct PromoteOptions {
    Duration drain = std::chrono::seconds{30};
    bool no_drain = false;
    bool force = false;  ///< go on where the drain could not be done
};

class PromotionCommand {
public:
    /// `ports` outlives it.
    PromotionCommand(boost::asio::any_io_executor executor, const ControlPorts& ports);

    /// Adds a row for each. One that cannot be drained fails, and is not touched, unless forced.
    [[nodiscard]] Task<void> run(std::vector<MarkedIndex> followers,
                                 PromoteOptions options,
                                 Requester requester,
                                 ControlReport* report);
    /// Until the follower has everything that its leader has now. `timeout`, or the reason why it
    /// cannot come to that.
    [[nodiscard]] Task<Result<void>> wait_drained(IndexPlace follower,
                                                  IndexPlace leader,
                                                  Instant until);
    /// Without a drain.
    [[nodiscard]] Task<void> promote(std::vector<MarkedIndex> followers,
                                     Requester requester,
                                     ControlReport* report);

private:
    [[nodiscard]] Task<std::set<IndexPlace>> find_begun(std::vector<MarkedIndex> marked);
    [[nodiscard]] Task<std::optional<ControlRow>> drain(MarkedIndex marked,
                                                        PromoteOptions options,
                                                        Instant until);
    [[nodiscard]] Task<std::vector<SeqNo>> applied_through(MarkedIndex marked);
    /// Holds it back. A failure: it is no longer the one to promote, and is held as before.
    [[nodiscard]] Task<Result<void>> hold_back(MarkedIndex follower);
    [[nodiscard]] Task<ControlRow> told_as_promoted(PromotedIndex promoted,
                                                    ControlRow before,
                                                    ControlReport* report);

    boost::asio::any_io_executor executor_;
    const ControlPorts& ports_;
};

/// What these indices name and their cluster lacks, as warnings.
[[nodiscard]] Task<void> warn_of_missing(RoleCluster* cluster,
                                         std::vector<RoleIndex> indices,
                                         ControlReport* report);

}  // namespace followd::engine
