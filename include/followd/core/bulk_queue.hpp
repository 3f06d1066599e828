#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"
#include "followd/core/action.hpp"
#include "followd/core/retry.hpp"
#include "followd/model/operation.hpp"
#include "followd/model/settings.hpp"
#include "followd/model/shard_view.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// Cuts writes into bulks, keeps a bounded number under way, and sees each item through to its own
/// acknowledgement.
///
/// Invariant: a batch is finished exactly when every item of it was applied or answered 409 (there
/// already, or newer: sound because every version on the follower is in our numbering). An item is
/// never dropped: what failed in a way that may pass is sent again, what was refused for good ends
/// the queue with a failure that names the document.

namespace followd::core {

/// A group of writes whose completion matters together: a page, or a part of a sweep.
using BatchId = std::uint64_t;

class BulkQueue {
public:
    explicit BulkQueue(const LimitSettings& limits);

    /// Takes the writes of one batch; an empty one is finished at once.
    void add(BatchId batch, Bulk writes);

    /// The bulks that may be sent now. Emits at most one Sleep's worth of waiting by wake_at().
    void send(Instant now, Actions& actions);
    /// When something waits for its back-off, the moment to call send() again.
    [[nodiscard]] std::optional<Instant> wake_at() const;

    void done(BulkId id, Result<BulkOutcome> result, Instant now, Random& random);

    /// Batches that finished since the last call, in no particular order.
    [[nodiscard]] std::vector<BatchId> take_finished();
    /// Set once an item was refused for good or a bulk failed too often: nothing more is sent.
    [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }

    [[nodiscard]] bool is_idle() const { return waiting_.empty() && under_way_.empty(); }
    /// Bulks cut and not yet sent: reading ahead stops while this is high.
    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

    /// Lets go of what is not under way. Only reset() makes the queue one for new batches again.
    void drop_waiting() { waiting_.clear(); }
    /// Forgets everything; only while nothing is under way.
    void reset();

    [[nodiscard]] std::int64_t indexed() const { return indexed_; }
    [[nodiscard]] std::int64_t removed() const { return removed_; }
    /// Sequence numbers of items that were answered 409, since the last call.
    [[nodiscard]] std::vector<SeqNo> take_conflicts();
    /// Why something waits to be sent again, if that came up since the last call.
    [[nodiscard]] std::optional<Failure> take_retry_cause();
    /// An answer was lost or late since the last call: the request may be executed at any time yet.
    [[nodiscard]] bool take_unknown_outcome();
    /// Something was sent since the last call.
    [[nodiscard]] bool take_sent();

private:
    struct Part {
        BatchId batch = 0;
        Bulk bulk;
        int attempts = 0;
        Instant not_before{};
    };

    void judge_request(Part part, const Failure& failure, Instant now, Random& random);
    void judge_items(Part part, const BulkOutcome& outcome, Instant now, Random& random);
    void retry(Part part, const Failure& failure, Instant now, Random& random);
    void split(Part part, const Failure& failure);
    void finish_part(BatchId batch);
    void count(const Bulk& bulk, const BulkOutcome& outcome);

    std::size_t bytes_max_;
    std::size_t under_way_max_;
    BulkId next_id_ = 1;
    std::deque<Part> waiting_;
    std::map<BulkId, Part> under_way_;
    std::map<BatchId, std::size_t> parts_left_;
    std::vector<BatchId> finished_;
    std::optional<Failure> failure_;
    std::vector<SeqNo> conflicts_;
    std::optional<Failure> retry_cause_;
    bool unknown_outcome_ = false;
    bool sent_ = false;
    std::int64_t indexed_ = 0;
    std::int64_t removed_ = 0;
};

}  // namespace followd::core
