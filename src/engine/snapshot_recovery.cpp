#include "engine/snapshot_recovery.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace followd::engine {

namespace {

// A restore is many files on the follower's disks at once: a gentle number at a time.
constexpr std::size_t restores_max = 4;
constexpr Duration look_interval = std::chrono::minutes{1};
constexpr Duration look_interval_failing = std::chrono::seconds{5};
// What came since is part of a run that begins.
constexpr Duration fresh_for = std::chrono::milliseconds{500};

}  // namespace

SnapshotRecovery::SnapshotRecovery(const boost::asio::any_io_executor& executor,
                                   RecoveryPorts ports,
                                   FollowRule rule,
                                   const std::string& daemon_id,
                                   RecoveryRelations relations)
    : ports_(std::move(ports)),
      rule_(std::move(rule)),
      names_(daemon_id, rule_.name),
      log_(observe::Logger("recovery").with(observe::field("rule", rule_.name))),
      slots_(executor, restores_max),
      snapshots_(
          ports_.source,
          ports_.repository,
          names_,
          ports_.timers,
          [this] { return is_stopping_; },
          log_),
      taker_(
          ports_, snapshots_, [this] { return is_stopping_; }, log_),
      set_(
          ports_,
          rule_,
          names_,
          std::move(relations),
          slots_,
          [this] { return is_stopping_; },
          log_),
      restores_(
          executor,
          [this](const char* what) { log_.error("task failed", observe::field("error", what)); }),
      group_(executor, [this](const char* what) {
          log_.error("task failed", observe::field("error", what));
      }) {
    rule_status_.rule = rule_.name;
    rule_status_.leader = rule_.leader;
    rule_status_.follower = rule_.follower;
}

Task<void> SnapshotRecovery::run() {
    while (!is_stopping_) {
        const Instant now = ports_.timers.now();
        if (now >= look_at_ || (is_due() && now - looked_at_ > fresh_for)) {
            co_await look();
        }
        if (!is_stopping_) {
            begin_what_is_due();
            co_await ports_.timers.sleep_until(wake_at());
        }
    }
    co_await group_.join();
}

void SnapshotRecovery::stop() {
    is_stopping_ = true;
    ports_.timers.wake_all();
}

void SnapshotRecovery::list_soon() {
    look_at_ = ports_.timers.now();
    ports_.timers.wake_all();
}

Task<void> SnapshotRecovery::release(IndexPlace place) {
    ports_.timers.wake_all();  // whoever sleeps sees that it is held back
    co_await set_.release(std::move(place));
}

Task<void> SnapshotRecovery::look() {
    co_await set_.look();
    looked_at_ = ports_.timers.now();
    look_at_ = looked_at_ + (set_.is_fresh() ? look_interval : look_interval_failing);
    if (schedule_) {
        schedule_->heed(ports_.clock());
    }
}

void SnapshotRecovery::begin_what_is_due() {
    if (is_at_work_ || !set_.knows_marks()) {
        return;
    }
    if (!unsettled_) {
        const std::vector<IndexName> all = set_.all();
        unsettled_.emplace(all.begin(), all.end());
    }
    if (!unsettled_->empty() && ports_.timers.now() >= settle_at_) {
        is_at_work_ = true;
        group_.spawn(settle_down());
        return;
    }
    if (!set_.is_fresh() || set_.wanted().empty()) {
        return;
    }
    if (!schedule_) {
        schedule_.emplace(rule_.every, set_.oldest_point());
    }
    if (is_due()) {
        is_at_work_ = true;
        group_.spawn(attempt());
    }
}

bool SnapshotRecovery::is_due() const {
    return !is_at_work_ && schedule_ && schedule_->next() <= ports_.clock();
}

Instant SnapshotRecovery::wake_at() const {
    // Due and not begun: the next look may let it.
    if (is_at_work_ || !schedule_ || is_due()) {
        return look_at_;
    }
    const Duration wait = schedule_->next() - ports_.clock();
    return std::min(look_at_, ports_.timers.now() + wait);
}

Task<void> SnapshotRecovery::settle_down() {
    const std::vector<IndexName> indices(unsettled_->begin(), unsettled_->end());
    for (const IndexName& index : indices) {
        restores_.spawn(settle_one(index));
    }
    co_await restores_.join();
    settle_at_ = ports_.timers.now() + look_interval;
    is_at_work_ = false;
    list_soon();
}

Task<void> SnapshotRecovery::settle_one(IndexName index) {
    RecoveredIndex* found = set_.find(index);
    RecoveryEnd end = RecoveryEnd::done;
    if (found != nullptr) {
        end = co_await found->run(std::nullopt);
    }
    if (end == RecoveryEnd::done) {
        unsettled_->erase(index);
    }
}

std::vector<FollowerStatus> SnapshotRecovery::status() const {
    std::optional<WallTime> next_run;
    if (schedule_ && !is_at_work_) {
        next_run = std::max(schedule_->next(), ports_.clock());
    }
    std::vector<FollowerStatus> rows = set_.status(taking_, taken_, next_run);
    if (!clean_up_problem_.empty()) {
        for (FollowerStatus& row : rows) {
            row.warnings.push_back(clean_up_problem_);
        }
    }
    return rows;
}

RecoveryRuleStatus SnapshotRecovery::rule_status() const {
    RecoveryRuleStatus status = rule_status_;
    status.snapshots = snapshots_.kept();
    return status;
}

}  // namespace followd::engine
