#include "simulation/crew.hpp"

#include "support/shard_claims.hpp"

#include <map>
#include <utility>

namespace followd::sim {

Crew::Crew(Scene& scene, Clusters clusters, std::size_t size)
    : scene_(scene), clusters_(clusters), members_(size) {}

void Crew::start_all() {
    for (std::size_t number = 0; number < members_.size(); ++number) {
        start(number);
    }
}

void Crew::start(std::size_t number) {
    Member& member = members_[number];
    if (member.process) {
        return;
    }
    // What this life has said of each shard.
    auto said = std::make_shared<std::map<ShardKey, Checkpoint>>();
    auto judge_it = [this, said](const ShardKey& key, const Checkpoint& checkpoint) {
        const auto before = said->find(key);
        judge(key, checkpoint, before == said->end() ? nullptr : &before->second);
        said->insert_or_assign(key, checkpoint);
    };
    member.process = std::make_unique<Process>(
        scene_,
        clusters_,
        member.disk,
        std::move(judge_it),
        "d" + std::to_string(number) + "." + std::to_string(++member.life));
}

void Crew::judge(const ShardKey& key, const Checkpoint& checkpoint, const Checkpoint* before) {
    if (checkpoint.swept_through > checkpoint.applied_through) {
        return scene_.violated("D lies above C");
    }
    if (before != nullptr && before->history == checkpoint.history &&
        before->base == checkpoint.base && before->follower.uuid == checkpoint.follower.uuid &&
        before->follower.history == checkpoint.follower.history &&
        (before->applied_through > checkpoint.applied_through ||
         before->swept_through > checkpoint.swept_through)) {
        return scene_.violated("a checkpoint fell");
    }
    LeaderIndexState* leader = clusters_.leader.of(key.leader_index);
    FollowerIndexState* follower = clusters_.follower.find(key.follower_index);
    if (leader == nullptr || follower == nullptr || follower->leader != key.leader_index ||
        follower->is_promoted || checkpoint.follower.uuid != follower->info.uuid) {
        return;
    }
    FollowerShardState& state = follower->shards.at(static_cast<std::size_t>(key.shard));
    // Another history, of either side, and nothing that was said of the one before counts.
    if (state.has_foreign_writes || checkpoint.history != leader->history(key.shard) ||
        checkpoint.follower.history != FollowerSide::history(*follower, key.shard)) {
        return;
    }
    // One of two daemons may have written what the other's view does not show yet: counts then say
    // less, and the second mark may come early (docs/CONSISTENCY.md).
    const bool deletes_may_return =
        scene_.weather.needs_audits() || scene_.weather.has(Fault::second);
    const std::string claim =
        test::false_claim(leader->shards.at(static_cast<std::size_t>(key.shard))->group,
                          state.copy,
                          checkpoint,
                          deletes_may_return);
    if (!claim.empty()) {
        scene_.violated("a false checkpoint: " + claim);
    }
}

void Crew::bury(std::size_t number) {
    if (members_[number].process) {
        ending_.push_back(std::move(members_[number].process));
    }
}

void Crew::crash(std::size_t number, Duration pause, bool loses_disk) {
    Member& member = members_[number];
    if (!member.process) {
        return;
    }
    scene_.note("d" + std::to_string(number) + " CRASHES" + (loses_disk ? ", its disk too" : ""));
    member.process->kill();
    bury(number);
    // After what is on its way to the disk has arrived there or not.
    scene_.clock.after(pause, [this, number, loses_disk] {
        if (loses_disk && !members_[number].process) {
            members_[number].disk.checkpoints.clear();
        }
        start(number);
    });
}

void Crew::heal() {
    for (std::size_t number = 0; number < members_.size(); ++number) {
        start(number);
        Process& process = *members_[number].process;
        process.time().wake_up();
        process.leader_link().cut_until(scene_.clock.now());
        process.follower_link().cut_until(scene_.clock.now());
    }
}

void Crew::restart_all() {
    for (std::size_t number = 0; number < members_.size(); ++number) {
        if (members_[number].process) {
            members_[number].process->kill();
            bury(number);
        }
        start(number);
    }
}

void Crew::stop_all() {
    for (std::size_t number = 0; number < members_.size(); ++number) {
        members_[number].process->stop();
        bury(number);
    }
}

bool Crew::has_ended() {
    std::erase_if(ending_, [](const auto& process) { return process->has_ended(); });
    return ending_.empty();
}

}  // namespace followd::sim
