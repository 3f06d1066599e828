#pragma once

#include "followd/model/seq_no.hpp"
#include "followd/model/shard_view.hpp"

#include <cstdint>
#include <deque>
#include <optional>

/// When to look for deletes (design.md section 3). The primary's `delete_total` counts a delete
/// when the primary processes it, before the global checkpoint covers it, may come a moment late,
/// and falls to 0 when the primary moves or reopens.
///
/// Invariant: while is_sweep_due() is false, every delete with a sequence number through the last
/// finished sweep's has been found, and none is known above it.

namespace followd::core {

class DeleteCounter {
public:
    /// Every sample that is taken while the primary term stays, in order.
    void observe(const ShardSample& sample);
    /// A sweep that began at `through` ended with a confirmed view.
    void swept(SeqNo through);
    /// Nothing is known any more: another term or history, a missing primary, an unknown outcome.
    void forget();

    [[nodiscard]] bool is_sweep_due() const;

private:
    struct Seen {
        std::int64_t delete_total;
        SeqNo max_seq_no;
    };
    std::deque<Seen> samples_;  // of node_ only; bounded by samples_max
    std::optional<NodeId> node_;
    std::optional<std::int64_t> base_;
};

}  // namespace followd::core
