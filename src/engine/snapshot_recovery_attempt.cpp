#include "followd/model/generation_name.hpp"

#include "engine/snapshot_recovery.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

/// One attempt: a run of the schedule, or another try of what it left undone.

namespace followd::engine {

Task<void> SnapshotRecovery::attempt() {
    const Instant began = ports_.timers.now();
    std::vector<IndexName> wanted = begin_attempt();
    const std::size_t count = wanted.size();
    if (!run_ && !wanted.empty()) {
        co_await take(std::move(wanted));
    }
    if (run_ && !is_stopping_) {
        co_await restore();
    }
    if (!is_stopping_) {
        co_await clean_up();
    }
    if (!is_stopping_) {
        end_attempt(count);
        log_.info("recovery ended",
                  observe::field("count", count - std::min(count, undone_.size())),
                  observe::field("took", ports_.timers.now() - began));
    }
    is_at_work_ = false;
    list_soon();
}

// What a snapshot is needed of, where there is none to go on with.
std::vector<IndexName> SnapshotRecovery::begin_attempt() {
    const WallTime now = ports_.clock();
    const std::vector<IndexName> all = set_.wanted();
    if (schedule_->is_run_due(now)) {
        close_run();
        has_taken_ = false;
    }
    schedule_->began(now);
    if (!has_taken_) {
        undone_ = {all.begin(), all.end()};
    }
    std::vector<IndexName> wanted;
    std::ranges::copy_if(all, std::back_inserter(wanted), [this](const IndexName& index) {
        return undone_.contains(index);
    });
    return wanted;
}

Task<void> SnapshotRecovery::take(std::vector<IndexName> indices) {
    log_.info("recovery begins", observe::field("count", indices.size()));
    taken_ = {indices.begin(), indices.end()};
    taking_.emplace();
    Result<RecoveryRun> run = co_await taker_.run(indices, set_.newest_point(), &*taking_);
    taking_.reset();
    taken_.clear();
    if (is_stopping_) {
        co_return;
    }
    if (!run.ok()) {
        log_.warn("no snapshot was taken",
                  observe::field("kind", run.failure().kind),
                  observe::field("error", run.failure().what),
                  observe::field("where", run.failure().where));
    }
    for (const IndexName& index : indices) {
        RecoveredIndex* found = set_.find(index);
        if (found == nullptr) {
            continue;
        }
        if (!run.ok()) {
            found->note(run.failure());
        } else if (const auto failed = run->failed.find(index); failed != run->failed.end()) {
            log_.warn("index is not in the snapshot's recovery",
                      observe::field("index", index),
                      observe::field("kind", failed->second.kind),
                      observe::field("error", failed->second.what),
                      observe::field("where", failed->second.where));
            found->note(failed->second);
        }
    }
    if (run.ok() && !run->items.empty()) {
        run_ = std::move(run).value();
        is_supplement_ = has_taken_;
        has_taken_ = true;
    }
}

Task<void> SnapshotRecovery::restore() {
    std::vector<IndexName> indices;
    indices.reserve(run_->items.size());
    for (const auto& [index, item] : run_->items) {
        indices.push_back(index);
    }
    for (const IndexName& index : indices) {
        restores_.spawn(restore_one(index));
    }
    co_await restores_.join();
    if (run_->items.empty() && !is_stopping_) {
        close_run();
    }
}

Task<void> SnapshotRecovery::restore_one(IndexName index) {
    RecoveredIndex* found = set_.find(index);
    RecoveryEnd end = RecoveryEnd::done;
    if (found != nullptr) {
        GenerationTask task = task_of(index);
        end = co_await found->run(std::move(task));
    }
    if (end != RecoveryEnd::failed) {
        run_->items.erase(index);
    }
    if (end == RecoveryEnd::done) {
        undone_.erase(index);
    }
}

GenerationTask SnapshotRecovery::task_of(const IndexName& index) const {
    const RecoveryItem& item = run_->items.at(index);
    FollowerRequest request;
    request.rule = rule_;
    request.follower_index =
        IndexName{generation_name(set_.find(index)->owner().alias.value(), run_->as_of)};
    request.leader = item.leader;
    request.recovery = RecoveryPoint{run_->snapshot, run_->as_of, {}};
    return {std::move(request), item.start, item.through, item.documents_before};
}

// A snapshot of a part is of no use to anybody once that was restored.
void SnapshotRecovery::close_run() {
    if (run_ && is_supplement_) {
        snapshots_.do_not_keep(run_->snapshot);
    }
    run_.reset();
}

Task<void> SnapshotRecovery::clean_up() {
    std::set<std::string> in_use = set_.snapshots_in_use();
    if (run_) {
        in_use.insert(run_->snapshot);
    }
    const Result<void> cleaned = co_await snapshots_.clean_up(
        static_cast<std::size_t>(rule_.snapshots_to_keep), std::move(in_use));
    clean_up_problem_.clear();
    if (!cleaned.ok() && !is_stopping_) {
        clean_up_problem_ = "old snapshots are not deleted yet: " + cleaned.failure().what;
        log_.warn("old snapshots are not deleted yet",
                  observe::field("kind", cleaned.failure().kind),
                  observe::field("error", cleaned.failure().what),
                  observe::field("where", cleaned.failure().where));
    }
}

void SnapshotRecovery::end_attempt(std::size_t wanted) {
    // What was held back, promoted or deleted meanwhile is nobody's to try again.
    const std::vector<IndexName> still_wanted = set_.wanted();
    std::erase_if(undone_, [&still_wanted](const IndexName& index) {
        return std::ranges::find(still_wanted, index) == still_wanted.end();
    });
    if (undone_.empty()) {
        schedule_->succeeded();
        ++rule_status_.done;
        return;
    }
    schedule_->failed(ports_.clock());
    ++(undone_.size() < wanted ? rule_status_.partial : rule_status_.failed);
}

}  // namespace followd::engine
