#include "simulation/process.hpp"

#include <map>
#include <utility>

namespace followd::sim {

Settings settings_of(const Weather& weather) {
    Settings settings;
    for (const char* name : {"near", "far"}) {
        ClusterSettings cluster;
        cluster.name = ClusterName{name};
        settings.clusters.push_back(std::move(cluster));
    }
    FollowRule rule;
    rule.name = RuleName{"logs"};
    rule.leader = ClusterName{"near"};
    rule.follower = ClusterName{"far"};
    rule.indices = {"logs-*"};
    rule.follow_index_pattern = "{{leader_index}}-copy";
    settings.follow.push_back(std::move(rule));
    settings.limits = weather.limits();
    settings.tail = weather.tail();
    return settings;
}

IndexName follower_of(const IndexName& leader) {
    return IndexName{leader.value() + "-copy"};
}

Process::Process(
    Scene& scene, Clusters clusters, Disk& disk, DiskStore::Judge judge, const std::string& name)
    : scene_(scene),
      clusters_(clusters),
      time_(scene.clock, scene.context.get_executor()),
      leader_link_(scene, time_, name + ">near"),
      follower_link_(scene, time_, name + ">far"),
      leader_(scene, clusters.leader, leader_link_),
      follower_(clusters.follower, follower_link_),
      store_(scene, time_, disk, std::move(judge)),
      tasks_(scene.context.get_executor(), [&scene](const char* what) {
          scene.violated(std::string("an exception left the engine: ") + what);
      }) {
    scene_.note(name + " starts");
    supervisor_ = std::make_unique<engine::Supervisor>(
        scene_.context.get_executor(),
        settings_of(scene_.weather),
        std::map<ClusterName, engine::ClusterPorts>{
            {ClusterName{"near"}, engine::ClusterPorts{&leader_, nullptr}},
            {ClusterName{"far"}, engine::ClusterPorts{nullptr, &follower_}}},
        *this,
        store_,
        time_,
        scene_.dice.below(1'000'000));
    tasks_.spawn(supervisor_->run());
}

void Process::kill() {
    time_.die();
    supervisor_->stop();
}

std::unique_ptr<engine::LeaderShard> Process::leader_shard(const ClusterName& /*cluster*/,
                                                           const engine::LeaderIndex& index,
                                                           int shard,
                                                           OriginStrips /*strips*/) {
    return std::make_unique<LeaderShardPort>(
        leader_link_, LeaderPlace{&scene_, &clusters_.leader, index.name, shard});
}

std::unique_ptr<engine::FollowerShard> Process::follower_shard(const ClusterName& /*cluster*/,
                                                               const engine::FollowerIndex& index,
                                                               int shard,
                                                               OriginStrips /*strips*/) {
    return std::make_unique<FollowerShardPort>(
        scene_, clusters_.follower, follower_link_, index.name, shard);
}

}  // namespace followd::sim
