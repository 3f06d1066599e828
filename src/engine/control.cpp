#include "engine/control.hpp"

#include "followd/base/assert.hpp"
#include "followd/core/follow_matcher.hpp"
#include "followd/model/index_pattern.hpp"

#include "observe/log.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace followd::engine {

namespace {

const observe::Logger control_log("control");

constexpr Duration drain_look_interval = std::chrono::milliseconds{20};
// A follower that was just made ready has no shards for a moment.
constexpr Duration drain_begin_within = std::chrono::seconds{10};

bool is_named(const ControlTargets& targets, const IndexName& name) {
    return std::ranges::any_of(targets.indices, [&name](const std::string& pattern) {
        return matches_wildcard(pattern, name.value());
    });
}

/// Those whose follower is named; where none is, those whose leader index is.
template <class T, class Follower, class Leader>
std::vector<T> named(std::vector<T> all,
                     const ControlTargets& targets,
                     const Follower& follower,
                     const Leader& leader) {
    if (targets.all) {
        return all;
    }
    std::vector<T> chosen;
    std::ranges::copy_if(all, std::back_inserter(chosen), [&](const T& one) {
        return is_named(targets, follower(one));
    });
    if (chosen.empty()) {
        std::ranges::copy_if(all, std::back_inserter(chosen), [&](const T& one) {
            return is_named(targets, leader(one));
        });
    }
    return chosen;
}

Failure nothing_matched(const ControlTargets& targets, const std::string& what) {
    std::string names;
    for (const std::string& name : targets.indices) {
        names += (names.empty() ? "" : ", ") + name;
    }
    return Failure{FailureKind::not_found,
                   (targets.all ? "there is no " + what : "no " + what + " is named " + names) +
                       ": followd status lists the followers",
                   {}};
}

ControlRow failed_row(const FollowerPlace& place, Failure failure) {
    ControlRow row;
    row.cluster = place.first;
    row.index = place.second;
    row.failure = std::move(failure);
    return row;
}

ControlRow done_row(const FollowerPlace& place, std::string what) {
    ControlRow row;
    row.cluster = place.first;
    row.index = place.second;
    row.what = std::move(what);
    return row;
}

std::string_view word(IntentKind kind) {
    return kind == IntentKind::paused ? "paused" : "unfollowed";
}

/// How long ago both sides were last compared, for the end of a sentence.
std::string proof_of(const FollowerStatus& status, Instant now) {
    std::optional<Instant> oldest;
    for (const core::ShardStatus& shard : status.shards) {
        if (!shard.proof) {
            return "not yet proved equal by this daemon";
        }
        oldest = std::min(oldest.value_or(shard.proof->at), shard.proof->at);
    }
    if (!oldest) {
        return "nobody followed there, so when it was last proved equal is not known";
    }
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - *oldest).count();
    return "last proved equal " + std::to_string(age) + " s before";
}

std::int64_t operations_missing(const FollowerStatus& status) {
    std::int64_t missing = 0;
    for (const core::ShardStatus& shard : status.shards) {
        if (shard.leader_checkpoint) {
            missing += operations_between(shard.checkpoint, *shard.leader_checkpoint);
        }
    }
    return missing;
}

}  // namespace

Holds holds_of(const std::vector<Intent>& intents) {
    Holds holds;
    for (const Intent& intent : intents) {
        holds.insert_or_assign(
            intent.place,
            Hold{IndexPhase::paused,
                 std::string(word(intent.kind)) + " at " + intent.at + " by " + intent.by +
                     ": followd " + (intent.kind == IntentKind::paused ? "resume" : "follow") +
                     " lets it go on",
                 intent.kind == IntentKind::paused});
    }
    return holds;
}

/// Takes places for as long as it lives.
class Control::Busy {
public:
    explicit Busy(std::set<FollowerPlace>& places) : places_(places) {}
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    ~Busy() {
        for (const FollowerPlace& place : taken_) {
            places_.erase(place);
        }
    }
    /// Both sides of a pair may be found: what is taken by this command is no obstacle to it.
    [[nodiscard]] std::optional<Failure> take(const FollowerPlace& place) {
        if (std::ranges::find(taken_, place) != taken_.end()) {
            return std::nullopt;
        }
        if (!places_.insert(place).second) {
            return Failure{FailureKind::throttled,
                           "another command is at work on it: wait for its end, or look at "
                           "followd status",
                           place.first.value() + "/" + place.second.value()};
        }
        taken_.push_back(place);
        return std::nullopt;
    }

private:
    std::set<FollowerPlace>& places_;
    std::vector<FollowerPlace> taken_;
};

