#include "engine/leader_deletion.hpp"

#include "observe/log.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace followd::engine {

namespace {

const observe::Logger control_log("control");

constexpr Duration look_interval = std::chrono::seconds{5};
constexpr Duration gone_for = std::chrono::minutes{1};

}  // namespace

LeaderDeletion::LeaderDeletion(Supervisor& supervisor, Timers& timers, Promote promote)
    : supervisor_(supervisor), timers_(timers), promote_(std::move(promote)) {}

Task<void> LeaderDeletion::run() {
    while (!stopping_) {
        look();
        std::vector<IndexPlace> due;
        for (const auto& [follower, since] : gone_since_) {
            if (timers_.now() - since >= gone_for) {
                due.push_back(follower);
            }
        }
        for (const IndexPlace& follower : due) {
            if (stopping_) {
                break;
            }
            co_await promote(follower);
        }
        co_await timers_.sleep_until(timers_.now() + look_interval);
    }
}

void LeaderDeletion::stop() {
    stopping_ = true;
    timers_.wake_all();
}

void LeaderDeletion::look() {
    std::map<IndexPlace, Instant> gone;
    const std::vector<ClusterStatus> clusters = supervisor_.clusters();
    for (const FollowerStatus& row : supervisor_.followers()) {
        if (is_to_be_promoted(row, clusters)) {
            const IndexPlace follower{row.follower, *row.follower_index};
            const auto before = gone_since_.find(follower);
            gone.emplace(follower, before == gone_since_.end() ? timers_.now() : before->second);
        }
    }
    gone_since_ = std::move(gone);
}

bool LeaderDeletion::is_to_be_promoted(const FollowerStatus& row,
                                       const std::vector<ClusterStatus>& clusters) const {
    const std::vector<FollowRule>& rules = supervisor_.settings().follow;
    const auto rule = std::ranges::find(rules, row.rule, &FollowRule::name);
    const auto leader = std::ranges::find(clusters, row.leader, &ClusterStatus::name);
    // What was recovered by schedule is a copy of one moment: a person decides about that.
    const bool is_wanted = row.follower_index && !row.recovery && rule != rules.end() &&
                           rule->on_leader_delete == OnLeaderDelete::promote;
    const bool is_leader_heard = leader != clusters.end() && !leader->failure;
    if (!is_wanted || !is_leader_heard) {
        return false;
    }
    // A promotion of ours that stopped goes on.
    const bool was_begun = gone_since_.contains({row.follower, *row.follower_index});
    return row.phase == IndexPhase::leader_gone ||
           (row.phase == IndexPhase::promoting && was_begun);
}

Task<void> LeaderDeletion::promote(IndexPlace follower) {
    const ControlReport report = co_await promote_(follower);
    std::optional<Failure> failure = report.failure;
    for (const ControlRow& row : report.rows) {
        failure = failure ? failure : row.failure;
    }
    if (!failure) {
        control_log.warn("follower was promoted, since its leader index was deleted",
                         observe::field("index", follower.index),
                         observe::field("cluster", follower.cluster));
        co_return;
    }
    // Again after as long.
    const Instant now = timers_.now();
    gone_since_.insert_or_assign(follower, now);
    const observe::RepeatLimiter::Verdict verdict =
        repeats_.ask(follower.text() + std::string(to_string(failure->kind)), now);
    if (verdict.may_log) {
        control_log.error("follower whose leader index is gone could not be promoted",
                          observe::field("index", follower.index),
                          observe::field("kind", failure->kind),
                          observe::field("error", failure->what),
                          observe::field("repeated", verdict.repeated));
    }
}

}  // namespace followd::engine
