#include "simulation/roles/daemon.hpp"

#include "simulation/process.hpp"
#include "simulation/roles/shard_ports.hpp"

#include <map>
#include <utility>

namespace followd::sim {

namespace {

engine::Holds holds_in(const StateFile& file) {
    std::vector<engine::Intent> intents;
    for (const auto& [place, intent] : file.intents) {
        intents.push_back(intent);
    }
    return engine::holds_of(intents);
}

}  // namespace

Daemon::Cluster::Cluster(
    Scene& scene, Sides& sides, ProcessTime& time, ClusterName name, std::string link)
    : data(scene, time, link + ">" + name.value()),
      admin(scene, time, link + ">" + name.value(), Lateness::none),
      leader(sides, admin, name),
      follower(sides, admin, name),
      roles(sides, admin, std::move(name)) {}

Daemon::Daemon(Scene& scene,
               Sides& sides,
               StateFile& file,
               LostWrites& lost_writes,
               DiskStore::Judge judge,
               const std::string& name)
    : scene_(scene),
      sides_(sides),
      time_(scene.clock, scene.context.get_executor()),
      near_(scene, sides, time_, near_cluster, name),
      far_(scene, sides, time_, far_cluster, name),
      store_(scene, time_, file.checkpoints, std::move(judge)),
      intents_(scene, time_, file),
      tasks_(scene.context.get_executor(), [&scene](const char* what) {
          scene.violated(std::string("an exception left the engine: ") + what);
      }) {
    scene_.note(name + " starts");
    time_.outlive_sleeps();
    const std::map<ClusterName, engine::ClusterPorts> clusters{
        {near_cluster, engine::ClusterPorts{&near_.leader, &near_.follower, &near_.roles}},
        {far_cluster, engine::ClusterPorts{&far_.leader, &far_.follower, &far_.roles}}};
    supervisor_ = std::make_unique<engine::Supervisor>(scene_.context.get_executor(),
                                                       settings_of(scene_.weather),
                                                       clusters,
                                                       *this,
                                                       store_,
                                                       time_,
                                                       scene_.dice.below(1'000'000),
                                                       holds_in(file));
    control_ = std::make_unique<engine::Control>(
        scene_.context.get_executor(),
        engine::ControlPorts{*supervisor_, clusters, *this, store_, intents_, lost_writes, time_});
    tasks_.spawn(supervisor_->run());
}

void Daemon::perform(Task<engine::ControlReport> command, Done done) {
    tasks_.spawn(run(std::move(command), std::move(done)));
}

Task<void> Daemon::run(Task<engine::ControlReport> command, Done done) {
    const engine::ControlReport report = co_await std::move(command);
    if (time_.is_alive()) {
        done(report);
    }
}

void Daemon::kill() {
    time_.die();
    supervisor_->stop();
}

void Daemon::cut_until(const ClusterName& name, Instant when) {
    cluster(name).data.cut_until(when);
    cluster(name).admin.cut_until(when);
}

std::unique_ptr<engine::LeaderShard> Daemon::leader_shard(const ClusterName& cluster_name,
                                                          const engine::LeaderIndex& index,
                                                          int shard,
                                                          OriginStrips strips) {
    return std::make_unique<TwoWayLeaderShard>(
        scene_,
        cluster(cluster_name).data,
        ShardPlace{
            &sides_, cluster_name, index.name, static_cast<std::size_t>(shard), std::move(strips)});
}

std::unique_ptr<engine::FollowerShard> Daemon::follower_shard(const ClusterName& cluster_name,
                                                              const engine::FollowerIndex& index,
                                                              int shard,
                                                              OriginStrips strips) {
    return std::make_unique<TwoWayFollowerShard>(
        scene_,
        cluster(cluster_name).data,
        ShardPlace{
            &sides_, cluster_name, index.name, static_cast<std::size_t>(shard), std::move(strips)},
        index.fence_alias);
}

}  // namespace followd::sim
