#include "followd/core/recovery_check.hpp"

#include "followd/base/assert.hpp"

#include <cstdlib>

namespace followd::core {

namespace {

std::string shard_text(std::size_t number, const RecoveredShard& shard) {
    return "shard " + std::to_string(number) + " ends with operation " +
           std::to_string(shard.restored.value());
}

}  // namespace

std::optional<std::string> recovery_problem(const RecoveryEvidence& evidence) {
    FOLLOWD_ASSERT(!evidence.shards.empty());
    FOLLOWD_ASSERT(evidence.documents_before >= 0 && evidence.documents_restored >= 0);
    std::int64_t operations = 0;
    for (std::size_t number = 0; number < evidence.shards.size(); ++number) {
        const RecoveredShard& shard = evidence.shards[number];
        if (shard.restored < shard.checkpoint_before) {
            return shard_text(number, shard) + ", and its leader had all up to " +
                   std::to_string(shard.checkpoint_before.value()) + " before the snapshot";
        }
        if (shard.restored > shard.last_after) {
            return shard_text(number, shard) + ", and its leader had none above " +
                   std::to_string(shard.last_after.value()) + " after the snapshot";
        }
        operations += operations_between(shard.checkpoint_before, shard.last_after);
    }
    const std::int64_t difference =
        std::abs(evidence.documents_restored - evidence.documents_before);
    if (difference > operations) {
        return "it has " + std::to_string(evidence.documents_restored) +
               " documents, its leader had " + std::to_string(evidence.documents_before) +
               ", and no more than " + std::to_string(operations) + " operations came in between";
    }
    return std::nullopt;
}

}  // namespace followd::core
