#include "engine/turner.hpp"

#include "followd/base/assert.hpp"
#include "followd/core/origin_line.hpp"

#include "engine/lost_write_search.hpp"
#include "observe/log.hpp"

#include <algorithm>
#include <utility>

namespace followd::engine {

namespace {

const observe::Logger turn_log("turn");

}  // namespace

Turner::Turner(TurnPorts ports, TurnTask task, LimitSettings limits)
    : ports_(ports), task_(std::move(task)), limits_(limits) {}

std::string Turner::where() const {
    return "cluster " + task_.index.cluster.value() + ", index " + task_.index.index.value();
}

Task<Result<TurnReport>> Turner::turn() {
    Result<void> done = co_await read_both();
    if (!done.ok()) {
        co_return std::move(done).failure();
    }
    const bool follows_already =
        index_.is(MarkRole::follower) && index_.leader_uuid == leader_role_.uuid;
    if (follows_already && (!changing_.change || task_.is_dry_run)) {
        report_.was_turned_before = true;
        co_return report_;
    }
    if (follows_already) {
        // Whoever began it may still be at work: from here on its journal is ours.
        done = co_await write_journal();
    } else {
        done = judge();
        if (done.ok() && !task_.is_dry_run) {
            done = co_await begin();
        }
        if (done.ok()) {
            done = co_await read_index_points();
        }
        if (done.ok()) {
            done = co_await plan();
        }
        if (done.ok() && !report_.was_unwritten) {
            done = co_await save_lost_writes();
        }
        if (done.ok() && task_.is_dry_run) {
            co_return report_;
        }
        if (done.ok()) {
            marked_ = true;
            done = co_await ports_.roles.mark_follower(index_, *role_);
        }
    }
    if (done.ok()) {
        done = co_await finish();
    }
    if (!done.ok()) {
        if (began_ && !marked_) {
            co_await give_up();
        }
        co_return std::move(done).failure();
    }
    turn_log.info("index follows now",
                  observe::field("index", task_.index.index),
                  observe::field("leader", task_.leader.index),
                  observe::field("by", task_.requester.by));
    co_return report_;
}

Task<Result<void>> Turner::read_both() {
    Result<RoleIndex> index = co_await ports_.roles.read_role(task_.index.index);
    if (!index.ok()) {
        co_return std::move(index).failure();
    }
    index_ = std::move(index).value();
    Result<RoleIndex> leader = co_await ports_.leader_roles.read_role(task_.leader.index);
    if (!leader.ok()) {
        co_return std::move(leader).failure();
    }
    leader_role_ = std::move(leader).value();
    Result<IndexDefinition> definition = co_await ports_.leader.read_definition(task_.leader.index);
    if (!definition.ok()) {
        co_return std::move(definition).failure();
    }
    leader_ = std::move(definition).value();
    const Result<IndexDefinition> own = co_await ports_.cluster.read_definition(task_.index.index);
    if (!own.ok()) {
        co_return own.failure();
    }
    std::vector<RoleIndex> asked{index_};
    Result<std::vector<ChangingIndex>> changes =
        co_await ports_.roles.read_changes(std::move(asked));
    if (!changes.ok()) {
        co_return std::move(changes).failure();
    }
    changing_ = std::move(changes->front());
    std::vector<RoleIndex> leading{leader_role_};
    Result<std::vector<ChangingIndex>> of_leader =
        co_await ports_.leader_roles.read_changes(std::move(leading));
    if (!of_leader.ok()) {
        co_return std::move(of_leader).failure();
    }
    leader_change_ = std::move(of_leader->front().change);
    co_return Result<void>{};
}

Result<void> Turner::judge() const {
    if (index_.is(MarkRole::follower)) {
        return Failure{FailureKind::conflict,
                       "it follows " + index_.leader_cluster.value() + "/" +
                           index_.leader_index.value() +
                           ", another index: promote it first, or delete it",
                       where()};
    }
    if (leader_role_.is(MarkRole::follower)) {
        return Failure{FailureKind::conflict,
                       task_.leader.text() + " is itself a follower: promote it first",
                       where()};
    }
    // Nobody would end it any more, and its writers wait for that.
    if (leader_change_) {
        const bool is_promotion = leader_change_->kind == RoleChangeKind::promote;
        return Failure{FailureKind::conflict,
                       "its new leader " + task_.leader.text() + " is being " +
                           (is_promotion ? "promoted" : "made a follower") + " since " +
                           leader_change_->at + " by " + leader_change_->by +
                           ": let that end first (" +
                           (is_promotion ? "followd promote goes on with it"
                                         : "followd resume or followd failback finishes it") +
                           ")",
                       where()};
    }
    if (index_.is_closed) {
        return Failure{FailureKind::unavailable, "the index is closed: open it", where()};
    }
    if (!core::mentions(leader_role_.origins, index_.uuid) &&
        !core::mentions(index_.origins, leader_role_.uuid)) {
        return Failure{FailureKind::refused,
                       "neither index was ever copied from the other (one of them was created "
                       "again?), so nothing tells what they have in common" +
                           std::string(copy_anew),
                       where()};
    }
    if (index_.shards != leader_.index.shards) {
        return Failure{FailureKind::refused,
                       "it has " + std::to_string(index_.shards) + " shards, its new leader " +
                           std::to_string(leader_.index.shards) + std::string(copy_anew),
                       where()};
    }
    return {};
}

Task<Result<void>> Turner::write_journal() {
    std::vector<ChangingIndex> journal{changing_};
    Result<std::vector<ChangingIndex>> opened =
        co_await ports_.roles.write_changes(std::move(journal));
    if (!opened.ok()) {
        co_return std::move(opened).failure();
    }
    changing_ = std::move(opened->front());
    co_return Result<void>{};
}

Task<Result<void>> Turner::begin() {
    // A block that stands without a journal is not ours to lift.
    stays_blocked_ = index_.is_write_blocked && !changing_.change;
    if (index_.is(MarkRole::promoted)) {
        half_promoted_ = changing_.change;
    }
    changing_.change =
        RoleChange{RoleChangeKind::follow, task_.requester.at, task_.requester.by, {}};
    Result<void> done = co_await write_journal();
    if (!done.ok()) {
        co_return done;
    }
    began_ = true;
    std::vector<RoleIndex> one{index_};
    done = co_await ports_.roles.block_writes(std::move(one));
    if (!done.ok()) {
        co_return done;
    }
    // What was read before the journal was ours may be of before another's change.
    const Result<RoleIndex> again = co_await ports_.roles.read_role(task_.index.index);
    if (!again.ok()) {
        co_return again.failure();
    }
    if (again->uuid != index_.uuid || again->meta != index_.meta) {
        co_return Failure{FailureKind::conflict,
                          "somebody else changed its role at the same time: look at followd "
                          "status, then try again",
                          where()};
    }
    if (half_promoted_) {
        done = co_await give_back();
    }
    co_return done;
}

// A promotion that was cut short may not have given back what was held back, and the mark of a
// follower keeps what the index has.
Task<Result<void>> Turner::give_back() {
    const std::vector<RoleIndex> one{index_};
    const Result<std::vector<std::string>> restored = co_await ports_.roles.restore_settings(one);
    if (!restored.ok()) {
        co_return restored.failure();
    }
    Result<void> done = co_await ports_.roles.add_write_aliases(one);
    if (done.ok()) {
        half_promoted_.reset();
    }
    co_return done;
}

Task<Result<void>> Turner::read_index_points() {
    std::vector<RoleIndex> one{index_};
    Result<std::vector<std::vector<SeqNo>>> points =
        co_await ports_.roles.read_points(std::move(one));
    if (!points.ok()) {
        co_return std::move(points).failure();
    }
    points_ = std::move(points->front());
    if (points_.empty()) {
        co_return Failure{FailureKind::unavailable,
                          "not every primary shard is started: see _cluster/allocation/explain",
                          where()};
    }
    co_return Result<void>{};
}

std::optional<std::int64_t> Turner::written_since() const {
    const bool followed = index_.is(MarkRole::promoted) && index_.promotion &&
                          index_.leader_uuid == leader_role_.uuid &&
                          index_.promotion->points.size() == points_.size();
    if (!followed) {
        return std::nullopt;
    }
    std::int64_t written = 0;
    for (std::size_t shard = 0; shard < points_.size(); ++shard) {
        written += operations_between(index_.promotion->points[shard], points_[shard]);
    }
    return written;
}

std::int64_t Turner::next_epoch() const {
    return std::max(index_.epoch, leader_role_.epoch) + 1;
}

// Nobody wrote to it since it was promoted: it goes on as the follower that it was.
void Turner::take_role_back() {
    Origins origins = index_.origins;
    FOLLOWD_ASSERT(origins.size() >= 2 && origins.back().is_own());
    origins.pop_back();
    if (origins.size() == 1 && origins.front().table.size() == 1) {
        origins.clear();
    }
    role_ = FollowerRole{task_.leader.cluster,
                         task_.leader.index,
                         leader_role_.uuid,
                         index_.histories,
                         index_.generation,
                         next_epoch(),
                         std::move(origins)};
    report_.was_unwritten = true;
}

Failure Turner::why_not_recovered(std::optional<std::int64_t> written) const {
    return Failure{FailureKind::refused,
                   (written.value_or(0) > 0
                        ? "it took " + std::to_string(*written) +
                              " operations since it was promoted, which no snapshot of its leader "
                              "has"
                        : std::string{"its leader changed its role since"}) +
                       ": as long as it is there it stays an index of its own. To give it up, "
                       "delete it, and the next run of its rule restores another",
                   where()};
}

Task<Result<void>> Turner::plan() {
    const std::optional<std::int64_t> written = written_since();
    // Where its leader changed roles since, the leader has what is not its own.
    if (written == 0 && leader_role_.epoch < index_.epoch) {
        take_role_back();
        co_return Result<void>{};
    }
    if (task_.is_generation) {
        co_return why_not_recovered(written);
    }
    if (written.value_or(0) > 0 && !task_.may_discard) {
        co_return Failure{FailureKind::refused,
                          "it took " + std::to_string(*written) +
                              " operations since it was promoted, which its leader does not have: "
                              "with --discard-local they are saved to a file and taken away; to "
                              "keep them, let the old leader follow with followd failback",
                          where()};
    }
    Result<void> planned = co_await plan_line();
    co_return planned;
}

Task<Result<void>> Turner::plan_line() {
    const Result<std::vector<HistoryUuid>> own = co_await ports_.roles.read_histories(index_);
    if (!own.ok()) {
        co_return own.failure();
    }
    const Result<std::vector<HistoryUuid>> leaders =
        co_await ports_.leader_roles.read_histories(leader_role_);
    if (!leaders.ok()) {
        co_return leaders.failure();
    }
    const bool was_copied = core::mentions(leader_role_.origins, index_.uuid);
    if (was_copied && leader_role_.histories != *own) {
        co_return Failure{FailureKind::refused,
                          "its history is another one than the one that its new leader was copied "
                          "from (a snapshot was restored, or operations were lost), so equal "
                          "numbers may stand for different documents" +
                              std::string(copy_anew),
                          where()};
    }
    if (core::mentions(index_.origins, leader_role_.uuid) && index_.histories != *leaders) {
        co_return Failure{FailureKind::refused,
                          "its new leader has another history than the one that it was copied "
                          "from" +
                              std::string(copy_anew),
                          where()};
    }
    const Result<std::int64_t> highest = co_await ports_.roles.read_version_highest(index_);
    if (!highest.ok()) {
        co_return highest.failure();
    }
    const core::OriginSide index{index_.uuid, index_.origins};
    const core::OriginSide leader{leader_role_.uuid, leader_role_.origins};
    std::optional<core::Turn> turned =
        core::turn(core::TurnRequest{index, leader, points_, *highest, index_.generation});
    if (!turned) {
        co_return Failure{FailureKind::refused,
                          "its documents have versions up to " + std::to_string(*highest) +
                              ", above which there is no room left below 2^52" +
                              std::string(copy_anew),
                          where()};
    }
    role_ = FollowerRole{task_.leader.cluster,
                         task_.leader.index,
                         leader_role_.uuid,
                         *leaders,
                         turned->generation,
                         next_epoch(),
                         std::move(turned->origins)};
    follower_.name = index_.name;
    follower_.uuid = index_.uuid;
    follower_.fence_alias = ".followd-E1-" + index_.name.value();
    follower_.generation = role_->generation;
    follower_.histories = role_->histories;
    follower_.origins = role_->origins;
    co_return Result<void>{};
}

Task<Result<void>> Turner::save_lost_writes() {
    LostWriteSearch search(
        ports_.shards,
        ports_.leader_roles,
        TurnedPair{task_.index, task_.leader, leader_.index, leader_role_, follower_, points_},
        limits_);
    std::unique_ptr<LostWritesFile> file;
    if (!task_.is_dry_run) {
        file = ports_.lost_writes.file_for(task_.index.index, task_.requester.at);
    }
    Result<LostWrites> saved = co_await search.run(std::move(file));
    if (!saved.ok()) {
        co_return std::move(saved).failure();
    }
    report_.lost_writes = saved->documents;
    report_.lost_writes_file = std::move(saved->file);
    co_return Result<void>{};
}

Task<Result<void>> Turner::finish() {
    // The mark and the aliases as they are now.
    Result<RoleIndex> marked = co_await ports_.roles.read_role(task_.index.index);
    if (!marked.ok()) {
        co_return std::move(marked).failure();
    }
    const RoleIndex index = std::move(marked).value();
    Result<void> done = co_await ports_.roles.hold_back_settings(index);
    if (!done.ok()) {
        co_return done;
    }
    done = co_await ports_.roles.raise_fence(index);
    if (!done.ok()) {
        co_return done;
    }
    // What was restored by schedule is the copy of one moment again: nobody writes to it.
    if (!index.recovery) {
        std::vector<RoleIndex> one{index};
        done = co_await ports_.roles.unblock_writes(std::move(one));
    }
    if (!done.ok()) {
        co_return done;
    }
    changing_.index = index;
    changing_.change.reset();
    done = co_await write_journal();
    co_return done;
}

// Nothing was changed but the block: the index takes writes again, if it did before. The journal
// stays until that is so: a block without one is taken for somebody else's.
Task<void> Turner::give_up() {
    Result<void> done;
    if (!stays_blocked_ && !half_promoted_) {
        std::vector<RoleIndex> one{index_};
        done = co_await ports_.roles.unblock_writes(std::move(one));
    }
    if (done.ok()) {
        // A promotion that is still owed something goes on where it was.
        changing_.change = half_promoted_;
        done = co_await write_journal();
    }
    if (!done.ok()) {
        turn_log.error("writes to an index may still be blocked: run the same command again",
                       observe::field("index", task_.index.index));
    }
}

}  // namespace followd::engine