Control::Control(boost::asio::any_io_executor executor, ControlPorts ports)
    : executor_(std::move(executor)), ports_(std::move(ports)) {}

RoleCluster& Control::roles(const ClusterName& cluster) {
    RoleCluster* roles = ports_.clusters.at(cluster).roles;
    FOLLOWD_ASSERT(roles != nullptr);
    return *roles;
}

// --- who is meant --------------------------------------------------------------------------------

Task<std::vector<Control::Marked>> Control::find_marked(ControlTargets targets,
                                                        ControlReport* report) {
    // A failback's follower is on the rule's leader side, so both sides are asked.
    std::map<ClusterName, std::vector<std::string>> patterns;
    const std::vector<FollowRule> rules = ports_.supervisor.settings().follow;
    for (const FollowRule& rule : rules) {
        const std::vector<FollowRule> both{rule, turned_round(rule)};
        for (const FollowRule& side : both) {
            std::vector<std::string>& of_cluster = patterns[side.leader];
            for (std::string& pattern : core::patterns_to_ask({side}, side.leader)) {
                of_cluster.push_back(std::move(pattern));
            }
        }
        // A follower has its leader's aliases, by which a rule may name it.
        for (const std::string& pattern : rule.indices) {
            if (!is_exclusion(pattern)) {
                patterns[rule.follower].push_back(pattern);
            }
        }
    }
    std::vector<Marked> found;
    for (const auto& [cluster, of_cluster] : patterns) {
        const Result<std::vector<RoleIndex>> indices =
            co_await roles(cluster).list_marked(of_cluster);
        if (!indices.ok()) {
            report->warnings.push_back("cluster " + cluster.value() +
                                       " was not asked: " + indices.failure().what);
            continue;
        }
        for (const RoleIndex& index : *indices) {
            const auto rule = std::ranges::find_if(rules, [&](const FollowRule& candidate) {
                const bool is_away =
                    cluster == candidate.follower && index.leader_cluster == candidate.leader;
                const bool is_home =
                    cluster == candidate.leader && index.leader_cluster == candidate.follower;
                const std::string& name = index.name.value();
                const std::optional<std::string> home =
                    is_away ? leader_index_name(candidate, name) : std::optional{name};
                return (is_away || is_home) && home &&
                       rule_covers(candidate, *home, index.alias_names);
            });
            if (rule != rules.end()) {
                found.push_back(Marked{*rule, cluster, index});
            }
        }
    }
    drop_former(found);
    co_return named(
        std::move(found),
        targets,
        [](const Marked& marked) { return marked.index.name; },
        [](const Marked& marked) { return marked.index.leader_index; });
}

// Both sides of a pair that has changed roles before have a mark. The one that follows now is
// meant, or else the one that was promoted last.
void Control::drop_former(std::vector<Marked>& found) {
    const auto is_former = [&found](const Marked& one) {
        return one.index.is(MarkRole::promoted) &&
               std::ranges::any_of(found, [&one](const Marked& partner) {
                   return partner.cluster == one.other() &&
                          partner.index.name == one.index.leader_index &&
                          (partner.index.is(MarkRole::follower) ||
                           partner.index.epoch > one.index.epoch);
               });
    };
    std::vector<Marked> present;
    std::ranges::copy_if(
        found, std::back_inserter(present), [&](const Marked& one) { return !is_former(one); });
    found = std::move(present);
}

std::vector<FollowerStatus> Control::find_followed(const ControlTargets& targets,
                                                   ControlReport& report) const {
    std::vector<FollowerStatus> rows = ports_.supervisor.followers();
    std::erase_if(rows, [](const FollowerStatus& row) { return !row.follower_index; });
    std::vector<FollowerStatus> chosen = named(
        std::move(rows),
        targets,
        [](const FollowerStatus& row) { return *row.follower_index; },
        [](const FollowerStatus& row) { return row.leader_index; });
    if (chosen.empty()) {
        report.failure = nothing_matched(targets, "follower");
    }
    return chosen;
}

// --- pause, unfollow, follow ---------------------------------------------------------------------

Task<ControlReport> Control::pause(ControlTargets targets, Requester requester) {
    ControlReport report =
        co_await keep_intent(std::move(targets), IntentKind::paused, std::move(requester));
    co_return report;
}

