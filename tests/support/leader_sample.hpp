#pragma once

#include "followd/model/shard_view.hpp"

#include "support/leader_group.hpp"

#include <cstdint>
#include <iterator>
#include <string>
#include <utility>

/// One reading of a shard's counters: those of deletes are collected first, the sequence numbers
/// afterwards, so the world may go on in between. Both come from one primary.

namespace followd::test {

struct HalfSample {
    int node = 0;
    std::int64_t term = 0;
    std::int64_t deletes = 0;
};

[[nodiscard]] inline HalfSample begin_sample(LeaderGroup& leader) {
    return {leader.primary().node, leader.term, leader.primary().deletes};
}

[[nodiscard]] inline ShardSample finish_sample(LeaderGroup& leader,
                                               HalfSample half,
                                               IndexUuid uuid,
                                               HistoryUuid history) {
    const HalfSample now = begin_sample(leader);
    if (half.term != now.term || half.node != now.node) {
        half = now;
    }
    ShardSample sample;
    sample.uuid = std::move(uuid);
    sample.history = std::move(history);
    sample.node = NodeId{"n" + std::to_string(half.node)};
    sample.delete_total = half.deletes;
    sample.global_checkpoint = SeqNo{leader.checkpoint};
    sample.max_seq_no = SeqNo{leader.max_seq_no};
    sample.docs_count = std::ssize(leader.primary().searchable);
    return sample;
}

}  // namespace followd::test
