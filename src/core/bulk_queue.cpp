#include "followd/core/bulk_queue.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace followd::core {

namespace {

// With the back-off of retry.hpp about a minute; then the cycle is given up and begins again from
// the checkpoint, which waits for as long as it takes.
constexpr int attempts_max = 10;

// An action line beside id and routing: names, braces, version.
constexpr std::size_t action_line_bytes = 80;

std::size_t request_bytes(const WriteItem& item) {
    return item.id.size() + item.routing.size() + item.source.size() + action_line_bytes;
}

}  // namespace

BulkQueue::BulkQueue(const LimitSettings& limits)
    : bytes_max_(limits.max_write_request_bytes),
      under_way_max_(limits.max_outstanding_write_requests) {
    FOLLOWD_ASSERT(under_way_max_ >= 1);
}

void BulkQueue::add(BatchId batch, Bulk writes) {
    FOLLOWD_ASSERT(!parts_left_.contains(batch));
    if (writes.items.empty()) {
        finished_.push_back(batch);
        return;
    }
    std::size_t parts = 0;
    std::size_t bytes = 0;
    Part part{batch, Bulk{{}, writes.owners}, 0, Instant{}};
    for (const WriteItem& item : writes.items) {
        const std::size_t item_bytes = request_bytes(item);
        if (!part.bulk.items.empty() && bytes + item_bytes > bytes_max_) {
            waiting_.push_back(std::move(part));
            ++parts;
            part = Part{batch, Bulk{{}, writes.owners}, 0, Instant{}};
            bytes = 0;
        }
        bytes += item_bytes;
        part.bulk.items.push_back(item);
    }
    waiting_.push_back(std::move(part));
    parts_left_.emplace(batch, parts + 1);
}

void BulkQueue::send(Instant now, Actions& actions) {
    if (failure_) {
        return;
    }
    for (auto part = waiting_.begin();
         part != waiting_.end() && under_way_.size() < under_way_max_;) {
        if (part->not_before > now) {
            ++part;
            continue;
        }
        const BulkId id = next_id_++;
        actions.emplace_back(SendBulk{id, part->bulk});
        sent_ = true;
        under_way_.emplace(id, std::move(*part));
        part = waiting_.erase(part);
    }
}

std::optional<Instant> BulkQueue::wake_at() const {
    if (failure_ || waiting_.empty() || under_way_.size() >= under_way_max_) {
        return std::nullopt;
    }
    const auto earliest = std::ranges::min_element(waiting_, {}, &Part::not_before);
    return earliest->not_before;
}

void BulkQueue::done(BulkId id, Result<BulkOutcome> result, Instant now, Random& random) {
    const auto found = under_way_.find(id);
    FOLLOWD_ASSERT(found != under_way_.end());
    Part part = std::move(found->second);
    under_way_.erase(found);
    if (result.ok()) {
        judge_items(std::move(part), *result, now, random);
    } else {
        judge_request(std::move(part), result.failure(), now, random);
    }
}

void BulkQueue::judge_request(Part part, const Failure& failure, Instant now, Random& random) {
    // A gateway's 502 or 503 does not say whether the server behind it is still at work.
    if (failure.kind == FailureKind::timeout || failure.kind == FailureKind::unreachable ||
        failure.kind == FailureKind::malformed || failure.kind == FailureKind::unavailable) {
        unknown_outcome_ = true;
    }
    switch (judge(failure.kind)) {
        case Verdict::again:
            retry(std::move(part), failure, now, random);
            return;
        case Verdict::split:
            split(std::move(part), failure);
            return;
        case Verdict::reread:
        case Verdict::halt:
        case Verdict::stop:
            failure_ = failure;
            return;
    }
}

