#pragma once

#include "engine/control_ports.hpp"
#include "engine/control_report.hpp"
#include "engine/failback_command.hpp"
#include "engine/marked_index.hpp"
#include "engine/promotion_command.hpp"
#include "engine/repair_command.hpp"
#include "engine/task.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <set>
#include <vector>

/// The commands that change what is followed, and which side leads: the daemon runs them for the
/// admin API, and the command line alone where no daemon answers. All may be given again; two never
/// work on one pair at the same time.

namespace followd::engine {

class Control {
public:
    Control(boost::asio::any_io_executor executor, ControlPorts ports);
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;

    [[nodiscard]] Task<ControlReport> pause(ControlTargets targets, Requester requester);
    [[nodiscard]] Task<ControlReport> unfollow(ControlTargets targets, Requester requester);
    /// Takes an unfollow back. A target may be a rule's name.
    [[nodiscard]] Task<ControlReport> follow(ControlTargets targets, Requester requester);
    /// Takes a pause back, or a promotion: one that was written to since only with
    /// `discard_local`, which saves those writes and takes them away.
    [[nodiscard]] Task<ControlReport> resume(ControlTargets targets,
                                             bool discard_local,
                                             Requester requester);
    [[nodiscard]] Task<ControlReport> promote(ControlTargets targets,
                                              PromoteOptions options,
                                              Requester requester);
    /// Exactly that follower, without a drain. `conflict` where its leader index is there after all
    /// (it may have left the alias that the rule names).
    [[nodiscard]] Task<ControlReport> promote_abandoned(IndexPlace follower, Requester requester);
    /// The old leaders of promoted followers follow them.
    [[nodiscard]] Task<ControlReport> failback(ControlTargets targets, Requester requester);
    /// Once they are level: the direction is turned round again. Writers wait meanwhile.
    [[nodiscard]] Task<ControlReport> switch_back(ControlTargets targets,
                                                  Duration drain,
                                                  Requester requester);
    /// Followers that somebody else wrote to are made like their leaders again. `wait`: how long
    /// a difference may take to go away by itself.
    [[nodiscard]] Task<ControlReport> repair(ControlTargets targets, Duration wait);
    /// What promote() or failback() would do.
    [[nodiscard]] Task<ControlReport> plan(ControlTargets targets);

private:
    class Busy;

    [[nodiscard]] std::vector<FollowerStatus> find_followed(const ControlTargets& targets,
                                                            ControlReport& report) const;
    [[nodiscard]] Task<ControlReport> keep_intent(ControlTargets targets,
                                                  IntentKind kind,
                                                  Requester requester);
    [[nodiscard]] Task<ControlRow> let_go_on(IndexPlace place, Requester requester);

    ControlPorts ports_;
    PromotionCommand promotions_;
    FailbackCommand failbacks_;
    RepairCommand repairs_;
    std::set<IndexPlace> busy_;
};

}  // namespace followd::engine
