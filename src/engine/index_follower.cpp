#include "engine/index_follower.hpp"

#include "followd/base/assert.hpp"

#include "engine/pair_line.hpp"

#include <algorithm>
#include <utility>

namespace followd::engine {

std::string note_of(const Promotion& promotion) {
    return "it was promoted" +
           (promotion.at.empty() ? std::string{} : " at " + promotion.at + " by " + promotion.by) +
           " and is an index of its own. followd failback lets the old leader follow it, followd "
           "resume undoes a promotion by mistake";
}

std::string_view to_string(IndexPhase phase) noexcept {
    switch (phase) {
        case IndexPhase::discovered:
            return "discovered";
        case IndexPhase::creating:
            return "creating";
        case IndexPhase::bootstrap:
            return "bootstrap";
        case IndexPhase::following:
            return "following";
        case IndexPhase::paused:
            return "paused";
        case IndexPhase::refused:
            return "refused";
        case IndexPhase::leader_gone:
            return "leader_gone";
        case IndexPhase::promoting:
            return "promoting";
        case IndexPhase::promoted:
            return "promoted";
        case IndexPhase::failing_back:
            return "failing_back";
    }
    FOLLOWD_ASSERT(false);
    return {};
}

// Before the first sweep C says nothing of what the leader itself has as a copy.
SeqNo certainly_applied(SeqNo applied_through, SeqNo swept_through) {
    return swept_through == SeqNo::none() ? SeqNo::none() : applied_through;
}

IndexFollower::IndexFollower(boost::asio::any_io_executor executor,
                             IndexPorts ports,
                             IndexFollowerOptions options)
    : executor_(std::move(executor)),
      ports_(std::move(ports)),
      options_(std::move(options)),
      log_(observe::Logger("engine").with(observe::field("index", options_.leader_index.name),
                                          observe::field("rule", options_.rule.name))),
      random_(options_.seed),
      metadata_(executor_,
                ports_.leader,
                ports_.follower,
                ports_.timers,
                MetadataSyncOptions{options_.rule,
                                    options_.leader_index.name,
                                    options_.leader_index.uuid,
                                    options_.follower_index,
                                    random_.next()},
                log_),
      group_(executor_, [this](const char* what) {
          log_.error("task failed", observe::field("error", what));
      }) {
    if (ports_.snapshots) {
        snapshot_.emplace(
            *ports_.snapshots, ports_.leader, ports_.shards, ports_.store, ports_.timers, log_);
    }
}

Task<void> IndexFollower::run() {
    while (!stopping_) {
        Result<void> result = co_await follow();
        if (!is_ended() && !result.ok()) {
            co_await rest(std::move(result).failure());
        }
        while ((gone_ || fence_lost_) && !stopping_) {
            co_await rest_until(ports_.timers.now() + core::halt_interval);
        }
    }
    has_ended_ = true;
}

bool IndexFollower::begin_drain(const IndexSample& sample) {
    if (shards_.empty() || sample.shards.size() != shards_.size()) {
        return false;
    }
    drain_through_.clear();
    for (const std::optional<ShardSample>& shard : sample.shards) {
        if (!shard) {
            return false;
        }
        drain_through_.push_back(shard->global_checkpoint);
    }
    for (std::size_t number = 0; number < shards_.size(); ++number) {
        shards_[number].loop->drain(drain_through_[number]);
    }
    return true;
}

bool IndexFollower::is_drained() const {
    if (drain_through_.size() != shards_.size()) {
        return false;
    }
    for (std::size_t number = 0; number < shards_.size(); ++number) {
        const core::ShardStatus status = shards_[number].loop->status();
        if (status.swept_through < drain_through_[number] ||
            status.checkpoint < drain_through_[number]) {
            return false;
        }
    }
    return true;
}

std::vector<SeqNo> IndexFollower::applied_through() const {
    if (shards_.empty()) {
        return applied_through_;
    }
    std::vector<SeqNo> applied;
    applied.reserve(shards_.size());
    for (const Shard& shard : shards_) {
        const core::ShardStatus status = shard.loop->status();
        applied.push_back(certainly_applied(status.checkpoint, status.swept_through));
    }
    return applied;
}

void IndexFollower::stop() {
    stopping_ = true;
    if (snapshot_) {
        snapshot_->stop();
    }
    stop_shards();
    ports_.timers.wake_all();
}

void IndexFollower::leader_gone() {
    if (gone_) {
        return;
    }
    gone_ = true;
    set_phase(IndexPhase::leader_gone);
    log_.warn("leader index is gone, the follower was kept",
              observe::field("follower", options_.follower_index));
    if (snapshot_) {
        snapshot_->stop();
    }
    stop_shards();
    ports_.timers.wake_all();
}

void IndexFollower::stop_shards() {
    for (Shard& shard : shards_) {
        shard.loop->stop();
    }
}

Task<void> IndexFollower::rest(Failure failure) {
    const bool halted = core::judge(failure.kind) == core::Verdict::halt;
    const Duration pause = halted ? core::halt_interval : backoff_.next(random_);
    const Instant now = ports_.timers.now();
    if (is_promoted_) {
        set_phase(IndexPhase::promoted);
        last_error_.reset();
        warnings_ = {failure.what};
        co_await rest_until(now + pause);
        co_return;
    }
    log_.warn("index cannot be followed now",
              observe::field("kind", failure.kind),
              observe::field("error", failure.what),
              observe::field("where", failure.where),
              observe::field("retry_in", pause));
    if (halted) {
        set_phase(IndexPhase::refused);
    }
    core::note_error(last_error_, std::move(failure), now);
    co_await rest_until(now + pause);
}

Task<void> IndexFollower::rest_until(Instant when) {
    while (!stopping_ && ports_.timers.now() < when) {
        co_await ports_.timers.sleep_until(when);
    }
}

Task<Result<void>> IndexFollower::follow() {
    // Without a turn: a snapshot may take hours, and one is for many.
    Result<void> begun = co_await begin_from_snapshot();
    if (!begun.ok() && !is_ended()) {
        co_return begun;
    }
    const std::size_t turn = co_await ports_.starts.acquire(1);
    Result<void> prepared;
    if (!is_ended()) {
        prepared = co_await prepare();
    }
    ports_.starts.release(turn);
    if (is_ended()) {
        shards_.clear();
        co_return Result<void>{};
    }
    if (!prepared.ok()) {
        co_return std::move(prepared).failure();
    }
    backoff_.reset();
    last_error_.reset();
    set_phase(IndexPhase::bootstrap);
    for (std::size_t number = 0; number < shards_.size(); ++number) {
        group_.spawn(run_shard(number));
    }
    co_await group_.join();

    for (const Shard& shard : shards_) {
        fence_lost_ = fence_lost_ || shard.end == core::PlannerEnd::fence_lost;
    }
    applied_through_ = applied_through();
    shards_.clear();
    if (fence_lost_ && !is_ended()) {
        // Making it again would hide that someone deleted or promoted it: a person decides.
        co_return Failure{FailureKind::conflict,
                          "the follower index or its fence alias is gone: it was deleted or "
                          "promoted. It is not made again by itself: restore or delete what is "
                          "left, then restart followd",
                          options_.rule.follower.value() + "/" + options_.follower_index.value()};
    }
    co_return Result<void>{};
}

Task<Result<IndexDefinition>> IndexFollower::read_definition() {
    Result<IndexDefinition> definition =
        co_await ports_.leader.read_definition(options_.leader_index.name);
    if (!definition.ok()) {
        co_return definition;
    }
    if (definition->index.uuid != options_.leader_index.uuid) {
        co_return Failure{
            FailureKind::unavailable, "another index stands under this name now", leader_place()};
    }
    const FollowVerdict verdict = ports_.leader.judge(*definition);
    warnings_ = verdict.warnings;
    if (verdict.refusal) {
        co_return *verdict.refusal;
    }
    if (!why_no_snapshot_.empty()) {
        warnings_.push_back("it was copied document by document, not from a snapshot: " +
                            why_no_snapshot_);
    }
    co_return definition;
}

Task<Result<void>> IndexFollower::begin_from_snapshot() {
    if (!snapshot_ || !why_no_snapshot_.empty()) {
        co_return Result<void>{};
    }
    const Result<bool> needed = co_await snapshot_->is_needed(options_.follower_index);
    if (!needed.ok()) {
        co_return needed.failure();
    }
    if (!*needed || is_ended()) {
        co_return Result<void>{};
    }
    Result<IndexDefinition> definition = co_await read_definition();
    if (!definition.ok()) {
        co_return std::move(definition).failure();
    }
    set_phase(IndexPhase::bootstrap);
    FollowerRequest request{options_.rule, options_.follower_index, std::move(definition).value()};
    const Result<SnapshotOutcome> outcome = co_await snapshot_->run(std::move(request));
    if (!outcome.ok()) {
        co_return outcome.failure();
    }
    if (*outcome != SnapshotOutcome::impossible) {
        co_return Result<void>{};
    }
    if (options_.rule.bootstrap == Bootstrap::snapshot) {
        co_return Failure{FailureKind::refused,
                          "no snapshot of it can be restored, and its rule wants nothing else "
                          "(bootstrap: snapshot): " +
                              snapshot_->why_not(),
                          leader_place()};
    }
    why_no_snapshot_ = snapshot_->why_not();
    log_.warn("index is copied document by document, not from a snapshot",
              observe::field("reason", why_no_snapshot_));
    co_return Result<void>{};
}

Task<Result<void>> IndexFollower::prepare() {
    if (!is_promoted_) {
        set_phase(IndexPhase::discovered);
    }
    is_promoted_ = false;
    Result<IndexDefinition> definition = co_await read_definition();
    if (is_ended()) {
        co_return Result<void>{};
    }
    if (!definition.ok()) {
        co_return std::move(definition).failure();
    }
    set_phase(IndexPhase::creating);
    leader_origins_ = definition->origins;
    FollowerRequest request{options_.rule, options_.follower_index, *definition};
    Result<FollowerIndex> follower = co_await ports_.follower.prepare(std::move(request));
    if (!follower.ok()) {
        co_return std::move(follower).failure();
    }
    if (follower->promotion) {
        follower_.reset();
        co_return promoted(*follower->promotion);
    }
    follower_ = *follower;
    warnings_.insert(warnings_.end(), follower_->warnings.begin(), follower_->warnings.end());
    metadata_.adopted();
    if (follower_->created) {
        metadata_.made_by(*definition);
        log_.info("follower index created", observe::field("follower", follower_->name));
    }
    for (const std::string& warning : warnings_) {
        log_.warn("index is followed with a reservation", observe::field("reason", warning));
    }
    if (is_ended()) {
        co_return Result<void>{};
    }
    Result<std::vector<HistoryUuid>> histories = co_await read_histories();
    if (is_ended()) {
        co_return Result<void>{};
    }
    if (!histories.ok()) {
        co_return std::move(histories).failure();
    }
    Result<std::int64_t> generation =
        co_await ports_.follower.claim_generation(*follower_, *histories);
    if (is_ended()) {
        co_return Result<void>{};
    }
    if (!generation.ok()) {
        co_return std::move(generation).failure();
    }
    if (*generation != follower_->generation && *histories == follower_->histories) {
        // Its mark, which was behind, tells by now what still counts of the generations before.
        co_return Failure{FailureKind::unavailable,
                          "its base was raised by somebody else meanwhile",
                          options_.rule.follower.value() + "/" + options_.follower_index.value()};
    }
    Result<void> made_shards = co_await make_shards(*histories, *generation);
    co_return made_shards;
}

Failure IndexFollower::promoted(const Promotion& promotion) {
    is_promoted_ = true;
    return Failure{FailureKind::conflict,
                   note_of(promotion),
                   options_.rule.follower.value() + "/" + options_.follower_index.value()};
}

std::string IndexFollower::leader_place() const {
    return options_.rule.leader.value() + "/" + options_.leader_index.name.value();
}

Task<Result<std::vector<HistoryUuid>>> IndexFollower::read_histories() {
    std::vector<std::string> name{options_.leader_index.name.value()};
    Result<std::vector<IndexSample>> samples = co_await ports_.leader.sample(std::move(name));
    if (!samples.ok()) {
        co_return std::move(samples).failure();
    }
    for (const IndexSample& sample : *samples) {
        if (sample.uuid != options_.leader_index.uuid) {
            continue;
        }
        std::vector<HistoryUuid> histories;
        for (const std::optional<ShardSample>& shard : sample.shards) {
            if (!shard) {
                break;
            }
            histories.push_back(shard->history);
        }
        if (std::cmp_equal(histories.size(), options_.leader_index.shards)) {
            co_return histories;
        }
    }
    co_return Failure{FailureKind::unavailable,
                      "not every shard of the leader has a started primary",
                      leader_place()};
}

Task<Result<void>> IndexFollower::make_shards(std::vector<HistoryUuid> histories,
                                              std::int64_t generation) {
    FOLLOWD_ASSERT(shards_.empty() && follower_);
    // Polls come in between: they must find all shards or none.
    std::vector<Shard> made;
    for (int number = 0; number < options_.leader_index.shards; ++number) {
        const ShardKey key{options_.rule.leader,
                           options_.leader_index.uuid,
                           options_.rule.follower,
                           options_.follower_index,
                           number};
        Result<std::optional<Checkpoint>> stored = co_await ports_.store.load(key);
        if (!stored.ok()) {
            co_return std::move(stored).failure();
        }
        core::PlannerOptions planner;
        planner.limits = options_.limits;
        // A page that the leader cuts shorter than asked is taken for one that changed.
        planner.limits.max_read_request_operation_count =
            std::min(planner.limits.max_read_request_operation_count,
                     static_cast<std::size_t>(options_.leader_index.max_result_window));
        planner.tail = options_.tail;
        planner.leader_uuid = options_.leader_index.uuid;
        planner.history = histories[static_cast<std::size_t>(number)];
        OriginLine line = line_of_pair(
            options_.leader_index.uuid, leader_origins_, *follower_, generation, number);
        planner.base = line.base;
        planner.older = std::move(line.older);
        planner.former = std::move(line.former);
        planner.follower.uuid = follower_->uuid;
        planner.stored = *stored;
        planner.seed = random_.next();

        Shard shard;
        shard.leader = ports_.shards.leader_shard(
            options_.rule.leader, options_.leader_index, number, std::move(line.leader));
        shard.follower = ports_.shards.follower_shard(
            options_.rule.follower, *follower_, number, std::move(line.follower));
        shard.loop = std::make_unique<ShardFollower>(
            executor_,
            ShardPorts{*shard.leader,
                       *shard.follower,
                       ports_.store,
                       metadata_,
                       ports_.timers,
                       ports_.memory,
                       ports_.write_slots},
            key,
            std::move(planner),
            [this](const char* what) { log_.error("task failed", observe::field("error", what)); });
        made.push_back(std::move(shard));
    }
    shards_ = std::move(made);
    logged_phases_.assign(shards_.size(), core::ShardPhase::drain);
    logged_errors_.assign(shards_.size(), std::nullopt);
    co_return Result<void>{};
}

Task<void> IndexFollower::run_shard(std::size_t number) {
    const core::PlannerEnd end = co_await shards_[number].loop->run();
    shards_[number].end = end;
    switch (end) {
        case core::PlannerEnd::stopped:
            co_return;
        case core::PlannerEnd::history_changed:
            log_.warn(
                "leader shard has another history: it was restored or lost operations, the "
                "index is compared and copied anew",
                observe::field("shard", number));
            break;
        case core::PlannerEnd::leader_replaced:
            log_.warn("another index stands under the leader's name",
                      observe::field("shard", number));
            break;
        case core::PlannerEnd::fence_lost:
            log_.error("follower index or its fence alias is gone",
                       observe::field("shard", number));
            break;
    }
    // What one shard met concerns the index.
    stop_shards();
}

Task<void> IndexFollower::finish_loading() {
    const Result<void> done = co_await ports_.follower.finish_loading(follower_->name);
    is_finishing_ = false;
    if (done.ok()) {
        follower_->is_loading = false;
        finish_backoff_.reset();
        co_return;
    }
    finish_not_before_ = ports_.timers.now() + finish_backoff_.next(random_);
    log_.warn("follower index does not refresh by itself yet",
              observe::field("kind", done.failure().kind),
              observe::field("error", done.failure().what),
              observe::field("where", done.failure().where));
}

void IndexFollower::poll_failed(const Failure& failure) {
    if (!poll_error_) {
        poll_error_ = core::ShardError{failure, ports_.timers.now()};
    }
}

void IndexFollower::sampled(const IndexSample& sample, Instant began) {
    poll_error_.reset();
    for (std::size_t number = 0; number < shards_.size(); ++number) {
        if (number < sample.shards.size() && sample.shards[number]) {
            shards_[number].loop->sample_taken(*sample.shards[number], began);
        } else {
            shards_[number].loop->primary_missing();
        }
    }
    log_shards();
}

void IndexFollower::log_shards() {
    bool any_bootstraps = false;
    bool all_tail = !shards_.empty();
    for (std::size_t number = 0; number < shards_.size(); ++number) {
        const core::ShardStatus status = shards_[number].loop->status();
        const bool bootstraps = status.phase == core::ShardPhase::bootstrap;
        any_bootstraps = any_bootstraps || bootstraps;
        // A halted shard may be halted in its bootstrap: it says nothing.
        all_tail = all_tail && !bootstraps && status.phase != core::ShardPhase::halted;
        log_error_of(number, status);
        // A sweep is part of tailing; only what a person watches for is worth a line.
        const core::ShardPhase shown =
            status.phase == core::ShardPhase::sweep ? core::ShardPhase::tail : status.phase;
        if (logged_phases_[number] == shown) {
            continue;
        }
        logged_phases_[number] = shown;
        if (shown == core::ShardPhase::halted && status.last_error) {
            log_.error("shard halted",
                       observe::field("shard", number),
                       observe::field("kind", status.last_error->failure.kind),
                       observe::field("error", status.last_error->failure.what),
                       observe::field("where", status.last_error->failure.where));
        } else {
            log_.info("shard phase changed",
                      observe::field("shard", number),
                      observe::field("phase", core::to_string(shown)),
                      observe::field("checkpoint", status.checkpoint));
        }
    }
    if (phase_ == IndexPhase::bootstrap && all_tail) {
        set_phase(IndexPhase::following);
    } else if (phase_ == IndexPhase::following && any_bootstraps) {
        set_phase(IndexPhase::bootstrap);
    }
    if (all_tail && follower_->is_loading && !is_finishing_ && !is_ended() &&
        ports_.timers.now() >= finish_not_before_) {
        is_finishing_ = true;
        group_.spawn(finish_loading());
    }
    if (all_tail) {
        metadata_.completed();
    }
    if (!shards_.empty() && !is_ended() && metadata_.is_due()) {
        group_.spawn(metadata_.look());
    }
}

void IndexFollower::log_error_of(std::size_t number, const core::ShardStatus& status) {
    std::optional<FailureKind> kind;
    if (status.last_error && status.phase != core::ShardPhase::halted) {
        kind = status.last_error->failure.kind;
    }
    if (kind == logged_errors_[number]) {
        return;
    }
    logged_errors_[number] = kind;
    if (kind) {
        log_.warn("shard is held up",
                  observe::field("shard", number),
                  observe::field("kind", *kind),
                  observe::field("error", status.last_error->failure.what),
                  observe::field("where", status.last_error->failure.where));
    } else {
        log_.info("shard is held up no more", observe::field("shard", number));
    }
}

void IndexFollower::set_phase(IndexPhase phase) {
    if (phase_ != phase) {
        phase_ = phase;
        log_.info("index phase changed", observe::field("phase", to_string(phase)));
    }
}

FollowerStatus IndexFollower::status() const {
    FollowerStatus status;
    status.rule = options_.rule.name;
    status.leader = options_.rule.leader;
    status.follower = options_.rule.follower;
    status.leader_index = options_.leader_index.name;
    if (follower_) {
        status.follower_index = follower_->name;
    } else if (phase_ != IndexPhase::refused) {
        status.follower_index = options_.follower_index;
    }
    status.phase = phase_;
    status.last_error = last_error_ ? last_error_ : poll_error_;
    status.warnings = warnings_;
    const std::vector<std::string> unlike = metadata_.warnings();
    status.warnings.insert(status.warnings.end(), unlike.begin(), unlike.end());
    status.metadata = metadata_.status();
    if (snapshot_) {
        status.bootstrap = snapshot_->status();
    }
    for (const Shard& shard : shards_) {
        status.shards.push_back(shard.loop->status());
    }
    return status;
}

bool IndexFollower::is_busy() const {
    return std::ranges::any_of(shards_, [](const Shard& shard) { return shard.loop->is_busy(); });
}

}  // namespace followd::engine
