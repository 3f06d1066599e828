#pragma once

#include "followd/core/action.hpp"
#include "followd/core/event.hpp"
#include "followd/core/shard_planner.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

/// Watches what a ShardPlanner asks for, and compares it with what it was told. Knows nothing of
/// how the planner decides: only what its header, action.hpp and the ports promise.

namespace followd::fuzz {

class PlannerWatch {
public:
    /// `keeps_contract`: the answers are what src/engine/ports.hpp permits. Else only promises are
    /// judged that hold whatever a server says.
    PlannerWatch(core::PlannerOptions options, bool keeps_contract);

    /// Before the planner's `actions` are performed.
    void asked(const core::Actions& actions);
    /// Before the planner is told `event`, the answer to `action`.
    void answered(const core::Action& action, const core::Event& event);
    /// Before it is told of a poll.
    void polled(const ShardSample& sample);
    /// After each step.
    void stepped(const core::ShardPlanner& planner, Instant now);

    /// The highest global checkpoint that it may ever have believed.
    [[nodiscard]] SeqNo highest_checkpoint() const { return highest_; }
    [[nodiscard]] std::size_t under_way() const;

private:
    void check(const core::Action& action);
    void check_page(const PageRequest& request);
    void check_counts(const HistogramRequest& request);
    void check_range(const SeqNoRange& range, std::size_t limit);
    void check_bulk(const Bulk& bulk);
    void check_save(const Checkpoint& checkpoint);
    void check_view(const ViewId& view);
    void check_bounds() const;
    void begin_cycle();

    void note(const core::ReadPage& asked, const core::PageRead& event);
    void note(const core::SendBulk& asked, const core::BulkDone& event);
    void note(const core::LookUp& asked, const core::LookedUp& event);
    void note_count(SeqNo& counted_through, SeqNo through);
    void note_sample(const ShardSample& sample);

    template <class A>
    [[nodiscard]] std::size_t count() const;

    core::PlannerOptions options_;
    bool keeps_contract_;
    std::map<std::size_t, std::size_t> under_way_;  // by the action's index in its variant
    std::set<core::BulkId> bulks_;                  // all there ever were
    std::set<ViewId> views_;                        // open ones
    SeqNo highest_ = SeqNo::none();

    std::set<SeqNo> shown_;         // by pages of the cycle's copy
    std::set<SeqNo> acknowledged_;  // as written or there already, ever
    std::set<std::string> absent_;  // ids that the last look-up did not find
    // How far either side was counted since the cycle's last page, and both ever were.
    SeqNo leader_counted_ = SeqNo::none();
    SeqNo follower_counted_ = SeqNo::none();
    SeqNo compared_ = SeqNo::none();
};

}  // namespace followd::fuzz
