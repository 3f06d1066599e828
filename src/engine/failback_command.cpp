#include "engine/failback_command.hpp"

#include "followd/base/assert.hpp"

#include <string>
#include <utility>
#include <vector>

namespace followd::engine {

namespace {

/// A rule that recovers by schedule has nobody follow the other way round.
ControlRow refuse_generation(const MarkedIndex& generation) {
    const IndexPlace place = generation.place();
    const IndexPlace alias = generation.known_as();
    return failed_row(
        alias,
        Failure{FailureKind::refused,
                "its rule recovers it by schedule (mode: snapshot), and is not turned round. To "
                "have it on cluster " +
                    generation.leader().cluster.value() +
                    ", add a rule with mode: history, leader: " + place.cluster.value() +
                    ", follower: " + generation.leader().cluster.value() + ", indices: [" +
                    place.index.value() + "]",
                alias.text()});
}

}  // namespace

FailbackCommand::FailbackCommand(const ControlPorts& ports, PromotionCommand& promotions)
    : ports_(ports), promotions_(promotions) {}

Task<ControlRow> FailbackCommand::run_turn(TurnTask task) {
    const IndexPlace place = task.index;
    const std::string leader = task.leader.text();
    const bool is_dry_run = task.is_dry_run;
    const bool is_generation = task.is_generation;
    const TurnPorts ports{ports_.roles(task.index.cluster),
                          ports_.roles(task.leader.cluster),
                          ports_.leader(task.index.cluster),
                          ports_.leader(task.leader.cluster),
                          ports_.shards,
                          ports_.lost_writes};
    Turner turner(ports, std::move(task), ports_.supervisor.settings().limits);
    Result<TurnReport> turned = co_await turner.turn();
    if (!turned.ok()) {
        co_return failed_row(place, std::move(turned).failure());
    }
    if (is_generation) {
        co_return done_row(place,
                           "is recovered by schedule" +
                               std::string(turned->was_turned_before ? " already" : " again") +
                               ", from " + leader);
    }
    const std::string verb = is_dry_run                  ? "would follow "
                             : turned->was_turned_before ? "follows already "
                                                         : "follows ";
    ControlRow row = done_row(place, verb + leader);
    if (turned->was_unwritten) {
        row.what += " again, as before its promotion";
    }
    row.lost_writes = turned->lost_writes;
    row.lost_writes_file = turned->lost_writes_file;
    co_return row;
}

Task<Result<std::optional<RoleChange>>> FailbackCommand::begun_change(ClusterName cluster,
                                                                      RoleIndex index) {
    std::vector<RoleIndex> one{std::move(index)};
    const Result<std::vector<ChangingIndex>> changes =
        co_await ports_.roles(cluster).read_changes(std::move(one));
    if (!changes.ok()) {
        co_return changes.failure();
    }
    co_return changes->front().change;
}

Task<Result<void>> FailbackCommand::promote(MarkedIndex index, Requester requester) {
    ControlReport promotion;
    std::vector<MarkedIndex> one{std::move(index)};
    co_await promotions_.promote(std::move(one), std::move(requester), &promotion);
    FOLLOWD_ASSERT(promotion.rows.size() == 1);
    ControlRow& row = promotion.rows.front();
    co_return row.failure ? Result<void>{*std::move(row.failure)} : Result<void>{};
}

// Its mark says promoted; until its journal is closed it may take no writes.
Task<Result<void>> FailbackCommand::finish_promotion(MarkedIndex leading, Requester requester) {
    const Result<std::optional<RoleChange>> begun =
        co_await begun_change(leading.cluster, leading.index);
    if (!begun.ok()) {
        co_return begun.failure();
    }
    if (!*begun || (*begun)->kind != RoleChangeKind::promote) {
        co_return Result<void>{};
    }
    const IndexPlace place = leading.place();
    Result<void> promoted = co_await promote(std::move(leading), std::move(requester));
    if (promoted.ok()) {
        ports_.supervisor.release(place);
    }
    co_return promoted;
}

Task<Result<bool>> FailbackCommand::is_led(MarkedIndex following, Requester requester) {
    const IndexPlace place = following.leader();
    const Result<RoleIndex> leader = co_await ports_.roles(place.cluster).read_role(place.index);
    if (!leader.ok() && leader.failure().kind != FailureKind::not_found) {
        co_return leader.failure();
    }
    if (!leader.ok() || !leader->is(MarkRole::promoted)) {
        co_return false;
    }
    MarkedIndex leading{following.rule, place.cluster, *leader};
    const Result<void> finished =
        co_await finish_promotion(std::move(leading), std::move(requester));
    if (!finished.ok()) {
        co_return finished.failure();
    }
    co_return true;
}

// Its mark says follower, and a change of its role did not come to its end: it was turned round, or
// somebody began to promote it. Either way it follows from now on. Whether there was one.
Task<Result<bool>> FailbackCommand::finish_turn(MarkedIndex following, Requester requester) {
    const Result<std::optional<RoleChange>> begun =
        co_await begun_change(following.cluster, following.index);
    if (!begun.ok()) {
        co_return begun.failure();
    }
    if (!*begun) {
        co_return false;
    }
    ControlRow row = co_await take_back(std::move(following), true, std::move(requester));
    if (row.failure) {
        co_return *std::move(row.failure);
    }
    co_return true;
}

Task<ControlRow> FailbackCommand::take_back(MarkedIndex promoted,
                                            bool may_discard,
                                            Requester requester) {
    const IndexPlace place = promoted.known_as();
    TurnTask task{promoted.place(), promoted.leader(), std::move(requester)};
    task.may_discard = may_discard;
    task.is_generation = promoted.is_generation();
    co_await ports_.supervisor.hold(
        place, Hold{IndexPhase::failing_back, "its promotion is being taken back", true});
    ControlRow row = co_await run_turn(std::move(task));
    row.index = place.index;
    // Whether it may follow now, its mark says.
    ports_.supervisor.release(place);
    co_return row;
}

Task<ControlRow> FailbackCommand::fail_back(MarkedIndex leading, Requester requester) {
    const IndexPlace place = leading.place();
    const IndexPlace old_leader = leading.leader();
    if (leading.is_generation()) {
        co_return refuse_generation(leading);
    }
    if (old_leader.cluster == place.cluster) {
        co_return failed_row(place,
                             Failure{FailureKind::refused,
                                     "leader and follower are in one cluster, between which a rule "
                                     "is not turned round: move the alias instead",
                                     place.text()});
    }
    if (leading.index.is(MarkRole::follower)) {
        // Of a pair that was turned before, the new leader's mark was found, too.
        const Result<bool> is_turned = co_await is_led(leading, requester);
        if (!is_turned.ok()) {
            co_return failed_row(place, is_turned.failure());
        }
        if (!*is_turned) {
            co_return failed_row(
                place,
                Failure{
                    FailureKind::conflict,
                    "it was never promoted, so there is nothing to fail back: followd promote " +
                        place.index.value() + " makes it an index of its own",
                    place.text()});
        }
        const Result<bool> finished =
            co_await finish_turn(std::move(leading), std::move(requester));
        if (!finished.ok()) {
            co_return failed_row(place, finished.failure());
        }
        co_return done_row(place, "follows " + old_leader.text() + (*finished ? "" : " already"));
    }
    const Result<void> takes_writes = co_await finish_promotion(std::move(leading), requester);
    if (!takes_writes.ok()) {
        co_return failed_row(place, takes_writes.failure());
    }
    const Hold hold{IndexPhase::failing_back, "the old leader is made a follower", true};
    co_await ports_.supervisor.hold(old_leader, hold);
    co_await ports_.supervisor.hold(place, hold);
    ControlRow row = co_await run_turn(TurnTask{old_leader, place, std::move(requester)});
    ports_.supervisor.release(old_leader);
    ports_.supervisor.release(place);
    co_return row;
}

Task<ControlRow> FailbackCommand::plan(MarkedIndex leading) {
    if (leading.is_generation()) {
        co_return refuse_generation(leading);
    }
    TurnTask task{leading.leader(), leading.place(), {}};
    task.is_dry_run = true;
    ControlRow row = co_await run_turn(std::move(task));
    row.what = row.failure ? row.what : "failback: it " + row.what;
    co_return row;
}

// --- the switch ----------------------------------------------------------------------------------

Task<std::optional<ControlRow>> FailbackCommand::switch_back(MarkedIndex found,
                                                             Duration drain,
                                                             Requester requester) {
    if (found.is_generation()) {
        co_return std::nullopt;
    }
    // Those that a failback made followers, and those whose switch was cut short, are on the side
    // where the rule begins. Where that leads already, its follower was found.
    if (!found.is_away()) {
        ControlRow row = co_await switch_pair(std::move(found), drain, std::move(requester));
        co_return row;
    }
    if (!found.index.is(MarkRole::follower)) {
        co_return std::nullopt;
    }
    const Result<bool> is_turned = co_await is_led(found, requester);
    if (!is_turned.ok()) {
        co_return failed_row(found.place(), is_turned.failure());
    }
    if (!*is_turned) {
        co_return std::nullopt;
    }
    ControlRow row = co_await already_leads(std::move(found), std::move(requester));
    co_return row;
}

Task<ControlRow> FailbackCommand::already_leads(MarkedIndex following, Requester requester) {
    const IndexPlace place = following.place();
    const IndexPlace leader = following.leader();
    const Result<bool> finished = co_await finish_turn(std::move(following), std::move(requester));
    if (!finished.ok()) {
        co_return failed_row(leader, finished.failure());
    }
    co_return done_row(leader,
                       "leads " + std::string(*finished ? "again" : "already") + ", " +
                           place.text() + " follows it");
}

Task<ControlRow> FailbackCommand::switch_pair(MarkedIndex following,
                                              Duration drain,
                                              Requester requester) {
    const IndexPlace place = following.place();
    const IndexPlace leader = following.leader();
    Result<void> promoted;
    if (following.index.is(MarkRole::follower)) {
        promoted = co_await hand_over(std::move(following), drain, requester);
    } else {
        promoted = co_await finish_promotion(std::move(following), requester);
    }
    if (!promoted.ok()) {
        co_return failed_row(place, promoted.failure());
    }
    co_await ports_.supervisor.hold(
        leader, Hold{IndexPhase::failing_back, "it is made a follower again", true});
    ControlRow turned = co_await run_turn(TurnTask{leader, place, std::move(requester)});
    ports_.supervisor.release(leader);
    ports_.supervisor.release(place);
    if (turned.failure) {
        turned.failure->what += "; " + place.text() + " leads already: run the same command again";
        co_return turned;
    }
    ControlRow row = done_row(place, "leads again, " + leader.text() + " follows it");
    row.lost_writes = turned.lost_writes;
    row.lost_writes_file = turned.lost_writes_file;
    co_return row;
}

// The leader takes no more writes, all it has is on the follower, and that is promoted.
Task<Result<void>> FailbackCommand::hand_over(MarkedIndex following,
                                              Duration drain,
                                              Requester requester) {
    const IndexPlace leader = following.leader();
    RoleCluster& leader_roles = ports_.roles(leader.cluster);
    const Result<RoleIndex> leading = co_await leader_roles.read_role(leader.index);
    if (!leading.ok()) {
        co_return leading.failure();
    }
    // A switch that stopped in the middle of its promotion begins again: the drain before it
    // says nothing of what was written since.
    const Result<bool> follows = co_await finish_turn(following, requester);
    if (!follows.ok()) {
        co_return follows.failure();
    }
    const std::vector<RoleIndex> one{*leading};
    Result<std::vector<ChangingIndex>> journal = co_await leader_roles.read_changes(one);
    if (!journal.ok()) {
        co_return std::move(journal).failure();
    }
    const std::optional<RoleChange> begun = journal->front().change;
    if (begun && begun->kind == RoleChangeKind::promote) {
        co_return Failure{FailureKind::conflict,
                          "the promotion of its leader, begun at " + begun->at + " by " +
                              begun->by + ", has not ended: let followd promote finish it first",
                          leader.text()};
    }
    // A block that stands without a journal is not ours to lift.
    const bool stays_blocked = leading->is_write_blocked && !begun;
    journal->front().change = RoleChange{RoleChangeKind::follow, requester.at, requester.by, {}};
    journal = co_await leader_roles.write_changes(std::move(journal).value());
    if (!journal.ok()) {
        co_return std::move(journal).failure();
    }
    Result<void> done = co_await leader_roles.block_writes(one);
    if (done.ok()) {
        const Instant until = ports_.timers.now() + drain;
        done = co_await promotions_.wait_drained(following.place(), leader, until);
    }
    if (!done.ok()) {
        Failure failure = std::move(done).failure();
        Result<void> undone;
        if (!stays_blocked) {
            undone = co_await leader_roles.unblock_writes(one);
        }
        // As long as the block may stand its journal tells whose it is.
        if (undone.ok()) {
            journal->front().change.reset();
            const Result<std::vector<ChangingIndex>> closed =
                co_await leader_roles.write_changes(std::move(journal).value());
            undone = closed.ok() ? Result<void>{} : Result<void>{closed.failure()};
        }
        failure.what += undone.ok() ? "; writes are taken as before"
                                    : "; writes may still be blocked: run the same command again";
        co_return failure;
    }
    done = co_await promote(std::move(following), std::move(requester));
    co_return done;
}

}  // namespace followd::engine
