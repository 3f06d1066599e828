#include "engine/promotion_command.hpp"

#include "engine/promotion_rows.hpp"
#include "observe/log.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <string>
#include <utility>

namespace followd::engine {

namespace {

const observe::Logger control_log("control");

constexpr Duration drain_look_interval = std::chrono::milliseconds{20};
// A follower that was just made ready has no shards for a moment.
constexpr Duration drain_begin_within = std::chrono::seconds{10};

std::map<ClusterName, std::vector<RoleIndex>> by_cluster(const std::vector<MarkedIndex>& marked) {
    std::map<ClusterName, std::vector<RoleIndex>> indices;
    for (const MarkedIndex& one : marked) {
        indices[one.cluster].push_back(one.index);
    }
    return indices;
}

}  // namespace

Task<void> warn_of_missing(RoleCluster* cluster,
                           std::vector<RoleIndex> indices,
                           ControlReport* report) {
    Result<std::vector<std::string>> missing = co_await cluster->find_missing(std::move(indices));
    if (missing.ok()) {
        std::ranges::move(*missing, std::back_inserter(report->warnings));
    }
}

PromotionCommand::PromotionCommand(boost::asio::any_io_executor executor, const ControlPorts& ports)
    : executor_(std::move(executor)), ports_(ports) {}

Task<void> PromotionCommand::run(std::vector<MarkedIndex> followers,
                                 PromoteOptions options,
                                 Requester requester,
                                 ControlReport* report) {
    const Instant until = ports_.timers.now() + options.drain;
    const std::set<IndexPlace> begun = co_await find_begun(followers);
    std::vector<MarkedIndex> drained;
    for (MarkedIndex& one : followers) {
        const bool must_be_drained =
            one.index.is(MarkRole::follower) && !options.no_drain && !begun.contains(one.place());
        std::optional<ControlRow> failed;
        if (must_be_drained && !one.is_generation()) {
            failed = co_await drain(one, options, until);
        } else if (must_be_drained && !options.force) {
            failed = undrainable_row(ports_, one);
        }
        if (failed) {
            report->rows.push_back(*std::move(failed));
            continue;
        }
        drained.push_back(std::move(one));
    }
    co_await promote(std::move(drained), std::move(requester), report);
}

// What was begun before is only finished: nothing follows there any more.
Task<std::set<IndexPlace>> PromotionCommand::find_begun(std::vector<MarkedIndex> marked) {
    std::map<ClusterName, std::vector<RoleIndex>> indices = by_cluster(marked);
    std::set<IndexPlace> begun;
    for (auto& [cluster, of_cluster] : indices) {
        const Result<std::vector<ChangingIndex>> changes =
            co_await ports_.roles(cluster).read_changes(std::move(of_cluster));
        if (!changes.ok()) {
            continue;  // the promotion itself tells why
        }
        for (const ChangingIndex& changing : *changes) {
            if (changing.change) {
                begun.insert({cluster, changing.index.name});
            }
        }
    }
    co_return begun;
}

Task<std::optional<ControlRow>> PromotionCommand::drain(MarkedIndex marked,
                                                        PromoteOptions options,
                                                        Instant until) {
    Result<void> drained = co_await wait_drained(marked.place(), marked.leader(), until);
    if (drained.ok() || options.force) {
        co_return std::nullopt;
    }
    co_return undrained_row(ports_, marked, std::move(drained).failure());
}

Task<Result<void>> PromotionCommand::wait_drained(IndexPlace follower,
                                                  IndexPlace leader,
                                                  Instant until) {
    std::vector<std::string> name{leader.index.value()};
    const Result<std::vector<IndexSample>> samples =
        co_await ports_.leader(leader.cluster).sample(std::move(name));
    if (!samples.ok()) {
        co_return Failure{samples.failure().kind,
                          "the leader cannot be asked how far it is: " + samples.failure().what,
                          samples.failure().where};
    }
    const auto sample = std::ranges::find(*samples, leader.index, &IndexSample::name);
    if (sample == samples->end()) {
        co_return Failure{
            FailureKind::unavailable, "the leader index is not there, or closed", leader.text()};
    }
    bool began = false;
    const Instant begin_until = std::min(until, ports_.timers.now() + drain_begin_within);
    while (true) {
        IndexFollower* found = ports_.supervisor.find(follower);
        began = began || (found != nullptr && found->begin_drain(*sample));
        if (began && found != nullptr && found->is_drained()) {
            co_return Result<void>{};
        }
        const Instant now = ports_.timers.now();
        if (!began && now >= begin_until) {
            co_return Failure{FailureKind::unavailable,
                              "it does not follow its leader at the moment (see followd status)",
                              follower.text()};
        }
        if (now >= until) {
            co_return Failure{FailureKind::timeout,
                              "it did not come level with its leader in time",
                              follower.text()};
        }
        co_await ports_.timers.sleep_until(std::min(until, now + drain_look_interval));
    }
}

Task<std::vector<SeqNo>> PromotionCommand::applied_through(MarkedIndex marked) {
    const IndexFollower* follower = ports_.supervisor.find(marked.place());
    if (follower != nullptr && !follower->applied_through().empty()) {
        co_return follower->applied_through();
    }
    // Nobody follows it now: what was stored is what is known.
    std::vector<SeqNo> applied;
    for (int shard = 0; shard < marked.index.shards; ++shard) {
        const ShardKey key{marked.index.leader_cluster,
                           marked.index.leader_uuid,
                           marked.cluster,
                           marked.index.name,
                           shard};
        const Result<std::optional<Checkpoint>> stored = co_await ports_.checkpoints.load(key);
        // Of an earlier following nothing counts: clients have written to the index since.
        const bool is_of_this = stored.ok() && stored->has_value() &&
                                (*stored)->follower.uuid == marked.index.uuid &&
                                (*stored)->base == base_of_generation(marked.index.generation);
        applied.push_back(
            is_of_this ? certainly_applied((*stored)->applied_through, (*stored)->swept_through)
                       : SeqNo::none());
    }
    co_return applied;
}

Task<Result<void>> PromotionCommand::hold_back(MarkedIndex follower) {
    const IndexPlace place = follower.known_as();
    std::optional<Hold> before;
    const Holds& holds = ports_.supervisor.holds();
    if (const auto held = holds.find(place); held != holds.end()) {
        before = held->second;
    }
    Hold hold{IndexPhase::promoting, "it is being promoted", true};
    co_await ports_.supervisor.hold(place, std::move(hold));
    if (!follower.is_generation() || !follower.index.is(MarkRole::follower)) {
        co_return Result<void>{};
    }
    // Its schedule may have shown a newer one since it was found.
    const Result<RoleIndex> present =
        co_await ports_.roles(follower.cluster).read_role(follower.index.name);
    if (present.ok()) {
        follower.index = *present;
        if (follower.is_generation() && follower.is_shown_by_alias()) {
            co_return Result<void>{};
        }
    }
    if (before) {
        co_await ports_.supervisor.hold(place, *std::move(before));
    } else {
        ports_.supervisor.release(place);
    }
    if (!present.ok() && present.failure().kind != FailureKind::not_found) {
        co_return present.failure();
    }
    co_return Failure{FailureKind::throttled,
                      "its schedule has just shown a newer index there: give the command again",
                      place.text()};
}

Task<void> PromotionCommand::promote(std::vector<MarkedIndex> followers,
                                     Requester requester,
                                     ControlReport* report) {
    std::map<ClusterName, std::map<IndexName, std::vector<SeqNo>>> applied;
    std::map<IndexPlace, ControlRow> rows;
    std::vector<MarkedIndex> held;
    for (MarkedIndex& one : followers) {
        applied[one.cluster][one.index.name] = co_await applied_through(one);
        // What is known of it ends with the following.
        rows.emplace(one.place(), promoted_row(ports_, one));
        const Result<void> is_held = co_await hold_back(one);
        if (!is_held.ok()) {
            report->rows.push_back(failed_row(one.known_as(), is_held.failure()));
            continue;
        }
        held.push_back(std::move(one));
    }
    std::map<ClusterName, std::vector<RoleIndex>> indices = by_cluster(held);
    for (auto& [cluster, of_cluster] : indices) {
        RoleCluster& roles = ports_.roles(cluster);
        co_await warn_of_missing(&roles, of_cluster, report);
        Promoter promoter(executor_, roles);
        PromotionOutcome outcome = co_await promoter.promote(
            std::move(of_cluster), std::move(applied[cluster]), requester);
        std::ranges::move(outcome.warnings, std::back_inserter(report->warnings));
        for (PromotedIndex& promoted : outcome.indices) {
            ControlRow& before = rows.at({cluster, promoted.index.name});
            ControlRow row =
                co_await told_as_promoted(std::move(promoted), std::move(before), report);
            report->rows.push_back(std::move(row));
        }
    }
}

// Whatever came of it, nobody follows there until a person says so.
Task<ControlRow> PromotionCommand::told_as_promoted(PromotedIndex promoted,
                                                    ControlRow before,
                                                    ControlReport* report) {
    const IndexPlace place{before.cluster, before.index};
    if (promoted.failure) {
        control_log.error("index could not be promoted",
                          observe::field("index", place.index),
                          observe::field("kind", promoted.failure->kind),
                          observe::field("error", promoted.failure->what));
        co_await ports_.supervisor.hold(
            place,
            Hold{IndexPhase::promoting,
                 "its promotion stopped: " + promoted.failure->what +
                     "; followd promote goes on with it, followd resume undoes it",
                 true});
        co_return failed_row(place, *std::move(promoted.failure));
    }
    // The mark tells from now on; a pause ends with the following that it held back.
    const Result<void> forgotten = co_await ports_.store.forget_intent(place);
    if (!forgotten.ok()) {
        report->warnings.push_back(place.text() + ": " + forgotten.failure().what);
    }
    co_await ports_.supervisor.hold(
        place,
        Hold{IndexPhase::promoted, note_of(promoted.index.promotion.value_or(Promotion{})), true});
    if (promoted.was_promoted_before) {
        co_return done_row(place, promoted_before_text(promoted.index));
    }
    co_return before;
}

}  // namespace followd::engine
