#include "engine/control.hpp"

#include "followd/model/index_pattern.hpp"

#include "engine/promotion_rows.hpp"
#include "observe/log.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace followd::engine {

namespace {

const observe::Logger control_log("control");

std::string_view word(IntentKind kind) {
    return kind == IntentKind::paused ? "paused" : "unfollowed";
}

bool is_promoted(const FollowerStatus& row) {
    return row.phase == IndexPhase::promoted || row.phase == IndexPhase::promoting;
}

/// Whether a rule that is named has its follower there, or one whose leader index is.
bool is_meant_by_rule(const ControlTargets& targets,
                      const std::vector<FollowRule>& rules,
                      const IndexPlace& place) {
    return std::ranges::any_of(rules, [&](const FollowRule& rule) {
        const std::optional<std::string> leader =
            leader_of_follower_name(rule, place.index.value());
        return rule.follower == place.cluster && leader && rule_covers(rule, *leader, {}) &&
               (is_meant(targets, IndexName{*leader}) ||
                is_meant(targets, IndexName{rule.name.value()}));
    });
}

}  // namespace

Holds holds_of(const std::vector<Intent>& intents) {
    Holds holds;
    for (const Intent& intent : intents) {
        const bool is_pause = intent.kind == IntentKind::paused;
        std::string why = std::string(word(intent.kind)) + " at " + intent.at + " by " + intent.by +
                          ": followd " + (is_pause ? "resume" : "follow") + " lets it go on";
        holds.insert_or_assign(intent.place, Hold{IndexPhase::paused, std::move(why), is_pause});
    }
    return holds;
}

/// Takes places for as long as it lives.
class Control::Busy {
public:
    explicit Busy(std::set<IndexPlace>& places) : places_(places) {}
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    ~Busy() {
        for (const IndexPlace& place : taken_) {
            places_.erase(place);
        }
    }
    /// Both sides of a pair may be found: what is taken by this command is no obstacle to it.
    [[nodiscard]] std::optional<Failure> take(const IndexPlace& place) {
        if (std::ranges::find(taken_, place) != taken_.end()) {
            return std::nullopt;
        }
        if (!places_.insert(place).second) {
            return Failure{FailureKind::throttled,
                           "another command is at work on it: wait for its end, or look at "
                           "followd status",
                           place.text()};
        }
        taken_.push_back(place);
        return std::nullopt;
    }
    /// Those on neither side of which another command is at work; the others get a row.
    [[nodiscard]] std::vector<MarkedIndex> take(std::vector<MarkedIndex> found,
                                                ControlReport& report) {
        std::vector<MarkedIndex> free;
        for (MarkedIndex& one : found) {
            std::optional<Failure> failure = take(one.known_as());
            if (!failure) {
                failure = take(one.leader());
            }
            if (failure) {
                report.rows.push_back(failed_row(one.known_as(), *std::move(failure)));
                continue;
            }
            free.push_back(std::move(one));
        }
        return free;
    }

private:
    std::set<IndexPlace>& places_;
    std::vector<IndexPlace> taken_;
};

Control::Control(boost::asio::any_io_executor executor, ControlPorts ports)
    : ports_(std::move(ports)),
      promotions_(std::move(executor), ports_),
      failbacks_(ports_, promotions_),
      repairs_(ports_, promotions_) {}

std::vector<FollowerStatus> Control::find_followed(const ControlTargets& targets,
                                                   ControlReport& report) const {
    std::vector<FollowerStatus> rows = ports_.supervisor.followers();
    std::erase_if(rows, [](const FollowerStatus& row) { return !row.follower_index; });
    std::vector<FollowerStatus> chosen = choose(
        rows,
        targets,
        [](const FollowerStatus& row) { return std::vector{*row.follower_index}; },
        [](const FollowerStatus& row) { return std::vector{row.leader_index}; });
    if (chosen.empty()) {
        report.failure = nothing_matched(targets, "follower");
    }
    return chosen;
}

