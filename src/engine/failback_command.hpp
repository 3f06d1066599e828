#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"

#include "engine/control_ports.hpp"
#include "engine/control_report.hpp"
#include "engine/marked_index.hpp"
#include "engine/promotion_command.hpp"
#include "engine/task.hpp"
#include "engine/turner.hpp"

#include <optional>

/// `followd failback` and its switch, and the undoing of a promotion: all make an index that leads
/// a follower, by a Turner, while nobody follows it.

namespace followd::engine {

class FailbackCommand {
public:
    /// All outlive it.
    FailbackCommand(const ControlPorts& ports, PromotionCommand& promotions);

    /// The old leader of `leading` follows it. Done where it does, or is about to, already.
    [[nodiscard]] Task<ControlRow> fail_back(MarkedIndex leading, Requester requester);
    /// The follower that a failback made leads again, its leader follows. Writers wait meanwhile:
    /// what they wrote before is on both sides, and what they write after is taken by one only.
    /// Nothing where the pair is none that a failback turned round.
    [[nodiscard]] Task<std::optional<ControlRow>> switch_back(MarkedIndex found,
                                                              Duration drain,
                                                              Requester requester);
    /// A promoted index follows again; writes since then are taken away only with `may_discard`.
    [[nodiscard]] Task<ControlRow> take_back(MarkedIndex promoted,
                                             bool may_discard,
                                             Requester requester);
    /// What fail_back() would do.
    [[nodiscard]] Task<ControlRow> plan(MarkedIndex leading);

private:
    [[nodiscard]] Task<Result<std::optional<RoleChange>>> begun_change(ClusterName cluster,
                                                                       RoleIndex index);
    [[nodiscard]] Task<Result<void>> promote(MarkedIndex index, Requester requester);
    [[nodiscard]] Task<Result<void>> finish_promotion(MarkedIndex leading, Requester requester);
    /// Whether the leader of `following` leads it, after a turn; its promotion has ended then.
    [[nodiscard]] Task<Result<bool>> is_led(MarkedIndex following, Requester requester);
    [[nodiscard]] Task<Result<bool>> finish_turn(MarkedIndex following, Requester requester);
    [[nodiscard]] Task<ControlRow> already_leads(MarkedIndex following, Requester requester);
    [[nodiscard]] Task<ControlRow> switch_pair(MarkedIndex following,
                                               Duration drain,
                                               Requester requester);
    [[nodiscard]] Task<Result<void>> hand_over(MarkedIndex following,
                                               Duration drain,
                                               Requester requester);
    [[nodiscard]] Task<ControlRow> run_turn(TurnTask task);

    const ControlPorts& ports_;
    PromotionCommand& promotions_;
};

}  // namespace followd::engine
