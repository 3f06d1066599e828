#include "engine/cluster_watcher.hpp"

#include "followd/base/assert.hpp"
#include "followd/model/index_pattern.hpp"

#include <algorithm>
#include <utility>

namespace followd::engine {

namespace {

// What comes or goes shows in the next poll, which asks for a listing; this is for what never shows
// there, such as a conflict of rules that another index's end has solved.
constexpr Duration list_interval = std::chrono::minutes{1};
constexpr Duration list_again_interval = std::chrono::seconds{1};
// The node asked next may know of a change a moment later than the one that showed it.
constexpr Duration settle_for = std::chrono::seconds{5};
// How often the end of a follower is looked for.
constexpr Duration ending_interval = std::chrono::milliseconds{5};
// Writes rarely come alone: for this long after the last one the leader is polled often.
constexpr Duration busy_for = std::chrono::seconds{1};

// Any operation, also one that leaves no document, raises max_seq_no; G follows.
std::int64_t movement_of(const IndexSample& sample) {
    std::int64_t sum = 0;
    for (const std::optional<ShardSample>& shard : sample.shards) {
        if (shard) {
            sum +=
                shard->max_seq_no.value() + shard->global_checkpoint.value() + shard->delete_total;
        }
    }
    return sum;
}

}  // namespace

ClusterWatcher::ClusterWatcher(const boost::asio::any_io_executor& executor,
                               Options options,
                               LeaderCluster& leader,
                               Timers& timers,
                               MakeFollower make_follower,
                               Settle settle,
                               OnTurned on_turned,
                               const Holds& holds)
    : options_(std::move(options)),
      leader_(leader),
      timers_(timers),
      make_follower_(std::move(make_follower)),
      settle_(std::move(settle)),
      on_turned_(std::move(on_turned)),
      holds_(holds),
      matcher_(options_.rules),
      patterns_(core::patterns_to_ask(options_.rules, options_.cluster)),
      log_(observe::Logger("engine").with(observe::field("cluster", options_.cluster))),
      random_(options_.seed),
      versions_(leader_,
                timers_,
                patterns_,
                [this](const std::vector<IndexVersions>& indices) { spread_versions(indices); }),
      group_(executor, [this](const char* what) {
          log_.error("task failed", observe::field("error", what));
      }) {}

Task<void> ClusterWatcher::run() {
    group_.spawn(versions_.run());
    while (!stopping_) {
        const Instant now = timers_.now();
        if (now >= list_at_) {
            co_await list();
        }
        co_await poll();
        if (stopping_) {
            break;
        }
        const Instant after = timers_.now();
        Duration pause =
            is_busy(after) ? options_.tail.poll_interval : options_.tail.idle_poll_interval;
        if (failure_) {
            pause = backoff_.next(random_);
        }
        co_await timers_.sleep_until(after + pause);
    }
    co_await group_.join();
}

void ClusterWatcher::stop() {
    stopping_ = true;
    versions_.stop();
    for (const auto& [key, follower] : followers_) {
        follower->stop();
    }
    timers_.wake_all();
}

Task<void> ClusterWatcher::poll() {
    const Instant began = timers_.now();
    Result<std::vector<IndexSample>> samples = co_await leader_.sample(patterns_);
    if (stopping_) {
        co_return;
    }
    if (!samples.ok()) {
        failed(samples.failure());
        co_return;
    }
    if (failure_) {
        log_.info("leader cluster answers again");
        failure_.reset();
        backoff_.reset();
    }
    spread(*samples, began);
}

void ClusterWatcher::spread(const std::vector<IndexSample>& samples, Instant began) {
    std::map<IndexName, Shown> shown;
    for (const IndexSample& sample : samples) {
        shown.emplace(sample.name, Shown{sample.uuid, movement_of(sample)});
    }
    if (shown != shown_) {
        moved_at_ = timers_.now();
    }
    const auto same_index = [](const auto& left, const auto& right) {
        return left.first == right.first && left.second.uuid == right.second.uuid;
    };
    // Came, went or was made anew: what it is now, the listing tells.
    if (!std::ranges::equal(shown, shown_, same_index)) {
        changed_at_ = timers_.now();
        list_at_ = changed_at_;
    }
    shown_ = std::move(shown);
    for (const auto& [key, follower] : followers_) {
        const auto found = std::ranges::find(samples, key.second, &IndexSample::name);
        if (found != samples.end() && found->uuid == follower->leader_uuid()) {
            follower->sampled(*found, began);
        } else {
            follower->sampled(IndexSample{key.second, follower->leader_uuid(), {}}, began);
        }
    }
}

void ClusterWatcher::spread_versions(const std::vector<IndexVersions>& indices) {
    std::map<IndexName, const MetadataVersions*> by_name;
    for (const IndexVersions& index : indices) {
        by_name.emplace(index.name, &index.versions);
    }
    for (const auto& [key, follower] : followers_) {
        const auto found = by_name.find(key.second);
        if (found != by_name.end()) {
            follower->versions_seen(*found->second);
        }
    }
}

Task<void> ClusterWatcher::list() {
    Result<std::vector<LeaderIndex>> indices = co_await leader_.list_indices(patterns_);
    if (stopping_) {
        co_return;
    }
    if (!indices.ok()) {
        list_at_ = timers_.now() + list_again_interval;
        failed(indices.failure());
        co_return;
    }
    const Instant now = timers_.now();
    list_at_ = now + (now - changed_at_ < settle_for ? list_again_interval : list_interval);
    follow(*indices);
}

void ClusterWatcher::follow(const std::vector<LeaderIndex>& indices) {
    std::vector<core::FollowClaim> claims;
    std::map<IndexName, const LeaderIndex*> by_name;
    for (const LeaderIndex& index : indices) {
        by_name.emplace(index.name, &index);
        const core::LeaderIndex listed{
            index.name,
            index.aliases,
            index.follows ? std::optional{index.follows->cluster} : std::nullopt};
        for (core::FollowClaim& claim : matcher_.match(options_.cluster, listed)) {
            if (may_lead(index, rule(claim.rule))) {
                claims.push_back(std::move(claim));
            }
        }
        tell_turned(index);
    }
    for (const auto& [key, follower] : followers_) {
        const auto listed = by_name.find(key.second);
        if (listed == by_name.end() || listed->second->uuid != follower->leader_uuid()) {
            follower->leader_gone();
        }
    }
    const core::FollowPlan plan = settle_(std::move(claims));
    const std::map<Key, FollowerStatus> before = std::exchange(refused_, {});
    for (const core::FollowClaim& claim : plan.refused) {
        refuse(claim, claim.problem.value_or(""), before);
    }
    for (const core::FollowConflict& conflict : plan.conflicts) {
        refuse(conflict.first, conflict.text(), before);
        refuse(conflict.second, conflict.text(), before);
    }
    // Those of a leader index that is no more stay: nobody else would tell of them.
    std::erase_if(held_, [&](const auto& entry) {
        const FollowerStatus& row = entry.second;
        const auto hold = holds_.find(IndexPlace{row.follower, *row.follower_index});
        return by_name.contains(row.leader_index) || hold == holds_.end() || !hold->second.is_shown;
    });
    for (const core::FollowClaim& claim : plan.follows) {
        if (!is_ours(claim) || !by_name.contains(claim.leader_index)) {
            continue;
        }
        const auto hold = holds_.find(IndexPlace{claim.follower, claim.follower_index});
        if (hold == holds_.end()) {
            start(claim, *by_name.at(claim.leader_index));
        } else {
            show_held(claim, hold->second);
        }
    }
    forget_ended();
}

bool ClusterWatcher::is_ours(const core::FollowClaim& claim) const {
    return claim.leader == options_.cluster &&
           std::ranges::find(options_.rules, claim.rule, &FollowRule::name) != options_.rules.end();
}

bool ClusterWatcher::may_lead(const LeaderIndex& index, const FollowRule& rule) const {
    if (index.is_system) {
        return false;
    }
    // By a turned rule, what was promoted leads only where its old leader was told to follow it;
    // what was created there since has no mark.
    return !rule.is_turned || !index.is_promoted || turned_.contains(index.uuid);
}

/// A failback that was begun shows in the mark of the old leader, also to a daemon that lost its
/// state file.
void ClusterWatcher::tell_turned(const LeaderIndex& index) {
    if (!index.follows) {
        return;
    }
    const core::LeaderIndex former_leader{index.name, index.aliases};
    for (const FollowRule& rule : options_.rules) {
        if (index.follows->cluster != rule.follower) {
            continue;
        }
        // What it would follow follows it: whoever watched that pair has nothing to do any more.
        const auto former = followers_.find(Key{rule.name, index.name});
        if (former != followers_.end()) {
            end_follower(former);
        }
        if (!rule.is_turned && core::has_pair(rule, former_leader, index.follows->index)) {
            on_turned_(rule, index, *index.follows);
        }
    }
}

void ClusterWatcher::show_held(const core::FollowClaim& claim, const Hold& hold) {
    const Key key{claim.rule, claim.leader_index};
    const auto present = followers_.find(key);
    if (present != followers_.end()) {
        end_follower(present);
    }
    if (!hold.is_shown) {
        return;
    }
    FollowerStatus row;
    row.rule = claim.rule;
    row.leader = claim.leader;
    row.follower = claim.follower;
    row.leader_index = claim.leader_index;
    row.follower_index = claim.follower_index;
    row.phase = hold.phase;
    if (!hold.why.empty()) {
        row.warnings.push_back(hold.why);
    }
    held_.insert_or_assign(key, std::move(row));
}

void ClusterWatcher::end_follower(
    std::map<Key, std::unique_ptr<IndexFollower>>::iterator follower) {
    follower->second->stop();
    replaced_.push_back(std::move(follower->second));
    followers_.erase(follower);
}

void ClusterWatcher::forget_ended() {
    std::erase_if(replaced_, [](const auto& follower) { return follower->has_ended(); });
}

void ClusterWatcher::add_rule(FollowRule rule) {
    options_.rules.push_back(std::move(rule));
    matcher_ = core::FollowMatcher{options_.rules};
    patterns_ = core::patterns_to_ask(options_.rules, options_.cluster);
    versions_.watch(patterns_);
    list_soon();
}

void ClusterWatcher::remove_rule(const RuleName& name) {
    for (auto at = followers_.begin(); at != followers_.end();) {
        const auto next = std::next(at);
        if (at->first.first == name) {
            tell_incomplete(*at->second);
            end_follower(at);
        }
        at = next;
    }
    const auto is_of_rule = [&name](const auto& row) { return row.first.first == name; };
    std::erase_if(refused_, is_of_rule);
    std::erase_if(held_, is_of_rule);
    std::erase_if(options_.rules, [&name](const FollowRule& rule) { return rule.name == name; });
    matcher_ = core::FollowMatcher{options_.rules};
    patterns_ = core::patterns_to_ask(options_.rules, options_.cluster);
    versions_.watch(patterns_);
    list_soon();
}

void ClusterWatcher::tell_incomplete(const IndexFollower& follower) {
    const IndexPhase phase = follower.status().phase;
    if (phase == IndexPhase::creating || phase == IndexPhase::bootstrap) {
        log_.warn(
            "rule was removed while its follower was copied: it is not complete; put the rule "
            "back to go on with it, or delete it",
            observe::field("rule", follower.rule().name),
            observe::field("follower", follower.follower_index()));
    }
}

void ClusterWatcher::add_turned(const IndexUuid& leader) {
    if (turned_.insert(leader).second) {
        list_soon();
    }
}

void ClusterWatcher::list_soon() {
    changed_at_ = timers_.now();
    list_at_ = changed_at_;
    timers_.wake_all();
}

IndexFollower* ClusterWatcher::find(const IndexPlace& place) {
    for (const auto& [key, follower] : followers_) {
        if (follower->rule().follower == place.cluster &&
            follower->follower_index() == place.index) {
            return follower.get();
        }
    }
    return nullptr;
}

Task<void> ClusterWatcher::release(IndexPlace place) {
    for (auto& [key, row] : held_) {
        const auto held = holds_.find(place);
        if (held != holds_.end() && row.follower == place.cluster &&
            row.follower_index == place.index) {
            row.phase = held->second.phase;
            row.warnings = {held->second.why};
        }
    }
    const auto found = std::ranges::find_if(followers_, [&place](const auto& entry) {
        return entry.second->rule().follower == place.cluster &&
               entry.second->follower_index() == place.index;
    });
    // Its row stays: the next listing writes it anew.
    const auto hold = holds_.find(place);
    if (found != followers_.end() && hold != holds_.end() && hold->second.is_shown) {
        FollowerStatus row = found->second->status();
        row.follower_index = found->second->follower_index();
        row.phase = hold->second.phase;
        row.warnings = {hold->second.why};
        row.shards.clear();
        held_.insert_or_assign(found->first, std::move(row));
    }
    if (found != followers_.end()) {
        end_follower(found);
    }
    while (is_ending(place)) {
        co_await timers_.sleep_until(timers_.now() + ending_interval);
    }
}

bool ClusterWatcher::is_ending(const IndexPlace& place) const {
    return std::ranges::any_of(replaced_, [&place](const auto& former) {
        return !former->has_ended() && former->rule().follower == place.cluster &&
               former->follower_index() == place.index;
    });
}

void ClusterWatcher::refuse(const core::FollowClaim& claim,
                            const std::string& why,
                            const std::map<Key, FollowerStatus>& before) {
    if (!is_ours(claim)) {
        return;  // another's to show
    }
    const Key key{claim.rule, claim.leader_index};
    // What is followed already goes on: a rival that comes later must not stop it.
    const auto present = followers_.find(key);
    if (present != followers_.end() && !present->second->is_leader_gone()) {
        return;
    }
    const auto known = before.find(key);
    const Instant since = known == before.end() ? timers_.now() : known->second.last_error->since;
    FollowerStatus row;
    row.rule = claim.rule;
    row.leader = claim.leader;
    row.follower = claim.follower;
    row.leader_index = claim.leader_index;
    row.phase = IndexPhase::refused;
    row.last_error = core::ShardError{Failure{FailureKind::conflict, why, ""}, since};
    refused_.insert_or_assign(key, std::move(row));
}

void ClusterWatcher::start(const core::FollowClaim& claim, const LeaderIndex& index) {
    const Key key{claim.rule, claim.leader_index};
    const auto present = followers_.find(key);
    if (present != followers_.end()) {
        const bool is_same = present->second->leader_uuid() == index.uuid;
        if (is_same && !present->second->is_leader_gone()) {
            return;
        }
        // It is back, or was created again: then it is another index, whose follower will be
        // refused as long as the old one's stands in its place. Either way the one before ends.
        end_follower(present);
    }
    // An answer may be awaited yet, after which it stores a checkpoint.
    if (is_ending(IndexPlace{claim.follower, claim.follower_index})) {
        return list_soon();
    }
    auto follower = make_follower_(rule(claim.rule), index, claim.follower_index);
    group_.spawn(follower->run());
    followers_.emplace(key, std::move(follower));
}

void ClusterWatcher::failed(const Failure& failure) {
    const Instant now = timers_.now();
    const observe::RepeatLimiter::Verdict verdict = repeats_.ask(to_string(failure.kind), now);
    if (verdict.may_log) {
        log_.warn("leader cluster cannot be read",
                  observe::field("kind", failure.kind),
                  observe::field("error", failure.what),
                  observe::field("where", failure.where),
                  observe::field("repeated", verdict.repeated));
    }
    failure_ = failure;
    for (const auto& [key, follower] : followers_) {
        follower->poll_failed(failure);
    }
}

bool ClusterWatcher::is_busy(Instant now) const {
    return now - moved_at_ < busy_for ||
           std::ranges::any_of(
               followers_, [](const auto& entry) { return entry.second->is_busy(); });
}

const FollowRule& ClusterWatcher::rule(const RuleName& name) const {
    const auto found = std::ranges::find(options_.rules, name, &FollowRule::name);
    FOLLOWD_ASSERT(found != options_.rules.end());
    return *found;
}

std::vector<FollowerStatus> ClusterWatcher::status() const {
    std::vector<FollowerStatus> rows;
    rows.reserve(followers_.size() + refused_.size() + held_.size());
    for (const auto& [key, follower] : followers_) {
        rows.push_back(follower->status());
    }
    for (const auto& [key, row] : refused_) {
        rows.push_back(row);
    }
    for (const auto& [key, row] : held_) {
        rows.push_back(row);
    }
    return rows;
}

}  // namespace followd::engine