// --- what is followed ----------------------------------------------------------------------------

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
        const IndexPlace place{row.follower, *row.follower_index};
        std::optional<Failure> failure = busy.take(place);
        if (!failure && is_promoted(row)) {
            failure =
                Failure{FailureKind::conflict,
                        "it is " + std::string(to_string(row.phase)) + ": nothing follows there",
                        place.text()};
        }
        if (failure) {
            report.rows.push_back(failed_row(place, *std::move(failure)));
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
                         observe::field("index", place.index),
                         observe::field("action", word(kind)),
                         observe::field("by", requester.by));
        report.rows.push_back(done_row(place, std::string(word(kind))));
    }
    co_return report;
}

// What a person held back goes on.
Task<ControlRow> Control::let_go_on(IndexPlace place, Requester requester) {
    const Result<void> forgotten = co_await ports_.store.forget_intent(place);
    if (!forgotten.ok()) {
        co_return failed_row(place, forgotten.failure());
    }
    ports_.supervisor.release(place);
    control_log.info("following goes on",
                     observe::field("index", place.index),
                     observe::field("by", requester.by));
    co_return done_row(place, "followed again");
}

Task<ControlReport> Control::follow(ControlTargets targets, Requester requester) {
    ControlReport report;
    // Copies: both change on the way.
    const Holds holds = ports_.supervisor.holds();
    const std::vector<FollowRule> rules = ports_.supervisor.settings().follow;
    for (const auto& [place, hold] : holds) {
        const bool is_asked =
            is_meant(targets, place.index) || is_meant_by_rule(targets, rules, place);
        if (hold.phase == IndexPhase::paused && is_asked) {
            ControlRow row = co_await let_go_on(place, requester);
            report.rows.push_back(std::move(row));
        }
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

Task<ControlReport> Control::resume(ControlTargets targets,
                                    bool discard_local,
                                    Requester requester) {
    ControlReport report;
    Busy busy(busy_);
    const Holds holds = ports_.supervisor.holds();
    std::set<IndexPlace> done;
    for (const auto& [place, hold] : holds) {
        const bool is_paused = hold.phase == IndexPhase::paused && hold.is_shown;
        if (is_paused && is_meant(targets, place.index)) {
            ControlRow row = co_await let_go_on(place, requester);
            report.rows.push_back(std::move(row));
            done.insert(place);
        }
    }
    std::vector<MarkedIndex> marked = co_await find_marked(&ports_, targets, &report);
    const bool is_nothing = marked.empty() && done.empty();
    std::erase_if(marked,
                  [&done](const MarkedIndex& one) { return done.contains(one.known_as()); });
    marked = busy.take(std::move(marked), report);
    for (MarkedIndex& one : marked) {
        const IndexPlace place = one.known_as();
        const auto hold = holds.find(place);
        if (hold != holds.end() && !hold->second.is_shown) {
            report.rows.push_back(failed_row(place,
                                             Failure{FailureKind::conflict,
                                                     "it is unfollowed: followd follow " +
                                                         place.index.value() + " lets it go on",
                                                     place.text()}));
            continue;
        }
        // Named by its leader, or found by what it is.
        if (hold != holds.end() && hold->second.phase == IndexPhase::paused) {
            ControlRow row = co_await let_go_on(place, requester);
            report.rows.push_back(std::move(row));
            continue;
        }
        // After a failover nobody who ends a pause everywhere means that.
        if (targets.all && one.index.is(MarkRole::promoted)) {
            report.rows.push_back(
                done_row(place, "stays promoted: only by its name is a promotion taken back"));
            continue;
        }
        ControlRow row = co_await failbacks_.take_back(std::move(one), discard_local, requester);
        if (!row.failure) {
            // A pause that the promotion could not forget would be back after a restart.
            const Result<void> forgotten = co_await ports_.store.forget_intent(place);
            if (!forgotten.ok()) {
                row.failure = forgotten.failure();
            }
        }
        report.rows.push_back(std::move(row));
    }
    if (is_nothing) {
        report.failure = nothing_matched(targets, "follower");
    }
    co_return report;
}

// --- who leads -----------------------------------------------------------------------------------

Task<ControlReport> Control::promote(ControlTargets targets,
                                     PromoteOptions options,
                                     Requester requester) {
    ControlReport report;
    Busy busy(busy_);
    std::vector<MarkedIndex> found = co_await find_marked(&ports_, targets, &report);
    if (targets.all) {
        // Every follower: what leads already stays as it is.
        std::erase_if(found,
                      [](const MarkedIndex& one) { return !one.index.is(MarkRole::follower); });
    }
    if (found.empty()) {
        report.failure = nothing_matched(targets, "follower");
        co_return report;
    }
    found = busy.take(std::move(found), report);
    co_await promotions_.run(std::move(found), options, std::move(requester), &report);
    co_return report;
}

Task<ControlReport> Control::promote_abandoned(IndexPlace follower, Requester requester) {
    ControlReport report;
    Busy busy(busy_);
    const ControlTargets named{{follower.index.value()}, false};
    std::vector<MarkedIndex> found = co_await find_marked(&ports_, named, &report);
    std::erase_if(found, [&follower](const MarkedIndex& one) { return one.place() != follower; });
    if (found.empty()) {
        report.failure = nothing_matched(named, "follower");
        co_return report;
    }
    found = busy.take(std::move(found), report);
    std::vector<MarkedIndex> abandoned;
    for (MarkedIndex& one : found) {
        const IndexPlace leader = one.leader();
        const Result<RoleIndex> there =
            co_await ports_.roles(leader.cluster).read_role(leader.index);
        if (there.ok()) {
            report.rows.push_back(failed_row(
                follower,
                Failure{FailureKind::conflict, "its leader index was not deleted", leader.text()}));
        } else if (there.failure().kind != FailureKind::not_found) {
            report.rows.push_back(failed_row(follower, there.failure()));
        } else {
            abandoned.push_back(std::move(one));
        }
    }
    co_await promotions_.promote(std::move(abandoned), std::move(requester), &report);
    co_return report;
}

Task<ControlReport> Control::failback(ControlTargets targets, Requester requester) {
    ControlReport report;
    Busy busy(busy_);
    std::vector<MarkedIndex> found = co_await find_marked(&ports_, targets, &report);
    if (found.empty()) {
        report.failure = nothing_matched(targets, "promoted follower");
        co_return report;
    }
    found = busy.take(std::move(found), report);
    for (MarkedIndex& one : found) {
        ControlRow row = co_await failbacks_.fail_back(std::move(one), requester);
        report.rows.push_back(std::move(row));
    }
    co_return report;
}

Task<ControlReport> Control::switch_back(ControlTargets targets,
                                         Duration drain,
                                         Requester requester) {
    ControlReport report;
    Busy busy(busy_);
    std::vector<MarkedIndex> found = co_await find_marked(&ports_, targets, &report);
    found = busy.take(std::move(found), report);
    for (MarkedIndex& one : found) {
        std::optional<ControlRow> row =
            co_await failbacks_.switch_back(std::move(one), drain, requester);
        if (row) {
            report.rows.push_back(*std::move(row));
        }
    }
    if (report.rows.empty()) {
        report.failure = nothing_matched(targets, "follower that a failback turned round");
    }
    co_return report;
}

Task<ControlReport> Control::repair(ControlTargets targets, Duration wait) {
    ControlReport report;
    Busy busy(busy_);
    std::vector<MarkedIndex> found = co_await find_marked(&ports_, targets, &report);
    if (found.empty()) {
        report.failure = nothing_matched(targets, "follower");
        co_return report;
    }
    found = busy.take(std::move(found), report);
    for (MarkedIndex& one : found) {
        ControlRow row = co_await repairs_.repair(std::move(one), wait);
        report.rows.push_back(std::move(row));
    }
    co_return report;
}

Task<ControlReport> Control::plan(ControlTargets targets) {
    ControlReport report;
    const std::vector<MarkedIndex> found = co_await find_marked(&ports_, targets, &report);
    if (found.empty()) {
        report.failure = nothing_matched(targets, "follower");
        co_return report;
    }
    std::map<ClusterName, std::vector<RoleIndex>> to_promote;
    for (const MarkedIndex& one : found) {
        if (one.index.is(MarkRole::follower)) {
            to_promote[one.cluster].push_back(one.index);
            report.rows.push_back(planned_row(ports_, one));
            continue;
        }
        ControlRow row = co_await failbacks_.plan(one);
        report.rows.push_back(std::move(row));
    }
    for (auto& [cluster, indices] : to_promote) {
        co_await warn_of_missing(&ports_.roles(cluster), std::move(indices), &report);
    }
    co_return report;
}

}  // namespace followd::engine
