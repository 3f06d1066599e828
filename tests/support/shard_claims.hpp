#pragma once

#include "followd/model/checkpoint.hpp"
#include "followd/model/seq_no.hpp"

#include "support/follower_copy.hpp"
#include "support/leader_group.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

/// Whether what followd says of a shard is true.

namespace followd::test {

/// Empty where `checkpoint` is right about the follower as it is now; else the first thing that is
/// not. It must be about the leader's present history. `deletes_may_return`: late requests may have
/// brought back what was deleted, so its second mark promises nothing.
[[nodiscard]] inline std::string false_claim(LeaderGroup& leader,
                                             const FollowerCopy& follower,
                                             const Checkpoint& checkpoint,
                                             bool deletes_may_return) {
    const std::int64_t applied = checkpoint.applied_through.value();
    const std::int64_t swept = checkpoint.swept_through.value();
    if (applied > leader.highest_checkpoint()) {
        return "C=" + std::to_string(applied) + " lies above the global checkpoint";
    }
    for (const auto& [id, op] : leader.primary().current) {
        const auto held = follower.documents.find(id);
        const bool is_held = held != follower.documents.end();
        const std::int64_t version = checkpoint.base.of_write(SeqNo{op.seq}).value();
        if (op.kind == OpKind::index && op.seq <= std::min(applied, leader.checkpoint) &&
            (!is_held || held->second.version < version)) {
            return "C=" + std::to_string(applied) + ", but the follower lacks " + id + " of " +
                   std::to_string(op.seq);
        }
        if (op.kind == OpKind::remove && op.seq <= swept && !deletes_may_return && is_held &&
            held->second.version <= version) {
            return "D=" + std::to_string(swept) + ", but the follower has " + id + ", deleted at " +
                   std::to_string(op.seq);
        }
    }
    return {};
}

/// Empty when both sides hold the same operations' documents; else the first difference.
[[nodiscard]] inline std::string difference(LeaderGroup& leader, const FollowerCopy& follower) {
    for (const auto& [id, op] : leader.primary().current) {
        if (op.kind == OpKind::remove) {
            continue;
        }
        const auto held = follower.documents.find(id);
        if (held == follower.documents.end()) {
            return "the follower lacks " + id;
        }
        if (held->second.value != op.value) {
            return "the follower has another " + id;
        }
    }
    for (const auto& [id, document] : follower.documents) {
        const auto live = leader.primary().current.find(id);
        if (live == leader.primary().current.end() || live->second.kind == OpKind::remove) {
            return "the follower still has " + id;
        }
    }
    return {};
}

}  // namespace followd::test
