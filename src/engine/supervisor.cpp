#include "engine/supervisor.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace followd::engine {

namespace {

// Making an index ready is a few requests to the follower's master node: a gentle number at a time.
constexpr std::size_t starts_max = 4;

}  // namespace

Supervisor::Supervisor(boost::asio::any_io_executor executor,
                       Settings settings,
                       std::map<ClusterName, ClusterPorts> clusters,
                       ShardFactory& shards,
                       CheckpointStore& store,
                       Timers& timers,
                       std::uint64_t seed)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      clusters_(std::move(clusters)),
      shards_(shards),
      store_(store),
      timers_(timers),
      random_(seed),
      memory_(executor_, settings_.limits.memory_bytes),
      starts_(executor_, starts_max),
      group_(executor_, [](const char* what) {
          observe::Logger("engine").error("task failed", observe::field("error", what));
      }) {
    for (const FollowRule& rule : settings_.follow) {
        write_slots_.try_emplace(
            rule.follower, executor_, settings_.limits.max_outstanding_write_requests);
    }
    for (const FollowRule& rule : settings_.follow) {
        if (!watchers_.contains(rule.leader)) {
            make_watcher(rule.leader);
        }
    }
}

void Supervisor::make_watcher(const ClusterName& leader) {
    ClusterWatcher::Options options;
    options.cluster = leader;
    options.tail = settings_.tail;
    options.seed = random_.next();
    std::ranges::copy_if(settings_.follow,
                         std::back_inserter(options.rules),
                         [&leader](const FollowRule& rule) { return rule.leader == leader; });
    LeaderCluster* port = clusters_.at(leader).leader;
    FOLLOWD_ASSERT(port != nullptr);
    auto make_follower = [this, port](const FollowRule& rule,
                                      const LeaderIndex& index,
                                      const IndexName& follower_index) {
        FollowerCluster* follower = clusters_.at(rule.follower).follower;
        FOLLOWD_ASSERT(follower != nullptr);
        return std::make_unique<IndexFollower>(
            executor_,
            IndexPorts{*port,
                       *follower,
                       shards_,
                       store_,
                       timers_,
                       memory_,
                       write_slots_.at(rule.follower),
                       starts_},
            IndexFollowerOptions{
                rule, index, follower_index, settings_.limits, settings_.tail, random_.next()});
    };
    watchers_.emplace(
        leader,
        std::make_unique<ClusterWatcher>(executor_,
                                         std::move(options),
                                         *port,
                                         timers_,
                                         std::move(make_follower),
                                         [this, leader](std::vector<core::FollowClaim> claims) {
                                             return settle(leader, std::move(claims));
                                         }));
}

core::FollowPlan Supervisor::settle(const ClusterName& leader,
                                    std::vector<core::FollowClaim> claims) {
    claims_.insert_or_assign(leader, std::move(claims));
    std::vector<core::FollowClaim> all;
    for (const auto& [cluster, of_cluster] : claims_) {
        all.insert(all.end(), of_cluster.begin(), of_cluster.end());
    }
    return core::settle(std::move(all));
}

Task<void> Supervisor::run() {
    for (const auto& [leader, watcher] : watchers_) {
        group_.spawn(watcher->run());
    }
    co_await group_.join();
}

void Supervisor::stop() {
    for (const auto& [leader, watcher] : watchers_) {
        watcher->stop();
    }
}

std::vector<FollowerStatus> Supervisor::followers() const {
    std::vector<FollowerStatus> rows;
    for (const auto& [leader, watcher] : watchers_) {
        for (FollowerStatus& row : watcher->status()) {
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

std::vector<ClusterStatus> Supervisor::clusters() const {
    std::vector<ClusterStatus> rows;
    for (const ClusterSettings& cluster : settings_.clusters) {
        const auto watcher = watchers_.find(cluster.name);
        rows.push_back(ClusterStatus{
            cluster.name, watcher == watchers_.end() ? std::nullopt : watcher->second->failure()});
    }
    return rows;
}

}  // namespace followd::engine