Task<ControlReport> Control::unfollow(ControlTargets targets, Requester requester) {
    ControlReport report =
        co_await keep_intent(std::move(targets), IntentKind::unfollowed, std::move(requester));
    co_return report;
}

Task<ControlReport> Control::keep_intent(ControlTargets targets,
                                         IntentKind kind,
                                         Requester requester) {
    ControlReport report;
    Busy busy(busy_);
    const std::vector<FollowerStatus> rows = find_followed(targets, report);
    for (const FollowerStatus& row : rows) {
        const FollowerPlace place{row.follower, *row.follower_index};
        if (std::optional<Failure> failure = busy.take(place)) {
            report.rows.push_back(failed_row(place, *std::move(failure)));
            continue;
        }
        if (row.phase == IndexPhase::promoted || row.phase == IndexPhase::promoting) {
            report.rows.push_back(failed_row(
                place,
                Failure{FailureKind::conflict,
                        "it is " + std::string(to_string(row.phase)) + ": nothing follows there",
                        place.first.value() + "/" + place.second.value()}));
            continue;
        }
        const Intent intent{place, kind, requester.at, requester.by};
        const Result<void> saved = co_await ports_.store.save_intent(intent);
        if (!saved.ok()) {
            report.rows.push_back(failed_row(place, saved.failure()));
            continue;
        }
        Hold hold = holds_of({intent}).at(place);
        co_await ports_.supervisor.hold(place, std::move(hold));
        control_log.info("following was held back",
                         observe::field("index", place.second),
                         observe::field("action", word(kind)),
                         observe::field("by", requester.by));
        report.rows.push_back(done_row(place, std::string(word(kind))));
    }
    co_return report;
}

Task<ControlReport> Control::follow(ControlTargets targets, Requester requester) {
    ControlReport report;
    // Copies: holds change on the way.
    const Holds holds = ports_.supervisor.holds();
    const std::vector<FollowRule> rules = ports_.supervisor.settings().follow;
    const auto is_meant = [&](const FollowerPlace& place) {
        if (targets.all || is_named(targets, place.second)) {
            return true;
        }
        return std::ranges::any_of(rules, [&](const FollowRule& rule) {
            const std::optional<std::string> leader = leader_index_name(rule, place.second.value());
            const bool is_rules =
                rule.follower == place.first && leader && rule_covers(rule, *leader, {});
            return is_rules && (is_named(targets, IndexName{*leader}) ||
                                is_named(targets, IndexName{rule.name.value()}));
        });
    };
    for (const auto& [place, hold] : holds) {
        if (hold.phase != IndexPhase::paused || !is_meant(place)) {
            continue;
        }
        const Result<void> forgotten = co_await ports_.store.forget_intent(place);
        if (!forgotten.ok()) {
            report.rows.push_back(failed_row(place, forgotten.failure()));
            continue;
        }
        ports_.supervisor.release(place);
        control_log.info("following goes on",
                         observe::field("index", place.second),
                         observe::field("by", requester.by));
        report.rows.push_back(done_row(place, "followed again"));
    }
    if (!report.rows.empty()) {
        co_return report;
    }
    // Followed already, or no rule means it.
    const std::vector<FollowerStatus> rows = find_followed(targets, report);
    for (const FollowerStatus& row : rows) {
        report.rows.push_back(done_row({row.follower, *row.follower_index}, "followed already"));
    }
    if (report.failure) {
        report.failure->what += "; to follow another index, write a rule that means it";
    }
    co_return report;
}

// --- resume --------------------------------------------------------------------------------------

Task<ControlReport> Control::resume(ControlTargets targets,
                                    bool discard_local,
                                    Requester requester) {
    ControlReport report;
    Busy busy(busy_);
    const Holds holds = ports_.supervisor.holds();
    for (const auto& [place, hold] : holds) {
        const bool is_paused = hold.phase == IndexPhase::paused && hold.is_shown;
        if (!is_paused || !(targets.all || is_named(targets, place.second))) {
            continue;
        }
        const Result<void> forgotten = co_await ports_.store.forget_intent(place);
        if (!forgotten.ok()) {
            report.rows.push_back(failed_row(place, forgotten.failure()));
            continue;
        }
        ports_.supervisor.release(place);
        control_log.info("following goes on",
                         observe::field("index", place.second),
                         observe::field("by", requester.by));
        report.rows.push_back(done_row(place, "followed again"));
    }
    std::vector<Marked> marked = co_await find_marked(targets, &report);
    const bool matched = !marked.empty() || !report.rows.empty();
    for (Marked& one : marked) {
        const FollowerPlace place = one.place();
        const auto hold = holds.find(place);
        if (hold != holds.end() && !hold->second.is_shown) {
            report.rows.push_back(failed_row(
                place,
                Failure{
                    FailureKind::conflict,
                    "it is unfollowed: followd follow " + place.second.value() + " lets it go on",
                    place.first.value() + "/" + place.second.value()}));
            continue;
        }
        const bool is_done = std::ranges::any_of(report.rows, [&place](const ControlRow& row) {
            return row.cluster == place.first && row.index == place.second;
        });
        if (is_done) {
            continue;
        }
        if (std::optional<Failure> failure = busy.take(place)) {
            report.rows.push_back(failed_row(place, *std::move(failure)));
            continue;
        }
        ControlRow row = co_await undo_promotion(std::move(one), discard_local, requester);
        report.rows.push_back(std::move(row));
    }
    if (!matched) {
        report.failure = nothing_matched(targets, "follower");
    }
    co_return report;
}

