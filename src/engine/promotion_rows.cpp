#include "engine/promotion_rows.hpp"

#include "engine/index_follower.hpp"
#include "engine/recovery_text.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace followd::engine {

namespace {

/// How long ago both sides were last compared, for the end of a sentence.
std::string proof_of(const IndexFollower* follower, Instant now) {
    const FollowerStatus status = follower == nullptr ? FollowerStatus{} : follower->status();
    std::optional<Instant> oldest;
    for (const core::ShardStatus& shard : status.shards) {
        if (!shard.proof) {
            return "not yet proved equal by this daemon";
        }
        oldest = std::min(oldest.value_or(shard.proof->at), shard.proof->at);
    }
    if (!oldest) {
        return "nobody followed there, so when it was last proved equal is not known";
    }
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - *oldest).count();
    return "last proved equal " + std::to_string(age) + " s before";
}

/// The operations that followers there are known to miss; nothing where nobody follows.
std::optional<std::int64_t> missing_operations(const IndexFollower* follower) {
    if (follower == nullptr) {
        return std::nullopt;
    }
    std::int64_t missing = 0;
    for (const core::ShardStatus& shard : follower->status().shards) {
        if (shard.leader_checkpoint) {
            missing += operations_between(shard.checkpoint, *shard.leader_checkpoint);
        }
    }
    return missing;
}

}  // namespace

ControlRow promoted_row(const ControlPorts& ports, const MarkedIndex& follower) {
    if (follower.is_generation()) {
        return done_row(follower.known_as(),
                        "promoted " + as_of_text(*follower.index.recovery, ports.clock()) +
                            "; the index is " + follower.index.name.value());
    }
    const IndexFollower* following = ports.supervisor.find(follower.place());
    ControlRow row =
        done_row(follower.place(), "promoted; " + proof_of(following, ports.timers.now()));
    row.missing_operations = missing_operations(following).value_or(-1);
    return row;
}

ControlRow planned_row(const ControlPorts& ports, const MarkedIndex& follower) {
    ControlRow row = done_row(follower.known_as(), "promote: it would become an index of its own");
    if (follower.is_generation()) {
        row.what += ", " + as_of_text(*follower.index.recovery, ports.clock()) + " now";
    } else {
        row.missing_operations =
            missing_operations(ports.supervisor.find(follower.place())).value_or(-1);
    }
    return row;
}

ControlRow undrained_row(const ControlPorts& ports, const MarkedIndex& follower, Failure failure) {
    const std::optional<std::int64_t> missing =
        missing_operations(ports.supervisor.find(follower.place()));
    failure.what +=
        missing ? "; " + std::to_string(*missing) + " operations are known to be missing here"
                : "; how many operations are missing here is not known";
    failure.what +=
        ". Nothing was changed. To go on without them: --force, or --no-drain where "
        "the leader is known to be lost";
    ControlRow row = failed_row(follower.place(), std::move(failure));
    row.missing_operations = missing.value_or(-1);
    return row;
}

ControlRow undrainable_row(const ControlPorts& ports, const MarkedIndex& generation) {
    const IndexPlace alias = generation.known_as();
    return failed_row(
        alias,
        Failure{FailureKind::refused,
                "it is recovered by schedule, and cannot be brought level with its leader: it is " +
                    as_of_text(*generation.index.recovery, ports.clock()) +
                    " now. Nothing was changed. To promote it as it is: followd promote "
                    "--no-drain " +
                    alias.index.value(),
                alias.text()});
}

std::string promoted_before_text(const RoleIndex& index) {
    return index.promotion
               ? "was promoted already, at " + index.promotion->at + " by " + index.promotion->by
               : "was promoted already";
}

}  // namespace followd::engine
