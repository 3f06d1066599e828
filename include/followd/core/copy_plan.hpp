#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"
#include "followd/core/action.hpp"
#include "followd/core/bulk_queue.hpp"
#include "followd/core/page_sizer.hpp"
#include "followd/core/retry.hpp"
#include "followd/model/seq_no.hpp"
#include "followd/model/shard_view.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

/// Copies what one confirmed view shows: reads pages ahead, hands them to the bulk queue, and knows
/// through which sequence number everything has been acknowledged.
///
/// Invariant: applied_through() <= `through` (the cycle's G0), and every document of the view at or
/// below it was acknowledged by the follower. In document order nothing is known until the last
/// page is acknowledged; by sequence number it rises page by page.

namespace followd::core {

struct CopyRequest {
    std::optional<ViewId> view;  ///< absent: the one page is handed in with take()
    std::vector<SeqNoRange> ranges;
    PageOrder order = PageOrder::by_seq_no;
    SeqNo applied = SeqNo::none();  ///< C when the cycle began
    SeqNo through = SeqNo::none();  ///< G0
    VersionBase base;
};

class CopyPlan {
public:
    /// `sizer` and `queue` must outlive the plan. `sent_before`: sequence numbers above the last
    /// checkpoint that the cycle before has written already.
    CopyPlan(CopyRequest request,
             PageSizer& sizer,
             BulkQueue& queue,
             std::unordered_set<SeqNo> sent_before);

    /// What may be read and sent now.
    void advance(Instant now, Actions& actions);
    /// When advance() has something to do although nothing is answered.
    [[nodiscard]] std::optional<Instant> wake_at() const;

    /// The answer to a ReadPage of this plan; failures are retried here a few times.
    void page_read(Result<Page> result, Instant now, Random& random);
    /// A page that was read before the plan was made; then no more are read.
    void take(Page page);
    /// The bulk queue was told of answers: collects what they finished.
    void bulks_done();

    [[nodiscard]] bool is_done() const;
    [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
    [[nodiscard]] SeqNo applied_through() const { return applied_; }
    /// Documents acknowledged so far.
    [[nodiscard]] std::int64_t documents() const { return documents_; }
    /// What lies above `through` and was written: the next cycle need not write it again.
    [[nodiscard]] std::unordered_set<SeqNo> take_sent_above() { return std::move(sent_above_); }

private:
    struct PageState {
        BatchId batch = 0;
        SeqNo last = SeqNo::none();
        std::size_t documents = 0;
        bool acknowledged = false;
    };

    CopyRequest request_;
    PageSizer& sizer_;
    BulkQueue& queue_;
    std::unordered_set<SeqNo> sent_before_;
    std::unordered_set<SeqNo> sent_above_;
    std::deque<PageState> pages_;  // in reading order; acknowledged ones leave from the front
    BatchId next_batch_ = 1;
    std::string cursor_;
    bool reading_ = false;
    bool all_read_ = false;
    int read_failures_ = 0;
    Instant read_not_before_{};
    SeqNo applied_;
    std::int64_t documents_ = 0;
    std::optional<Failure> failure_;
};

}  // namespace followd::core