void BulkQueue::judge_items(Part part, const BulkOutcome& outcome, Instant now, Random& random) {
    count(part.bulk, outcome);
    for (const std::size_t item : outcome.conflicts) {
        FOLLOWD_ASSERT(item < part.bulk.items.size());
        conflicts_.push_back(part.bulk.items[item].seq_no);
    }
    if (outcome.failed.empty()) {
        finish_part(part.batch);
        return;
    }
    Part rest{part.batch, Bulk{{}, part.bulk.owners}, part.attempts, Instant{}};
    for (const ItemFailure& failed : outcome.failed) {
        FOLLOWD_ASSERT(failed.item < part.bulk.items.size());
        const WriteItem& item = part.bulk.items[failed.item];
        if (judge(failed.failure.kind) != Verdict::again) {
            failure_ = Failure{failed.failure.kind,
                               "document " + std::string{item.id} + ": " + failed.failure.what,
                               failed.failure.where};
            return;
        }
        rest.bulk.items.push_back(item);
    }
    // Progress was made: the count of attempts is of those in a row without any.
    if (rest.bulk.items.size() < part.bulk.items.size()) {
        rest.attempts = 0;
    }
    retry(std::move(rest), outcome.failed.front().failure, now, random);
}

void BulkQueue::count(const Bulk& bulk, const BulkOutcome& outcome) {
    std::vector<bool> left(bulk.items.size(), false);
    for (const std::size_t item : outcome.conflicts) {
        left[item] = true;
    }
    for (const ItemFailure& failed : outcome.failed) {
        left[failed.item] = true;
    }
    for (std::size_t item = 0; item < bulk.items.size(); ++item) {
        if (!left[item]) {
            ++(bulk.items[item].kind == WriteKind::index ? indexed_ : removed_);
        }
    }
}

void BulkQueue::retry(Part part, const Failure& failure, Instant now, Random& random) {
    if (++part.attempts > attempts_max) {
        failure_ = failure;
        return;
    }
    retry_cause_ = failure;
    Backoff backoff{part.attempts - 1};
    part.not_before = now + backoff.next(random);
    waiting_.push_front(std::move(part));
}

void BulkQueue::split(Part part, const Failure& failure) {
    const std::size_t items = part.bulk.items.size();
    if (items == 1) {
        failure_ = Failure{FailureKind::refused,
                           "document " + std::string{part.bulk.items.front().id} +
                               " is larger than the follower takes in one request: raise "
                               "http.max_content_length there (" +
                               failure.what + ")",
                           failure.where};
        return;
    }
    ++parts_left_.at(part.batch);
    const auto middle = part.bulk.items.begin() + static_cast<std::ptrdiff_t>(items / 2);
    Part second{part.batch, Bulk{{middle, part.bulk.items.end()}, part.bulk.owners}, 0, Instant{}};
    part.bulk.items.erase(middle, part.bulk.items.end());
    waiting_.push_front(std::move(second));
    waiting_.push_front(std::move(part));
}

void BulkQueue::finish_part(BatchId batch) {
    const auto left = parts_left_.find(batch);
    FOLLOWD_ASSERT(left != parts_left_.end() && left->second >= 1);
    if (--left->second == 0) {
        parts_left_.erase(left);
        finished_.push_back(batch);
    }
}

std::vector<BatchId> BulkQueue::take_finished() {
    return std::exchange(finished_, {});
}

std::vector<SeqNo> BulkQueue::take_conflicts() {
    return std::exchange(conflicts_, {});
}

std::optional<Failure> BulkQueue::take_retry_cause() {
    return std::exchange(retry_cause_, std::nullopt);
}

bool BulkQueue::take_unknown_outcome() {
    return std::exchange(unknown_outcome_, false);
}

bool BulkQueue::take_sent() {
    return std::exchange(sent_, false);
}

void BulkQueue::reset() {
    FOLLOWD_ASSERT(under_way_.empty());
    waiting_.clear();
    parts_left_.clear();
    finished_.clear();
    failure_.reset();
    conflicts_.clear();
    retry_cause_.reset();
}

}  // namespace followd::core
