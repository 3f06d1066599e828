#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"
#include "followd/core/action.hpp"
#include "followd/core/bulk_queue.hpp"
#include "followd/core/comparison.hpp"
#include "followd/core/event.hpp"
#include "followd/core/page_sizer.hpp"
#include "followd/core/retry.hpp"
#include "followd/core/view_confirmation.hpp"
#include "followd/model/origins.hpp"
#include "followd/model/settings.hpp"
#include "followd/model/shard_view.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

/// Finds what the two sides differ in and makes the follower like the leader's view: deletes what
/// the leader no longer has, writes what the follower lacks (design.md section 4).
///
/// Invariant: a document is deleted on the follower only when (a) the confirmed view lacks its
/// operation, (b) that operation is at or below the view's G0, (c) a real-time lookup on the leader
/// did not find the document, and (d) after the lookup the global checkpoint covered the primary's
/// max_seq_no in the same index, term and history. The deletion's version is the document's own
/// plus one, so a re-creation wins in either order.

namespace followd::core {

struct SweepRequest {
    ViewId view;              ///< confirmed; everything through `through` was copied from it
    LeaderIdentity identity;  ///< of the cycle
    HistoryUuid history;
    SeqNo through = SeqNo::none();  ///< G0
    VersionBase base;
    ShardSample seen;                 ///< the first sample after the view was opened
    bool is_audit = false;            ///< draws the buckets at random
    std::vector<SeqNoRange> doubted;  ///< listed on both sides, whatever counts say
    bool has_nested = false;          ///< then Lucene's count says nothing about documents
    /// What the same sweep in an earlier view wanted to delete, when the guard held it back.
    std::optional<std::int64_t> guarded_before;
    std::vector<OlderSpace> older;  ///< what else than the leader's own operations is compared
    bool was_raised = false;        ///< `base` has others before it that still count
    /// Whatever stands on the follower lies below `base`: what stands in another's place is written
    /// again, too.
    bool is_repair = false;
};

class SweepPlan {
public:
    SweepPlan(SweepRequest request,
              const LimitSettings& limits,
              double delete_guard,
              PageSizer& sizer,
              BulkQueue& queue,
              Random& random);

    /// Emits the first actions.
    void begin(Actions& actions);
    void advance(Instant now, Actions& actions);
    [[nodiscard]] std::optional<Instant> wake_at() const;

    /// Each answer to an action of this plan; may emit the next.
    void on(const FollowerRefreshed& event, Actions& actions);
    void on(LeaderCounted event, Actions& actions);
    void on(FollowerCounted event, Actions& actions);
    void on(LeaderListed event, Actions& actions);
    void on(FollowerListed event, Actions& actions);
    void on(const LookedUp& event, Actions& actions);
    void on(const SampleRead& event, Actions& actions);
    void on(const IdentityRead& event, Actions& actions);
    void on(PageRead event, Actions& actions);
    void on(const DocumentsCounted& event, Actions& actions);
    void bulks_done(Actions& actions);

    /// Both sides' first counts are in: what follows costs by what differs, not by the shard's
    /// size.
    [[nodiscard]] bool has_counted() const { return has_counted_; }
    [[nodiscard]] bool is_done() const { return step_ == Step::done; }
    [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
    /// Set when the delete guard wants to see the same in a fresh view: the count it saw.
    [[nodiscard]] std::optional<std::int64_t> guarded() const { return guarded_; }
    /// Something that was listed differed: what stood in another's place may show only now.
    [[nodiscard]] bool has_found_differences() const { return has_found_; }
    /// Documents that the follower lacks and refused as too old, though the leader has nothing
    /// newer of them: someone else wrote them there.
    [[nodiscard]] std::int64_t foreign_documents() const { return foreign_; }
    /// The lowest operation of such a document.
    [[nodiscard]] std::optional<SeqNo> first_foreign() const { return first_foreign_; }

private:
    enum class Step {
        refresh,
        count,
        count_documents,
        list,
        look_up,
        confirm_sample,
        confirm_pause,
        confirm_identity,
        remove,
        reread,
        rewrite,
        look_up_refused,
        done,
    };

    void ask(Actions& actions);
    void both_counted(Actions& actions);
    void both_listed(Actions& actions);
    void look_up_surplus(Actions& actions);
    void confirm(ViewConfirmation::Step step, Actions& actions);
    void remove_absent(Actions& actions);
    /// What to write a document of the leader's with.
    [[nodiscard]] Version version_of(SeqNo origin) const;
    void reread_missing(Actions& actions);
    void look_up_refused(Actions& actions);
    void count_foreign(const std::vector<LookupResult>& found);
    void fail(const Failure& failure) { failure_ = failure; }
    [[nodiscard]] bool exceeds_guard() const;
    /// Documents of the leader's that stand on the follower in the place of another operation are
    /// missing in their own, though something else may stand there and hide it.
    void add_misplaced();

    SweepRequest request_;
    double delete_guard_;
    std::size_t page_operations_max_;
    PageSizer& sizer_;
    BulkQueue& queue_;
    Comparison comparison_;
    Step step_ = Step::refresh;
    bool guard_passed_ = false;
    bool has_counted_ = false;
    std::optional<std::vector<Bucket>> leader_buckets_;
    std::optional<std::vector<Bucket>> follower_buckets_;
    std::optional<std::vector<SeqNo>> leader_list_;
    std::optional<std::vector<FollowerDocument>> follower_list_;
    Comparison::Difference difference_;
    std::vector<LookupResult> looked_up_;
    std::optional<ViewConfirmation> confirmation_;
    std::optional<Instant> pause_until_;
    BatchId next_batch_ = 1;
    std::size_t missing_done_ = 0;
    std::size_t missing_asked_ = 0;
    std::map<SeqNo, Lookup> rewritten_;  // of the last page
    std::vector<SeqNo> refused_;
    std::set<SeqNo> misplaced_;  // that were written again
    bool has_found_ = false;
    std::int64_t foreign_ = 0;
    std::optional<SeqNo> first_foreign_;
    std::optional<std::int64_t> guarded_;
    std::optional<Failure> failure_;
};

}  // namespace followd::core
