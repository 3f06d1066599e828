#include "followd/core/copy_plan.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace followd::core {

namespace {

// The view stays open meanwhile; beyond this the cycle begins again from the checkpoint.
constexpr int read_failures_max = 5;

}  // namespace

CopyPlan::CopyPlan(CopyRequest request,
                   PageSizer& sizer,
                   BulkQueue& queue,
                   std::unordered_set<SeqNo> sent_before)
    : request_(std::move(request)),
      sizer_(sizer),
      queue_(queue),
      sent_before_(std::move(sent_before)),
      applied_(request_.applied) {
    FOLLOWD_ASSERT(queue_.is_idle());
    FOLLOWD_ASSERT(request_.applied <= request_.through);
}

void CopyPlan::advance(Instant now, Actions& actions) {
    if (failure_) {
        return;
    }
    queue_.send(now, actions);
    if (queue_.failure()) {
        failure_ = queue_.failure();
        return;
    }
    // One page ahead of what is being written keeps the follower busy; more only costs memory.
    const bool may_read = !all_read_ && !reading_ && now >= read_not_before_;
    if (may_read && queue_.waiting() == 0) {
        FOLLOWD_ASSERT(request_.view.has_value());
        reading_ = true;
        actions.emplace_back(ReadPage{PageRequest{request_.view,
                                                  request_.ranges,
                                                  request_.order,
                                                  cursor_,
                                                  sizer_.operations_max(),
                                                  sizer_.bytes_max()}});
    }
}

std::optional<Instant> CopyPlan::wake_at() const {
    std::optional<Instant> wake = queue_.wake_at();
    // While bulks wait no page is read, and whatever ends their waiting calls advance() again.
    if (!all_read_ && !reading_ && read_failures_ > 0 && queue_.waiting() == 0) {
        wake = wake ? std::min(*wake, read_not_before_) : read_not_before_;
    }
    return wake;
}

void CopyPlan::page_read(Result<Page> result, Instant now, Random& random) {
    FOLLOWD_ASSERT(reading_);
    reading_ = false;
    if (result.ok()) {
        read_failures_ = 0;
        Page page = std::move(result).value();
        all_read_ = page.is_last;
        cursor_ = page.cursor;
        const bool last = all_read_;
        take(std::move(page));
        all_read_ = last;
        return;
    }
    const Failure& failure = result.failure();
    switch (judge(failure.kind)) {
        case Verdict::split:
            if (!sizer_.shrink()) {
                failure_ = Failure{FailureKind::refused,
                                   "a single document of the leader does not fit into half of "
                                   "limits.memory: raise it (" +
                                       failure.what + ")",
                                   failure.where};
            }
            return;
        case Verdict::again: {
            if (++read_failures_ > read_failures_max) {
                failure_ = failure;
                return;
            }
            Backoff backoff{read_failures_ - 1};
            read_not_before_ = now + backoff.next(random);
            return;
        }
        case Verdict::reread:
        case Verdict::halt:
        case Verdict::stop:
            failure_ = failure;
            return;
    }
}

void CopyPlan::take(Page page) {
    all_read_ = true;
    const std::vector<Operation>& operations = page.batch.operations;
    sizer_.read(operations.size(), page.batch.bytes ? page.batch.bytes->size() : 0);
    Bulk bulk;
    if (page.batch.bytes) {
        bulk.owners.push_back(page.batch.bytes);
    }
    bulk.items.reserve(operations.size());
    SeqNo last = SeqNo::none();
    for (const Operation& operation : operations) {
        last = operation.seq_no;
        if (operation.seq_no > request_.through) {
            sent_above_.insert(operation.seq_no);
        }
        if (sent_before_.contains(operation.seq_no)) {
            continue;
        }
        bulk.items.push_back(WriteItem{WriteKind::index,
                                       request_.base.of_write(operation.seq_no),
                                       operation.seq_no,
                                       operation.id,
                                       operation.routing,
                                       operation.source});
    }
    // The last page of all covers what holds no document: deletes, no-ops, the end.
    if (page.is_last) {
        last = std::max(last, request_.through);
    }
    const PageState state{next_batch_++, last, operations.size(), false};
    pages_.push_back(state);
    queue_.add(state.batch, std::move(bulk));
}

void CopyPlan::bulks_done() {
    (void)queue_.take_conflicts();  // newer on the follower already, so done: nothing to tell
    for (const BatchId finished : queue_.take_finished()) {
        const auto page = std::ranges::find(pages_, finished, &PageState::batch);
        FOLLOWD_ASSERT(page != pages_.end() && !page->acknowledged);
        page->acknowledged = true;
    }
    while (!pages_.empty() && pages_.front().acknowledged) {
        documents_ += static_cast<std::int64_t>(pages_.front().documents);
        if (request_.order == PageOrder::by_seq_no) {
            applied_ = std::max(applied_, std::min(pages_.front().last, request_.through));
        }
        pages_.pop_front();
    }
    if (is_done() && request_.order == PageOrder::by_document) {
        applied_ = request_.through;
    }
}

bool CopyPlan::is_done() const {
    return all_read_ && !reading_ && pages_.empty();
}

}  // namespace followd::core
