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

Settings settings_with(const SnapshotPlan& plan, const Scene& scene) {
    Settings settings = settings_of(scene.weather);
    if (plan.is_used) {
        RepositorySettings repository;
        repository.name = RepositoryName{"shared"};
        repository.kind = RepositoryKind::existing;
        settings.follow.front().repository = repository.name;
        settings.follow.front().bootstrap = plan.bootstrap;
        settings.repositories.push_back(std::move(repository));
    }
    return settings;
}

}  // namespace

Daemon::Cluster::Cluster(Scene& scene,
                         Sides& sides,
                         Repository& repository,
                         ProcessTime& time,
                         ClusterName name,
                         std::string link)
    : data(scene, time, link + ">" + name.value()),
      admin(scene, time, link + ">" + name.value(), Lateness::none),
      leader(sides, admin, name),
      follower(sides, admin, name),
      roles(sides, admin, name),
      snapshot_source(repository, sides, data, name),
      snapshot_target(repository, sides, data, admin, std::move(name)) {}

engine::ClusterPorts Daemon::Cluster::ports() {
    return {&leader, &follower, &roles, &snapshot_source, &snapshot_target};
}

Daemon::Daemon(Scene& scene,
               Sides& sides,
               StateFile& file,
               LostWrites& lost_writes,
               Repository& repository,
               DiskStore::Judge judge,
               const std::string& name)
    : scene_(scene),
      sides_(sides),
      time_(scene.clock, scene.context.get_executor()),
      near_(scene, sides, repository, time_, near_cluster, name),
      far_(scene, sides, repository, time_, far_cluster, name),
      store_(scene, time_, file.checkpoints, std::move(judge)),
      intents_(scene, time_, file),
      tasks_(scene.context.get_executor(), [&scene](const char* what) {
          scene.violated(std::string("an exception left the engine: ") + what);
      }) {
    scene_.note(name + " starts");
    time_.outlive_sleeps();
    const std::map<ClusterName, engine::ClusterPorts> clusters{{near_cluster, near_.ports()},
                                                               {far_cluster, far_.ports()}};
    if (file.daemon_id.empty()) {
        file.daemon_id = name;
        std::erase(file.daemon_id, '.');
    }
    supervisor_ = std::make_unique<engine::Supervisor>(scene_.context.get_executor(),
                                                       settings_with(repository.plan(), scene_),
                                                       clusters,
                                                       *this,
                                                       store_,
                                                       time_,
                                                       scene_.dice.below(1'000'000),
                                                       holds_in(file),
                                                       engine::SnapshotContext{file.daemon_id, {}});
    control_ = std::make_unique<engine::Control>(
        scene_.context.get_executor(),
        engine::ControlPorts{
            *supervisor_, clusters, *this, store_, intents_, lost_writes, time_, [] {
                return WallTime{};
            }});
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
