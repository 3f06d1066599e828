#include "cli/recovery_check.hpp"

#include "followd/model/schedule.hpp"
#include "followd/model/wall_time.hpp"

#include <algorithm>
#include <utility>

namespace followd::cli {

RecoveryCheck::RecoveryCheck(RecoveryCheckPorts ports, FollowRule rule, WallTime now)
    : ports_(ports), rule_(std::move(rule)), now_(now) {}

Task<IndexCheck> RecoveryCheck::check(core::FollowClaim claim) {
    IndexCheck checked;
    checked.leader_index = claim.leader_index.value();
    checked.follower_index = claim.follower_index.value();
    Result<engine::IndexDefinition> definition =
        co_await ports_.leader.read_definition(claim.leader_index);
    if (!definition.ok()) {
        checked.problem = std::move(definition).failure();
        co_return checked;
    }
    if (definition->index.state == engine::IndexState::closed) {
        checked.is_left_out = true;
        checked.problem =
            Failure{FailureKind::refused, "it is closed, and so in no snapshot: open it", {}};
        co_return checked;
    }
    checked.problem = co_await find_obstacle(std::move(definition).value());
    if (checked.problem) {
        co_return checked;
    }
    const Result<std::vector<engine::Generation>> generations =
        co_await ports_.generations.list_generations(claim.follower_index);
    if (!generations.ok()) {
        checked.problem = generations.failure();
        co_return checked;
    }
    judge(*generations, checked);
    co_return checked;
}

Task<std::optional<Failure>> RecoveryCheck::find_obstacle(engine::IndexDefinition definition) {
    const Result<engine::Release> leader = co_await ports_.source.read_release();
    if (!leader.ok()) {
        co_return leader.failure();
    }
    const Result<engine::Release> follower = co_await ports_.target.read_release();
    if (!follower.ok()) {
        co_return follower.failure();
    }
    const std::string why = ports_.target.why_not_restorable(*leader, *follower, definition);
    if (why.empty()) {
        co_return std::nullopt;
    }
    co_return Failure{FailureKind::refused, "no snapshot of it can be restored: " + why, {}};
}

void RecoveryCheck::judge(const std::vector<engine::Generation>& generations,
                          IndexCheck& checked) const {
    const auto promoted =
        std::ranges::find(generations, MarkRole::promoted, &engine::Generation::role);
    if (promoted != generations.end()) {
        checked.problem =
            Failure{FailureKind::conflict,
                    promoted->index.value() +
                        " was promoted and is an index of its own, so its schedule has ended",
                    rule_.follower.value()};
        return;
    }
    checked.every = rule_.every.text;
    checked.next_run = now_;
    checked.follower_state = "to be created";
    // Oldest first; without a mark one is half restored.
    for (const engine::Generation& generation : generations) {
        if (generation.role == MarkRole::follower && generation.point) {
            checked.next_run = std::max(now_, next_after(rule_.every, generation.point->as_of));
            checked.follower_state = "as of " + utc_text(generation.point->as_of);
        }
    }
}

}  // namespace followd::cli
