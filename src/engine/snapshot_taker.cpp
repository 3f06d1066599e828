#include "engine/snapshot_taker.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace followd::engine {

namespace {

// Indices that come together get one snapshot together.
constexpr Duration gather_for = std::chrono::milliseconds{100};
constexpr Duration gather_at_most = std::chrono::seconds{2};
// Followers have looked by then what they were being made from.
constexpr Duration first_look = std::chrono::seconds{15};
constexpr Duration look_again = std::chrono::minutes{1};
constexpr Duration look_for_more = std::chrono::milliseconds{10};
constexpr Duration wait_for_turn = std::chrono::milliseconds{50};

}  // namespace

SnapshotTaker::Lease::Lease(SnapshotTaker& taker, std::string snapshot)
    : taker_(&taker), snapshot_(std::move(snapshot)) {
    taker.held_.insert(snapshot_);
}

SnapshotTaker::Lease::Lease(Lease&& other) noexcept
    : taker_(std::exchange(other.taker_, nullptr)), snapshot_(std::move(other.snapshot_)) {}

SnapshotTaker::Lease& SnapshotTaker::Lease::operator=(Lease&& other) noexcept {
    std::swap(taker_, other.taker_);
    std::swap(snapshot_, other.snapshot_);
    return *this;
}

SnapshotTaker::Lease::~Lease() {
    if (taker_ == nullptr) {
        return;
    }
    taker_->held_.erase(taker_->held_.find(snapshot_));
    if (!taker_->held_.contains(snapshot_) && !taker_->is_stopping_) {
        taker_->group_.spawn(taker_->remove(snapshot_));
    }
}

SnapshotTaker::SnapshotTaker(const boost::asio::any_io_executor& executor,
                             RuleRepository repository,
                             std::string daemon_id,
                             std::uint64_t life,
                             SnapshotSource& source,
                             Timers& timers)
    : repository_(std::move(repository)),
      prefix_("followd-" + daemon_id + "-"),
      life_(life),
      source_(source),
      timers_(timers),
      log_(observe::Logger("engine").with(observe::field("cluster", repository_.leader),
                                          observe::field("repository", repository_.settings.name))),
      wait_(
          source, repository_, timers, [this] { return is_stopping_; }, log_),
      group_(executor, [this](const char* what) {
          log_.error("task failed", observe::field("error", what));
      }) {}

bool SnapshotTaker::is_ours(const std::string& snapshot) const {
    return snapshot.starts_with(prefix_);
}

SnapshotTaker::Lease SnapshotTaker::hold(std::string snapshot) {
    return Lease{*this, std::move(snapshot)};
}

std::string SnapshotTaker::new_name() {
    return prefix_ + std::to_string(life_) + "-" + std::to_string(++taken_);
}

std::shared_ptr<SnapshotTaker::Batch> SnapshotTaker::join(const IndexName& index) {
    const bool is_first = !gathering_;
    if (is_first) {
        gathering_ = std::make_shared<Batch>();
    }
    std::shared_ptr<Batch> batch = gathering_;
    batch->indices.insert(index);
    last_joined_ = timers_.now();
    if (is_first) {
        group_.spawn(run_batch(batch));
    }
    return batch;
}

Task<Result<SnapshotTaker::Lease>> SnapshotTaker::take(IndexName index, BootstrapStatus* status) {
    if (is_stopping_) {
        co_return Failure{FailureKind::cancelled, "told to stop", {}};
    }
    const std::shared_ptr<Batch> batch = join(index);
    while (!batch->end) {
        status->step = batch->has_begun ? BootstrapStep::snapshot : BootstrapStep::waiting;
        status->transfer = batch->progress;
        co_await timers_.sleep_until(timers_.now() + wait_for_turn);
        if (is_stopping_) {
            co_return Failure{FailureKind::cancelled, "told to stop", {}};
        }
    }
    if (!batch->end->ok()) {
        co_return batch->end->failure();
    }
    co_return Lease{*this, batch->snapshot};
}

Task<void> SnapshotTaker::run_batch(std::shared_ptr<Batch> batch) {
    while (!is_stopping_ && is_taking_) {
        co_await timers_.sleep_until(timers_.now() + wait_for_turn);
    }
    is_taking_ = true;
    const Instant latest = timers_.now() + gather_at_most;
    Result<void> taken = co_await prepare();
    while (!is_stopping_ && timers_.now() < std::min(last_joined_ + gather_for, latest)) {
        co_await timers_.sleep_until(timers_.now() + look_for_more);
    }
    gathering_.reset();
    if (taken.ok() && !is_stopping_) {
        batch->snapshot = new_name();
        batch->has_begun = true;
        batch->lease = Lease{*this, batch->snapshot};
        taken = co_await snapshot(batch);
    }
    is_taking_ = false;
    is_prepared_ = is_prepared_ && taken.ok();
    batch->end = std::move(taken);
    timers_.wake_all();
}

Task<Result<void>> SnapshotTaker::prepare() {
    if (is_prepared_) {
        co_return Result<void>{};
    }
    Result<void> prepared = co_await source_.prepare_to_write(repository_);
    is_prepared_ = prepared.ok();
    co_return prepared;
}

Task<Result<void>> SnapshotTaker::snapshot(std::shared_ptr<Batch> batch) {
    log_.info("snapshot begins",
              observe::field("snapshot", batch->snapshot),
              observe::field("count", batch->indices.size()));
    const std::vector<IndexName> indices(batch->indices.begin(), batch->indices.end());
    const Result<void> begun =
        co_await source_.begin_snapshot(repository_, batch->snapshot, indices);
    if (!begun.ok()) {
        co_return begun;
    }
    Result<void> ended = co_await wait_.run(batch->snapshot, &batch->progress);
    co_return ended;
}

Task<void> SnapshotTaker::remove(std::string name) {
    const Result<void> removed = co_await source_.delete_snapshot(repository_, name);
    if (removed.ok()) {
        log_.info("temporary snapshot deleted", observe::field("snapshot", name));
    } else {
        log_.warn("temporary snapshot is not deleted yet",
                  observe::field("snapshot", name),
                  observe::field("error", removed.failure().what));
    }
}

Task<Result<void>> SnapshotTaker::remove_unheld() {
    const Result<std::vector<std::string>> names =
        co_await source_.list_snapshots(repository_, prefix_);
    if (!names.ok()) {
        co_return names.failure();
    }
    for (const std::string& name : *names) {
        if (held_.contains(name) || is_stopping_) {
            continue;
        }
        Result<void> removed = co_await source_.delete_snapshot(repository_, name);
        if (!removed.ok()) {
            co_return removed;
        }
        log_.info("temporary snapshot of an earlier run deleted", observe::field("snapshot", name));
    }
    co_return Result<void>{};
}

Task<void> SnapshotTaker::run() {
    Instant next = timers_.now() + first_look;
    while (!is_stopping_) {
        if (timers_.now() < next) {
            co_await timers_.sleep_until(next);
            continue;
        }
        const Result<void> removed = co_await remove_unheld();
        (void)removed;  // a repository that is not there yet holds nothing; else it is tried again
        next = timers_.now() + look_again;
    }
    co_await group_.join();
}

void SnapshotTaker::stop() {
    is_stopping_ = true;
    timers_.wake_all();
}

}  // namespace followd::engine