Task<ControlRow> Control::undo_promotion(Marked marked, bool discard_local, Requester requester) {
    const FollowerPlace place = marked.place();
    TurnTask task;
    task.index = marked.index.name;
    task.cluster = marked.cluster;
    task.leader = marked.other();
    task.leader_index = marked.index.leader_index;
    task.requester = requester;
    task.may_discard = discard_local;
    co_await ports_.supervisor.hold(
        place, Hold{IndexPhase::failing_back, "its promotion is being taken back", true});
    ControlRow row = co_await run_turn(std::move(task));
    // Whether it may follow now, its mark says.
    ports_.supervisor.release(place);
    co_return row;
}

// --- promote -------------------------------------------------------------------------------------

Task<ControlReport> Control::promote(ControlTargets targets,
                                     PromoteOptions options,
                                     Requester requester) {
    ControlReport report;
    Busy busy(busy_);
    std::vector<Marked> found = co_await find_marked(targets, &report);
    if (targets.all) {
        // Every follower: what leads already stays as it is.
        std::erase_if(found, [](const Marked& one) { return !one.index.is(MarkRole::follower); });
    }
    if (found.empty()) {
        report.failure = nothing_matched(targets, "follower");
        co_return report;
    }
    std::vector<Marked> ready;
    for (Marked& one : found) {
        const FollowerPlace place = one.place();
        if (std::optional<Failure> failure = busy.take(place)) {
            report.rows.push_back(failed_row(place, *std::move(failure)));
            continue;
        }
        ready.push_back(std::move(one));
    }
    const Instant until = ports_.timers.now() + options.drain;
    const std::set<FollowerPlace> begun = co_await find_begun(ready);
    std::vector<Marked> drained;
    for (Marked& one : ready) {
        const bool is_begun = begun.contains(one.place());
        if (one.index.is(MarkRole::follower) && !options.no_drain && !is_begun) {
            const ControlRow row = co_await drain(one, options, until);
            const bool stands = !row.failure;
            if (!stands) {
                report.rows.push_back(row);
                continue;
            }
        }
        drained.push_back(std::move(one));
    }
    co_await promote_all(std::move(drained), std::move(requester), &report);
    co_return report;
}

