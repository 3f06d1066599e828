#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"
#include "followd/core/shard_counters.hpp"
#include "followd/model/seq_no.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

/// What a shard's planner tells of itself, as `status` shows it.

namespace followd::core {

enum class ShardPhase { bootstrap, tail, sweep, drain, halted };

/// All of them, in the enumeration's order.
inline constexpr std::array shard_phases{ShardPhase::bootstrap,
                                         ShardPhase::tail,
                                         ShardPhase::sweep,
                                         ShardPhase::drain,
                                         ShardPhase::halted};

[[nodiscard]] std::string_view to_string(ShardPhase phase) noexcept;

struct ShardError {
    Failure failure;
    Instant since;
};

/// Puts `failure` in the place of `error`. One of the same kind lasts since that began.
void note_error(std::optional<ShardError>& error, Failure failure, Instant now);

/// A comparison of both sides that ended with nothing left to do.
struct Proof {
    SeqNo through;  ///< of the leader's operations
    Instant at;
};

struct ShardStatus {
    ShardPhase phase = ShardPhase::bootstrap;
    std::optional<SeqNo> leader_checkpoint;  ///< nothing before the leader was first seen
    SeqNo checkpoint = SeqNo::none();        ///< C as it is stored
    SeqNo swept_through = SeqNo::none();     ///< D
    std::optional<Duration> lag;             ///< since we first saw what the follower lacks
    std::optional<ShardError> last_error;
    std::optional<Proof> proof;           ///< the last since the start
    std::int64_t operations_written = 0;  ///< index and delete, acknowledged, since the start
    std::int64_t deletes_written = 0;
    std::optional<std::int64_t> docs_total;  ///< of the bootstrap; nothing before it was counted
    std::int64_t docs_copied = 0;
    ShardCounters counters;
};

}  // namespace followd::core
