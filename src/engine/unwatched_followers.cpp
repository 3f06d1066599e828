#include "engine/unwatched_followers.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace followd::engine {

namespace {

// While a leader does not answer somebody may be promoting; else next to nothing comes or goes.
constexpr Duration look_interval_failing = std::chrono::seconds{5};
constexpr Duration look_interval = std::chrono::minutes{1};
// A leader that answers lists its indices within this.
constexpr Duration listed_within = std::chrono::seconds{30};

// In whichever direction the pair is followed.
bool is_row_of(const FollowerStatus& row, const MarkedIndex& marked) {
    const IndexPlace place = marked.known_as();
    const IndexPlace leader = marked.leader();
    const IndexPlace row_leader{row.leader, row.leader_index};
    const bool is_same =
        row.follower == place.cluster &&
        (row.follower_index ? *row.follower_index == place.index : row_leader == leader);
    return is_same || (row_leader == place && row.follower == leader.cluster);
}

}  // namespace

UnwatchedFollowers::UnwatchedFollowers(ControlPorts ports)
    : ports_(std::move(ports)), started_(ports_.timers.now()) {}

Task<void> UnwatchedFollowers::run() {
    while (!stopping_) {
        co_await look();
        const Duration pause = failed_at_.empty() ? look_interval : look_interval_failing;
        const Instant next = ports_.timers.now() + pause;
        // Others' commands wake everybody.
        while (!stopping_ && ports_.timers.now() < next) {
            co_await ports_.timers.sleep_until(next);
        }
    }
}

void UnwatchedFollowers::stop() {
    stopping_ = true;
    ports_.timers.wake_all();
}

Task<void> UnwatchedFollowers::look() {
    ControlReport report;
    std::vector<MarkedIndex> marked =
        co_await find_marked(&ports_, ControlTargets{{}, true}, &report);
    // What a cluster showed before stays true as long as it cannot be asked.
    if (report.warnings.empty() || !marked.empty()) {
        marked_ = std::move(marked);
    }
    const Instant now = ports_.timers.now();
    for (const ClusterStatus& cluster : ports_.supervisor.clusters()) {
        if (cluster.failure) {
            failed_at_.insert_or_assign(cluster.name, now);
        }
    }
    std::erase_if(failed_at_,
                  [now](const auto& entry) { return now - entry.second > listed_within; });
}

std::vector<FollowerStatus> UnwatchedFollowers::rows(
    const std::vector<FollowerStatus>& watched, const std::vector<ClusterStatus>& clusters) const {
    std::vector<FollowerStatus> rows;
    for (const MarkedIndex& marked : marked_) {
        const bool is_watched = std::ranges::any_of(
            watched, [&marked](const FollowerStatus& row) { return is_row_of(row, marked); });
        std::optional<FollowerStatus> row = is_watched ? std::nullopt : row_of(marked, clusters);
        if (row) {
            rows.push_back(*std::move(row));
        }
    }
    return rows;
}

std::optional<FollowerStatus> UnwatchedFollowers::row_of(
    const MarkedIndex& marked, const std::vector<ClusterStatus>& clusters) const {
    const IndexPlace leader = marked.leader();
    const auto cluster = std::ranges::find(clusters, leader.cluster, &ClusterStatus::name);
    const std::optional<Failure> failure =
        cluster == clusters.end() ? std::nullopt : cluster->failure;
    const Instant now = ports_.timers.now();
    // One that answers again has to be given the time to list what it has.
    const bool may_list_yet =
        !failure && (now - started_ < listed_within || failed_at_.contains(leader.cluster));
    if (may_list_yet) {
        return std::nullopt;
    }
    FollowerStatus row;
    row.rule = marked.rule.name;
    row.leader = leader.cluster;
    row.follower = marked.cluster;
    row.leader_index = leader.index;
    row.follower_index = marked.known_as().index;
    if (marked.is_generation()) {
        const Duration age =
            std::max<Duration>(ports_.clock() - marked.index.recovery->as_of, Duration::zero());
        row.recovery = RecoveryStatus{marked.index.name, marked.index.recovery, age, std::nullopt};
    }
    const Holds& holds = ports_.supervisor.holds();
    const auto hold = holds.find(marked.known_as());
    if (hold != holds.end()) {
        row.phase = hold->second.phase;
        row.warnings = {hold->second.why};
        return hold->second.is_shown ? std::optional{std::move(row)} : std::nullopt;
    }
    if (marked.index.is(MarkRole::promoted)) {
        row.phase = IndexPhase::promoted;
        row.warnings = {note_of(marked.index.promotion.value_or(Promotion{}))};
    } else if (failure) {
        row.phase = IndexPhase::discovered;
        row.last_error = core::ShardError{*failure, started_};
        row.warnings = {"its leader has not answered since the daemon's start: followd plan " +
                        marked.known_as().index.value() + " tells what a promotion would do"};
    } else {
        row.phase = IndexPhase::leader_gone;
    }
    return row;
}

}  // namespace followd::engine