// What was begun before is only finished: nothing follows there any more.
Task<std::set<FollowerPlace>> Control::find_begun(std::vector<Marked> marked) {
    std::map<ClusterName, std::vector<RoleIndex>> by_cluster;
    for (const Marked& one : marked) {
        by_cluster[one.cluster].push_back(one.index);
    }
    std::set<FollowerPlace> begun;
    for (auto& [cluster, indices] : by_cluster) {
        const Result<std::vector<ChangingIndex>> changes =
            co_await roles(cluster).read_changes(std::move(indices));
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

Task<ControlRow> Control::drain(Marked marked, PromoteOptions options, Instant until) {
    const FollowerPlace place = marked.place();
    const Result<void> drained =
        co_await wait_drained(place, marked.index.leader_cluster, marked.index.leader_index, until);
    if (drained.ok()) {
        co_return done_row(place, "drained");
    }
    const IndexFollower* follower = ports_.supervisor.find(place);
    std::optional<std::int64_t> missing;
    if (follower != nullptr) {
        missing = operations_missing(follower->status());
    }
    if (options.force) {
        ControlRow row = done_row(place, "not drained (" + drained.failure().what + ")");
        row.missing_operations = missing.value_or(-1);
        co_return row;
    }
    Failure failure = drained.failure();
    failure.what +=
        missing ? "; " + std::to_string(*missing) + " operations are known to be missing here"
                : "; how many operations are missing here is not known";
    failure.what +=
        ". Nothing was changed. To go on without them: --force, or --no-drain where "
        "the leader is known to be lost";
    ControlRow row = failed_row(place, std::move(failure));
    row.missing_operations = missing;
    co_return row;
}

Task<Result<void>> Control::wait_drained(FollowerPlace place,
                                         ClusterName leader,
                                         IndexName leader_index,
                                         Instant until) {
    std::vector<std::string> name{leader_index.value()};
    const Result<std::vector<IndexSample>> samples =
        co_await ports_.clusters.at(leader).leader->sample(std::move(name));
    if (!samples.ok()) {
        co_return Failure{samples.failure().kind,
                          "the leader cannot be asked how far it is: " + samples.failure().what,
                          samples.failure().where};
    }
    const auto sample = std::ranges::find(*samples, leader_index, &IndexSample::name);
    if (sample == samples->end()) {
        co_return Failure{FailureKind::unavailable,
                          "the leader index is not there, or closed",
                          leader.value() + "/" + leader_index.value()};
    }
    bool began = false;
    const Instant begin_until = std::min(until, ports_.timers.now() + drain_begin_within);
    while (true) {
        IndexFollower* follower = ports_.supervisor.find(place);
        began = began || (follower != nullptr && follower->begin_drain(*sample));
        if (began && follower != nullptr && follower->is_drained()) {
            co_return Result<void>{};
        }
        const Instant now = ports_.timers.now();
        if (!began && now >= begin_until) {
            co_return Failure{FailureKind::unavailable,
                              "it does not follow its leader at the moment (see followd status)",
                              place.first.value() + "/" + place.second.value()};
        }
        if (now >= until) {
            co_return Failure{FailureKind::timeout,
                              "it did not come level with its leader in time",
                              place.first.value() + "/" + place.second.value()};
        }
        co_await ports_.timers.sleep_until(std::min(until, now + drain_look_interval));
    }
}

Task<std::vector<SeqNo>> Control::applied_through(Marked marked) {
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
        const bool is_of_this =
            stored.ok() && stored->has_value() && (*stored)->follower.uuid == marked.index.uuid;
        applied.push_back(is_of_this ? (*stored)->applied_through : SeqNo::none());
    }
    co_return applied;
}

Task<void> Control::promote_all(std::vector<Marked> marked,
                                Requester requester,
                                ControlReport* report) {
    std::map<ClusterName, std::vector<RoleIndex>> by_cluster;
    std::map<ClusterName, std::map<IndexName, std::vector<SeqNo>>> applied;
    std::map<FollowerPlace, std::string> proofs;
    std::map<FollowerPlace, std::int64_t> operations;
    for (const Marked& one : marked) {
        applied[one.cluster][one.index.name] = co_await applied_through(one);
        by_cluster[one.cluster].push_back(one.index);
        const IndexFollower* follower = ports_.supervisor.find(one.place());
        const FollowerStatus status = follower == nullptr ? FollowerStatus{} : follower->status();
        proofs[one.place()] = proof_of(status, ports_.timers.now());
        operations[one.place()] = operations_missing(status);
        co_await ports_.supervisor.hold(one.place(),
                                        Hold{IndexPhase::promoting, "it is being promoted", true});
    }
    for (auto& [cluster, indices] : by_cluster) {
        const Result<std::vector<std::string>> missing =
            co_await roles(cluster).find_missing(indices);
        if (missing.ok()) {
            report->warnings.insert(report->warnings.end(), missing->begin(), missing->end());
        }
        Promoter promoter(executor_, roles(cluster));
        PromotionOutcome outcome =
            co_await promoter.promote(std::move(indices), std::move(applied[cluster]), requester);
        std::ranges::move(outcome.warnings, std::back_inserter(report->warnings));
        for (PromotedIndex& promoted : outcome.indices) {
            const FollowerPlace place{cluster, promoted.index.name};
            if (promoted.failure) {
                control_log.error("index could not be promoted",
                                  observe::field("index", place.second),
                                  observe::field("kind", promoted.failure->kind),
                                  observe::field("error", promoted.failure->what));
                co_await ports_.supervisor.hold(
                    place,
                    Hold{IndexPhase::promoting,
                         "its promotion stopped: " + promoted.failure->what +
                             "; followd promote goes on with it, followd resume undoes it",
                         true});
                report->rows.push_back(failed_row(place, *std::move(promoted.failure)));
                continue;
            }
            // The mark tells from now on; a pause ends with the following that it held back.
            const Result<void> forgotten = co_await ports_.store.forget_intent(place);
            if (!forgotten.ok()) {
                report->warnings.push_back(place.second.value() + ": " + forgotten.failure().what);
            }
            // Nothing looks there again until a failback or an undoing lets go of it.
            co_await ports_.supervisor.hold(
                place,
                Hold{IndexPhase::promoted,
                     "it was promoted and is an index of its own. followd failback lets the old "
                     "leader follow it, followd resume undoes a promotion by mistake",
                     true});
            ControlRow row = done_row(
                place,
                promoted.was_promoted_before
                    ? "was promoted already" + (promoted.index.promotion
                                                    ? ", at " + promoted.index.promotion->at +
                                                          " by " + promoted.index.promotion->by
                                                    : std::string{})
                    : "promoted; " + proofs[place]);
            row.missing_operations = operations[place];
            report->rows.push_back(std::move(row));
        }
    }
}

// --- failback ------------------------------------------------------------------------------------

Task<ControlReport> Control::failback(ControlTargets targets, Requester requester) {
    ControlReport report;
    Busy busy(busy_);
    const std::vector<Marked> found = co_await find_marked(targets, &report);
    if (found.empty()) {
        report.failure = nothing_matched(targets, "promoted follower");
        co_return report;
    }
    for (const Marked& one : found) {
        const FollowerPlace place = one.place();
        const FollowerPlace old_leader{one.other(), one.index.leader_index};
        std::optional<Failure> failure = busy.take(place);
        if (!failure && old_leader != place) {
            failure = busy.take(old_leader);
        }
        if (failure) {
            report.rows.push_back(failed_row(place, *std::move(failure)));
            continue;
        }
        ControlRow row = co_await turn(one, requester);
        report.rows.push_back(std::move(row));
    }
    co_return report;
}

Task<ControlRow> Control::turn(Marked leading, Requester requester) {
    const FollowerPlace place = leading.place();
    const FollowerPlace old_leader{leading.other(), leading.index.leader_index};
    if (old_leader.first == place.first) {
        co_return failed_row(place,
                             Failure{FailureKind::refused,
                                     "leader and follower are in one cluster, between which a rule "
                                     "is not turned round: move the alias instead",
                                     place.first.value() + "/" + place.second.value()});
    }
    if (leading.index.is(MarkRole::follower)) {
        // Of a pair that was turned before, the new leader's mark was found, too.
        const Result<RoleIndex> leader =
            co_await roles(old_leader.first).read_role(old_leader.second);
        const bool is_turned = leader.ok() && leader->is(MarkRole::promoted);
        if (is_turned) {
            co_return done_row(place,
                               "follows " + old_leader.first.value() + "/" +
                                   old_leader.second.value() + " already");
        }
        co_return failed_row(
            place,
            Failure{FailureKind::conflict,
                    "it was never promoted, so there is nothing to fail back: followd promote " +
                        place.second.value() + " makes it an index of its own",
                    place.first.value() + "/" + place.second.value()});
    }
    TurnTask task;
    task.index = old_leader.second;
    task.cluster = old_leader.first;
    task.leader = place.first;
    task.leader_index = place.second;
    task.requester = std::move(requester);
    const Hold hold{IndexPhase::failing_back, "the old leader is made a follower", true};
    co_await ports_.supervisor.hold(old_leader, hold);
    co_await ports_.supervisor.hold(place, hold);
    ControlRow row = co_await run_turn(std::move(task));
    ports_.supervisor.release(old_leader);
    ports_.supervisor.release(place);
    co_return row;
}

TurnPorts Control::turn_ports(const ClusterName& index, const ClusterName& leader) {
    return TurnPorts{roles(index),
                     roles(leader),
                     *ports_.clusters.at(index).leader,
                     *ports_.clusters.at(leader).leader,
                     ports_.shards,
                     ports_.lost_writes};
}

Task<ControlRow> Control::run_turn(TurnTask task) {
    const FollowerPlace place{task.cluster, task.index};
    const std::string leader = task.leader.value() + "/" + task.leader_index.value();
    const bool is_dry_run = task.is_dry_run;
    const TurnPorts ports = turn_ports(task.cluster, task.leader);
    Turner turner(ports, std::move(task), ports_.supervisor.settings().limits);
    Result<TurnReport> turned = co_await turner.turn();
    if (!turned.ok()) {
        co_return failed_row(place, std::move(turned).failure());
    }
    ControlRow row;
    row.cluster = place.first;
    row.index = place.second;
    row.what = (is_dry_run                  ? "would follow "
                : turned->was_turned_before ? "follows already "
                                            : "follows ") +
               leader;
    if (turned->was_unwritten) {
        row.what += " again, as before its promotion";
    }
    row.lost_writes = turned->lost_writes;
    row.lost_writes_file = turned->lost_writes_file;
    co_return row;
}

Task<ControlReport> Control::switch_back(ControlTargets targets,
                                         Duration drain,
                                         Requester requester) {
    ControlReport report;
    Busy busy(busy_);
    std::vector<Marked> found = co_await find_marked(targets, &report);
    // Those that a failback made followers, and those whose switch was cut short: the side where
    // the rule begins. Where that leads already, its follower was found.
    std::vector<Marked> away;
    std::ranges::copy_if(
        found, std::back_inserter(away), [](const Marked& one) { return one.is_away(); });
    std::erase_if(found, [](const Marked& one) { return one.is_away(); });
    for (const Marked& one : away) {
        const Result<RoleIndex> leader =
            co_await roles(one.other()).read_role(one.index.leader_index);
        if (one.index.is(MarkRole::follower) && leader.ok() && leader->is(MarkRole::promoted)) {
            report.rows.push_back(done_row({one.other(), one.index.leader_index},
                                           "leads already, " + one.cluster.value() + "/" +
                                               one.index.name.value() + " follows it"));
        }
    }
    if (found.empty() && report.rows.empty()) {
        report.failure = nothing_matched(targets, "follower that a failback turned round");
        co_return report;
    }
    for (const Marked& one : found) {
        const FollowerPlace place = one.place();
        const FollowerPlace leader{one.other(), one.index.leader_index};
        std::optional<Failure> failure = busy.take(place);
        if (!failure) {
            failure = busy.take(leader);
        }
        if (failure) {
            report.rows.push_back(failed_row(place, *std::move(failure)));
            continue;
        }
        ControlRow row = co_await switch_pair(one, drain, requester);
        report.rows.push_back(std::move(row));
    }
    co_return report;
}

Task<Result<void>> Control::take_back_begun(Marked following, Requester requester) {
    const std::vector<RoleIndex> one{following.index};
    const Result<std::vector<ChangingIndex>> changes =
        co_await roles(following.cluster).read_changes(one);
    if (!changes.ok()) {
        co_return changes.failure();
    }
    if (!changes->front().change) {
        co_return Result<void>{};
    }
    TurnTask task;
    task.index = following.index.name;
    task.cluster = following.cluster;
    task.leader = following.other();
    task.leader_index = following.index.leader_index;
    task.requester = std::move(requester);
    co_await ports_.supervisor.hold(
        following.place(),
        Hold{IndexPhase::failing_back, "its promotion is being taken back", true});
    const ControlRow row = co_await run_turn(std::move(task));
    ports_.supervisor.release(following.place());
    co_return row.failure ? Result<void>{*row.failure} : Result<void>{};
}

// The leader takes no more writes, all it has is on the follower, and that is promoted.
Task<Result<void>> Control::hand_over(Marked following,
                                      RoleIndex leading,
                                      Duration drain,
                                      Requester requester) {
    const FollowerPlace place = following.place();
    const FollowerPlace leader{following.other(), following.index.leader_index};
    RoleCluster& leader_roles = roles(leader.first);
    // A switch that stopped in the middle of its promotion begins again: the drain before it
    // says nothing of what was written since.
    const Result<void> follows = co_await take_back_begun(following, requester);
    if (!follows.ok()) {
        co_return follows.failure();
    }
    const std::vector<RoleIndex> one{leading};
    Result<std::vector<ChangingIndex>> journal = co_await leader_roles.read_changes(one);
    if (!journal.ok()) {
        co_return std::move(journal).failure();
    }
    const std::optional<RoleChange> begun = journal->front().change;
    if (begun && begun->kind == RoleChangeKind::promote) {
        co_return Failure{FailureKind::conflict,
                          "the promotion of its leader, begun at " + begun->at + " by " +
                              begun->by + ", has not ended: let followd promote finish it first",
                          leader.first.value() + "/" + leader.second.value()};
    }
    // A block that stands without a journal is not ours to lift.
    const bool stays_blocked = leading.is_write_blocked && !begun;
    journal->front().change = RoleChange{RoleChangeKind::follow, requester.at, requester.by, {}};
    journal = co_await leader_roles.write_changes(std::move(journal).value());
    if (!journal.ok()) {
        co_return std::move(journal).failure();
    }
    Result<void> done = co_await leader_roles.block_writes(one);
    if (done.ok()) {
        const Instant until = ports_.timers.now() + drain;
        done = co_await wait_drained(place, leader.first, leader.second, until);
    }
    if (!done.ok()) {
        Failure failure = std::move(done).failure();
        Result<void> unblocked;
        if (!stays_blocked) {
            unblocked = co_await leader_roles.unblock_writes(one);
        }
        journal->front().change.reset();
        const Result<std::vector<ChangingIndex>> closed =
            co_await leader_roles.write_changes(std::move(journal).value());
        failure.what += unblocked.ok() && closed.ok()
                            ? "; writes are taken as before"
                            : "; writes may still be blocked: run the same command again";
        co_return failure;
    }
    ControlReport promotion;
    co_await promote_all({following}, requester, &promotion);
    FOLLOWD_ASSERT(promotion.rows.size() == 1);
    co_return promotion.rows.front().failure ? Result<void>{*promotion.rows.front().failure}
                                             : Result<void>{};
}

// Writers wait from the first step to the third: what they wrote before is on both sides, and what
// they write after is taken by one side only.
Task<ControlRow> Control::switch_pair(Marked following, Duration drain, Requester requester) {
    const FollowerPlace place = following.place();
    const FollowerPlace leader{following.other(), following.index.leader_index};
    RoleCluster& leader_roles = roles(leader.first);
    Result<RoleIndex> leading = co_await leader_roles.read_role(leader.second);
    if (!leading.ok()) {
        co_return failed_row(place, std::move(leading).failure());
    }
    if (following.index.is(MarkRole::follower)) {
        const RoleIndex& present = *leading;
        const Result<void> promoted = co_await hand_over(following, present, drain, requester);
        if (!promoted.ok()) {
            co_return failed_row(place, promoted.failure());
        }
    }
    TurnTask task;
    task.index = leader.second;
    task.cluster = leader.first;
    task.leader = place.first;
    task.leader_index = place.second;
    task.requester = std::move(requester);
    co_await ports_.supervisor.hold(
        leader, Hold{IndexPhase::failing_back, "it is made a follower again", true});
    ControlRow turned = co_await run_turn(std::move(task));
    ports_.supervisor.release(leader);
    ports_.supervisor.release(place);
    if (turned.failure) {
        turned.failure->what += "; " + place.first.value() + "/" + place.second.value() +
                                " leads already: run the same command again";
        co_return turned;
    }
    ControlRow row = done_row(
        place,
        "leads again, " + leader.first.value() + "/" + leader.second.value() + " follows it");
    row.lost_writes = turned.lost_writes;
    row.lost_writes_file = turned.lost_writes_file;
    co_return row;
}

// --- plan ----------------------------------------------------------------------------------------

Task<ControlReport> Control::plan(ControlTargets targets) {
    ControlReport report;
    const std::vector<Marked> found = co_await find_marked(targets, &report);
    if (found.empty()) {
        report.failure = nothing_matched(targets, "follower");
        co_return report;
    }
    std::map<ClusterName, std::vector<RoleIndex>> to_promote;
    for (const Marked& one : found) {
        const FollowerPlace place = one.place();
        if (one.index.is(MarkRole::follower)) {
            to_promote[one.cluster].push_back(one.index);
            const IndexFollower* follower = ports_.supervisor.find(place);
            ControlRow row = done_row(place, "promote: it would become an index of its own");
            if (follower != nullptr) {
                row.missing_operations = operations_missing(follower->status());
            }
            report.rows.push_back(std::move(row));
            continue;
        }
        TurnTask task;
        task.index = one.index.leader_index;
        task.cluster = one.other();
        task.leader = place.first;
        task.leader_index = place.second;
        task.is_dry_run = true;
        ControlRow row = co_await run_turn(std::move(task));
        row.what = row.failure ? row.what : "failback: it " + row.what;
        report.rows.push_back(std::move(row));
    }
    for (const auto& [cluster, indices] : to_promote) {
        const Result<std::vector<std::string>> missing =
            co_await roles(cluster).find_missing(indices);
        if (missing.ok()) {
            report.warnings.insert(report.warnings.end(), missing->begin(), missing->end());
        }
    }
    co_return report;
}

}  // namespace followd::engine
