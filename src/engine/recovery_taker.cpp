#include "engine/recovery_taker.hpp"

#include "followd/model/wall_time.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace followd::engine {

namespace {

// Of an index that takes no writes any more G may stay below its last operation for as long as a
// replica is away.
constexpr Duration confirm_max = std::chrono::minutes{10};

/// It is as true of every other index.
bool is_of_whole_cluster(FailureKind kind) {
    return kind == FailureKind::unreachable || kind == FailureKind::untrusted ||
           kind == FailureKind::cancelled;
}

Failure cancelled() {
    return Failure{FailureKind::cancelled, "told to stop", {}};
}

}  // namespace

RecoveryTaker::RecoveryTaker(const RecoveryPorts& ports,
                             RecoverySnapshots& snapshots,
                             StopCheck is_stopping,
                             observe::Logger log)
    : ports_(ports),
      snapshots_(snapshots),
      is_stopping_(std::move(is_stopping)),
      log_(std::move(log)),
      points_(ports.repository.leader, ports.leader, ports.shards, ports.timers, is_stopping_) {}

Task<Result<RecoveryRun>> RecoveryTaker::run(std::vector<IndexName> indices,
                                             std::optional<WallTime> newest,
                                             BootstrapStatus* status) {
    Result<void> done = co_await prepare();
    if (!done.ok()) {
        co_return std::move(done).failure();
    }
    const Result<WallTime> moment = co_await choose_moment(newest);
    if (!moment.ok()) {
        co_return moment.failure();
    }
    RecoveryRun run;
    run.as_of = *moment;
    done = co_await read_items(std::move(indices), &run);
    if (done.ok() && !run.items.empty()) {
        done = co_await take(&run, status);
    }
    if (!done.ok()) {
        co_return std::move(done).failure();
    }
    co_return run;
}

Task<Result<void>> RecoveryTaker::prepare() {
    Result<Release> leader = co_await ports_.source.read_release();
    if (!leader.ok()) {
        co_return std::move(leader).failure();
    }
    leader_ = std::move(leader).value();
    Result<Release> follower = co_await ports_.target.read_release();
    if (!follower.ok()) {
        co_return std::move(follower).failure();
    }
    follower_ = std::move(follower).value();
    Result<void> ready = co_await ports_.source.prepare_to_write(ports_.repository);
    if (ready.ok()) {
        ready = co_await ports_.target.prepare_to_read(ports_.repository);
    }
    co_return ready;
}

// Before anything is read of the leader: whatever it had acknowledged by then is in the snapshot.
Task<Result<WallTime>> RecoveryTaker::choose_moment(std::optional<WallTime> newest) {
    const Result<std::optional<WallTime>> taken = co_await snapshots_.read_newest();
    if (!taken.ok()) {
        co_return taken.failure();
    }
    const WallTime now = ports_.clock();
    const WallTime last = std::max(newest.value_or(WallTime{}), taken->value_or(WallTime{}));
    if (now <= last) {
        co_return Failure{FailureKind::unavailable,
                          "this machine's clock says " + utc_text(now) +
                              ", and the last recovery is already of " + utc_text(last) +
                              ": the clock was set back. Nothing is recovered until it is later",
                          {}};
    }
    co_return now;
}

Task<Result<void>> RecoveryTaker::read_items(std::vector<IndexName> indices, RecoveryRun* run) {
    for (const IndexName& index : indices) {
        if (is_stopping_()) {
            co_return cancelled();
        }
        Result<RecoveryItem> item = co_await read_item(index);
        if (item.ok()) {
            run->items.emplace(index, std::move(item).value());
        } else if (is_of_whole_cluster(item.failure().kind)) {
            co_return std::move(item).failure();
        } else {
            run->failed.emplace(index, std::move(item).failure());
        }
    }
    co_return Result<void>{};
}

// The count comes last: every operation up to the checkpoints is in it.
Task<Result<RecoveryItem>> RecoveryTaker::read_item(IndexName index) {
    RecoveryItem item;
    Result<IndexDefinition> leader = co_await ports_.leader.read_definition(index);
    if (!leader.ok()) {
        co_return std::move(leader).failure();
    }
    item.leader = std::move(leader).value();
    std::string why_not = ports_.target.why_not_restorable(leader_, follower_, item.leader);
    if (!why_not.empty()) {
        co_return Failure{FailureKind::refused, std::move(why_not), index.value()};
    }
    Result<std::vector<ShardStart>> start = co_await points_.read_start(item.leader.index);
    if (!start.ok()) {
        co_return std::move(start).failure();
    }
    item.start = std::move(start).value();
    const Result<std::int64_t> documents = co_await ports_.leader_documents.count_documents(index);
    if (!documents.ok()) {
        co_return documents.failure();
    }
    item.documents_before = *documents;
    co_return item;
}

Task<Result<void>> RecoveryTaker::take(RecoveryRun* run, BootstrapStatus* status) {
    std::vector<IndexName> indices;
    indices.reserve(run->items.size());
    for (const auto& [index, item] : run->items) {
        indices.push_back(index);
    }
    run->snapshot = snapshots_.names().name_of(run->as_of);
    *status = BootstrapStatus{BootstrapStep::snapshot, {}};
    Result<void> done =
        co_await snapshots_.take(run->snapshot, std::move(indices), &status->transfer);
    if (done.ok()) {
        status->step = BootstrapStep::confirmation;
        done = co_await confirm(run);
    }
    if (!done.ok() || run->items.empty()) {
        snapshots_.do_not_keep(run->snapshot);
    }
    co_return done;
}

Task<Result<void>> RecoveryTaker::confirm(RecoveryRun* run) {
    const Instant latest = ports_.timers.now() + confirm_max;
    std::map<IndexName, RecoveryItem> confirmed;
    for (auto& [index, item] : run->items) {
        Result<std::vector<SeqNo>> through = co_await confirm_item(item, latest);
        if (through.ok()) {
            item.through = std::move(through).value();
            confirmed.emplace(index, std::move(item));
        } else if (is_of_whole_cluster(through.failure().kind)) {
            co_return std::move(through).failure();
        } else {
            run->failed.emplace(index, std::move(through).failure());
        }
    }
    run->items = std::move(confirmed);
    log_.info("snapshot is confirmed",
              observe::field("snapshot", run->snapshot),
              observe::field("count", run->items.size()));
    co_return Result<void>{};
}

// What the leader had when the snapshot had ended: nothing in it lies above.
Task<Result<std::vector<SeqNo>>> RecoveryTaker::confirm_item(RecoveryItem item, Instant latest) {
    const LeaderIndex index = item.leader.index;
    const Result<std::vector<ShardSample>> samples = co_await points_.await_samples(index);
    if (!samples.ok()) {
        co_return samples.failure();
    }
    std::vector<SeqNo> through;
    for (const ShardSample& sample : *samples) {
        through.push_back(sample.max_seq_no);
    }
    const Result<void> confirmed =
        co_await points_.await_confirmation(index, std::move(item.start), through, latest);
    if (!confirmed.ok()) {
        co_return confirmed.failure();
    }
    co_return through;
}

}  // namespace followd::engine
