#pragma once

#include "followd/model/seq_no.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Whether an index that was restored from a snapshot is what its leader was. Pure.

namespace followd::core {

/// What is known of one shard.
struct RecoveredShard {
    SeqNo checkpoint_before;  ///< the leader's global checkpoint, before the snapshot began
    SeqNo last_after;         ///< the leader's max_seq_no, after it had ended
    SeqNo restored;           ///< max_seq_no of the restored shard
};

struct RecoveryEvidence {
    std::vector<RecoveredShard> shards;
    std::int64_t documents_before = 0;  ///< the leader's, counted after the checkpoints were read
    std::int64_t documents_restored = 0;
};

/// Why it is not, as a sentence; nothing where it is whole.
///
/// A snapshot has every operation up to a checkpoint that was read before, and none that the leader
/// got after its end. Each operation in between may have brought or taken one document, so that of
/// a leader that stood still the count must be the very same. The checkpoint, not max_seq_no, is
/// what the count is measured by: an operation above it may have had its number and not have been
/// searchable yet when the documents were counted.
[[nodiscard]] std::optional<std::string> recovery_problem(const RecoveryEvidence& evidence);

}  // namespace followd::core
