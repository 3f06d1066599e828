#include "engine/supervisor.hpp"

#include "followd/base/assert.hpp"
#include "followd/model/index_pattern.hpp"

#include <algorithm>
#include <utility>

namespace followd::engine {

namespace {

/// One that is turned round follows operation by operation.
bool is_of_snapshots(const FollowRule& rule) {
    return rule.mode == FollowMode::snapshot && !rule.is_turned;
}

// Making an index ready is a few requests to the follower's master node: a gentle number at a time.
constexpr std::size_t starts_max = 4;

}  // namespace

Supervisor::Supervisor(boost::asio::any_io_executor executor,
                       Settings settings,
                       std::map<ClusterName, ClusterPorts> clusters,
                       ShardFactory& shards,
                       CheckpointStore& store,
                       Timers& timers,
                       std::uint64_t seed,
                       Holds holds,
                       SnapshotContext snapshots)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      clusters_(std::move(clusters)),
      shards_(shards),
      store_(store),
      timers_(timers),
      random_(seed),
      memory_(executor_, settings_.limits.memory_bytes),
      starts_(executor_, starts_max),
      holds_(std::move(holds)),
      snapshot_context_(std::move(snapshots)),
      recoveries_(
          executor_, timers_, [this](const FollowRule& rule) { return make_recovery(rule); }),
      group_(executor_, [](const char* what) {
          observe::Logger("engine").error("task failed", observe::field("error", what));
      }) {
    for (const FollowRule& rule : settings_.follow) {
        add_rule(rule);
    }
}

void Supervisor::add_rule(const FollowRule& rule) {
    if (is_of_snapshots(rule)) {
        recoveries_.add(rule);
        return;
    }
    write_slots_.try_emplace(
        rule.follower, executor_, settings_.limits.max_outstanding_write_requests);
    const auto present = watchers_.find(rule.leader);
    ClusterWatcher& watcher =
        present == watchers_.end() ? make_watcher(rule.leader) : *present->second;
    watcher.add_rule(rule);
    // What an earlier life left in its repository goes, also while none of its indices is followed
    // this way round.
    (void)snapshots_of(rule);
}

void Supervisor::remove_rule(const FollowRule& rule) {
    if (is_of_snapshots(rule)) {
        recoveries_.remove(rule.name);
        claims_.erase({rule.leader, rule.name});
        return;
    }
    const auto watcher = watchers_.find(rule.leader);
    if (watcher != watchers_.end()) {
        watcher->second->remove_rule(rule.name);
    }
}

void Supervisor::apply_rules(std::vector<FollowRule> rules) {
    for (const FollowRule& before : settings_.follow) {
        if (std::ranges::find(rules, before) == rules.end()) {
            remove_rule(before);
            remove_rule(turned_round(before));
        }
    }
    for (const FollowRule& after : rules) {
        if (std::ranges::find(settings_.follow, after) == settings_.follow.end()) {
            add_rule(after);
        }
    }
    settings_.follow = std::move(rules);
}

ClusterWatcher& Supervisor::make_watcher(const ClusterName& leader) {
    ClusterWatcher::Options options;
    options.cluster = leader;
    options.tail = settings_.tail;
    options.seed = random_.next();
    LeaderCluster* port = clusters_.at(leader).leader;
    FOLLOWD_ASSERT(port != nullptr);
    auto watcher = std::make_unique<ClusterWatcher>(
        executor_,
        std::move(options),
        *port,
        timers_,
        [this](const FollowRule& rule, const LeaderIndex& index, const IndexName& follower_index) {
            return make_follower(rule, index, follower_index);
        },
        [this, leader](std::vector<core::FollowClaim> claims) {
            return settle({leader, {}}, std::move(claims));
        },
        [this](const FollowRule& rule, const LeaderIndex& index, const Following& following) {
            turned(rule, index, following);
        },
        holds_);
    ClusterWatcher& made = *watcher;
    watchers_.emplace(leader, std::move(watcher));
    if (is_running_ && !is_stopping_) {
        group_.spawn(made.run());
    }
    return made;
}

std::unique_ptr<IndexFollower> Supervisor::make_follower(const FollowRule& rule,
                                                         const LeaderIndex& index,
                                                         const IndexName& follower_index) {
    LeaderCluster* leader = clusters_.at(rule.leader).leader;
    FollowerCluster* follower = clusters_.at(rule.follower).follower;
    FOLLOWD_ASSERT(leader != nullptr && follower != nullptr);
    return std::make_unique<IndexFollower>(
        executor_,
        IndexPorts{*leader,
                   *follower,
                   shards_,
                   store_,
                   timers_,
                   memory_,
                   write_slots_.at(rule.follower),
                   starts_,
                   snapshots_of(rule)},
        IndexFollowerOptions{
            rule, index, follower_index, settings_.limits, settings_.tail, random_.next()});
}

std::optional<SnapshotPorts> Supervisor::snapshots_of(const FollowRule& rule) {
    const RepositorySettings* repository = settings_.repository(rule.repository);
    // A repository's places are those of the configuration's leader and follower.
    if (repository == nullptr || rule.bootstrap == Bootstrap::stream || rule.is_turned ||
        snapshot_context_.daemon_id.empty()) {
        return std::nullopt;
    }
    SnapshotSource* source = clusters_.at(rule.leader).snapshot_source;
    SnapshotTarget* target = clusters_.at(rule.follower).snapshot_target;
    FOLLOWD_ASSERT(source != nullptr && target != nullptr);
    RuleRepository of_rule = repository_of(rule, *repository);
    const auto [taker, is_new] = takers_.try_emplace(std::pair{rule.leader, rule.repository},
                                                     executor_,
                                                     of_rule,
                                                     snapshot_context_.daemon_id,
                                                     random_.next(),
                                                     *source,
                                                     timers_);
    if (is_new && is_running_ && !is_stopping_) {
        group_.spawn(taker->second.run());
    }
    return SnapshotPorts{taker->second, *source, *target, std::move(of_rule)};
}

RuleRepository Supervisor::repository_of(const FollowRule& rule,
                                         const RepositorySettings& settings) const {
    RuleRepository repository{settings, {}, rule.leader};
    if (const auto token = snapshot_context_.tokens.find(settings.name);
        token != snapshot_context_.tokens.end()) {
        repository.token = token->second;
    }
    return repository;
}

Result<std::unique_ptr<SnapshotRecovery>> Supervisor::make_recovery(const FollowRule& rule) {
    const auto refused = [](std::string what) {
        return Failure{FailureKind::refused, "nothing is recovered by this rule: " + what, {}};
    };
    const RepositorySettings* repository = settings_.repository(rule.repository);
    if (repository == nullptr) {
        return refused("it names no repository of this configuration");
    }
    if (snapshot_context_.daemon_id.empty()) {
        return refused("the daemon has no id, so its snapshots could not be told from another's");
    }
    if (!snapshot_context_.clock) {
        return refused("the daemon has no clock to go by");
    }
    const ClusterPorts& leader = clusters_.at(rule.leader);
    const ClusterPorts& follower = clusters_.at(rule.follower);
    FOLLOWD_ASSERT(leader.leader != nullptr && leader.snapshot_source != nullptr &&
                   leader.generations != nullptr);
    FOLLOWD_ASSERT(follower.snapshot_target != nullptr && follower.generations != nullptr &&
                   follower.roles != nullptr);
    return std::make_unique<SnapshotRecovery>(
        executor_,
        RecoveryPorts{*leader.leader,
                      *leader.generations,
                      shards_,
                      *leader.snapshot_source,
                      *follower.snapshot_target,
                      *follower.generations,
                      *follower.roles,
                      repository_of(rule, *repository),
                      timers_,
                      snapshot_context_.clock},
        rule,
        snapshot_context_.daemon_id,
        RecoveryRelations{[this, claimant = Claimant{rule.leader, rule.name}](
                              std::vector<core::FollowClaim> claims) {
                              return settle(claimant, std::move(claims));
                          },
                          holds_});
}

// The pair follows the other way: the rule turned round is watched, too.
void Supervisor::turned(const FollowRule& rule,
                        const LeaderIndex& index,
                        const Following& following) {
    if (rule.leader == rule.follower || rule.mode == FollowMode::snapshot) {
        return;  // never by a failback (failback_command.cpp), and its rules are being walked
                 // through
    }
    const FollowRule other = turned_round(rule);
    // Where a rule of the configuration has it so, nothing was turned round.
    const bool is_configured =
        std::ranges::any_of(settings_.follow, [&](const FollowRule& configured) {
            return configured.leader == other.leader && configured.follower == other.follower &&
                   core::has_pair(configured, core::LeaderIndex{following.index, {}}, index.name);
        });
    if (is_configured) {
        return;
    }
    const auto present = watchers_.find(other.leader);
    const bool is_known =
        present != watchers_.end() &&
        std::ranges::any_of(present->second->rules(),
                            [&other](const FollowRule& known) { return known == other; });
    if (!is_known) {
        add_rule(other);
    }
    watchers_.at(other.leader)->add_turned(following.uuid);
}

Task<void> Supervisor::hold(IndexPlace place, Hold hold) {
    holds_.insert_or_assign(place, std::move(hold));
    for (const auto& [cluster, watcher] : watchers_) {
        co_await watcher->release(place);
        watcher->list_soon();
    }
    co_await recoveries_.release(place);
    recoveries_.list_soon();
}

void Supervisor::release(const IndexPlace& place) {
    holds_.erase(place);
    for (const auto& [cluster, watcher] : watchers_) {
        watcher->list_soon();
    }
    recoveries_.list_soon();
}

IndexFollower* Supervisor::find(const IndexPlace& place) {
    for (const auto& [cluster, watcher] : watchers_) {
        if (IndexFollower* follower = watcher->find(place); follower != nullptr) {
            return follower;
        }
    }
    return nullptr;
}

core::FollowPlan Supervisor::settle(const Claimant& claimant,
                                    std::vector<core::FollowClaim> claims) {
    claims_.insert_or_assign(claimant, std::move(claims));
    std::vector<core::FollowClaim> all;
    for (const auto& [one, of_one] : claims_) {
        all.insert(all.end(), of_one.begin(), of_one.end());
    }
    return core::settle(std::move(all));
}

Task<void> Supervisor::run() {
    is_running_ = true;
    for (auto& [of, taker] : takers_) {
        group_.spawn(taker.run());
    }
    for (const auto& [leader, watcher] : watchers_) {
        group_.spawn(watcher->run());
    }
    group_.spawn(recoveries_.run());
    co_await group_.join();
}

void Supervisor::stop() {
    is_stopping_ = true;
    for (const auto& [leader, watcher] : watchers_) {
        watcher->stop();
    }
    for (auto& [of, taker] : takers_) {
        taker.stop();
    }
    recoveries_.stop();
}

std::vector<FollowerStatus> Supervisor::followers() const {
    std::vector<FollowerStatus> rows;
    for (const auto& [leader, watcher] : watchers_) {
        for (FollowerStatus& row : watcher->status()) {
            rows.push_back(std::move(row));
        }
    }
    for (FollowerStatus& row : recoveries_.status()) {
        rows.push_back(std::move(row));
    }
    return rows;
}

std::vector<RecoveryRuleStatus> Supervisor::recoveries() const {
    return recoveries_.rule_status();
}

std::vector<ClusterStatus> Supervisor::clusters() const {
    std::vector<ClusterStatus> rows;
    for (const ClusterSettings& cluster : settings_.clusters) {
        const auto watcher = watchers_.find(cluster.name);
        std::optional<Failure> failure =
            watcher == watchers_.end() ? std::nullopt : watcher->second->failure();
        if (!failure) {
            failure = recoveries_.failure(cluster.name);
        }
        rows.push_back(ClusterStatus{cluster.name, std::move(failure)});
    }
    return rows;
}

}  // namespace followd::engine
