#include "engine/repair_command.hpp"

#include "engine/repairer.hpp"
#include "observe/log.hpp"

#include <string>
#include <utility>

namespace followd::engine {

namespace {

const observe::Logger control_log("control");

}  // namespace

RepairCommand::RepairCommand(const ControlPorts& ports, PromotionCommand& promotions)
    : ports_(ports), promotions_(promotions) {}

Task<ControlRow> RepairCommand::repair(MarkedIndex follower, Duration wait) {
    const IndexPlace place = follower.place();
    const IndexPlace leader = follower.leader();
    if (follower.is_generation()) {
        const IndexPlace alias = follower.known_as();
        co_return failed_row(
            alias,
            Failure{FailureKind::refused,
                    follower.index.is(MarkRole::promoted)
                        ? "it was promoted and is an index of its own, with no leader to be like"
                        : "it is recovered by schedule, and takes no writes that could be wrong: "
                          "the next run of its rule restores it anew",
                    alias.text()});
    }
    const auto held = ports_.supervisor.holds().find(place);
    const bool is_held = held != ports_.supervisor.holds().end();
    if (is_held || !follower.index.is(MarkRole::follower)) {
        std::string why = is_held
                              ? held->second.why
                              : "it was promoted and is an index of its own, with no leader to be "
                                "like: followd failback lets the old leader follow it, followd "
                                "resume undoes a promotion by mistake";
        co_return failed_row(place, Failure{FailureKind::conflict, std::move(why), place.text()});
    }
    // Only a pair that is followed comes level by itself.
    Result<void> level =
        co_await promotions_.wait_drained(place, leader, ports_.timers.now() + wait);
    if (!level.ok()) {
        co_return failed_row(place, std::move(level).failure());
    }
    Repairer repairer(RepairPorts{ports_.leader(leader.cluster),
                                  *ports_.clusters.at(place.cluster).follower,
                                  ports_.shards,
                                  ports_.timers},
                      RepairTask{follower.is_away() ? follower.rule : turned_round(follower.rule),
                                 leader.index,
                                 place.index,
                                 wait,
                                 ports_.supervisor.settings().limits});
    const Result<Damage> damage = co_await repairer.inspect();
    if (!damage.ok()) {
        co_return failed_row(place, damage.failure());
    }
    if (damage->is_none()) {
        co_return done_row(place, "is equal: nothing to repair");
    }
    co_await ports_.supervisor.hold(place,
                                    Hold{IndexPhase::discovered, "it is being repaired", true});
    const Result<void> repaired = co_await repairer.repair();
    ports_.supervisor.release(place);
    if (!repaired.ok()) {
        co_return failed_row(place, repaired.failure());
    }
    level = co_await promotions_.wait_drained(place, leader, ports_.timers.now() + wait);
    if (!level.ok()) {
        Failure failure = std::move(level).failure();
        failure.what += "; its repair goes on by itself";
        co_return failed_row(place, std::move(failure));
    }
    control_log.info("follower was repaired",
                     observe::field("index", place.index),
                     observe::field("docs", damage->missing + damage->surplus + damage->contents));
    co_return done_row(place, "repaired: " + damage->text());
}

}  // namespace followd::engine
