#include "simulation/crew.hpp"

#include "support/shard_claims.hpp"

#include <memory>
#include <string>
#include <utility>

namespace followd::sim {

Crew::Crew(Scene& scene, Clusters clusters, std::size_t size)
    : scene_(scene),
      clusters_(clusters),
      members_(scene,
               size,
               {.begin =
                    [this](Disk& disk, DiskStore::Judge judge, const std::string& name) {
                        return std::make_unique<Process>(
                            scene_, clusters_, disk, std::move(judge), name);
                    },
                .judge = [this](const ShardKey& key,
                                const Checkpoint& checkpoint,
                                const Checkpoint* before) { judge(key, checkpoint, before); },
                .lose = [](Disk& disk) { disk.checkpoints.clear(); },
                .kept_is_called = "disk"}) {}

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

void Crew::heal() {
    for (std::size_t number = 0; number < members_.size(); ++number) {
        members_.start(number);
        Process& process = *members_.life(number);
        process.time().wake_up();
        process.leader_link().cut_until(scene_.clock.now());
        process.follower_link().cut_until(scene_.clock.now());
    }
}

}  // namespace followd::sim
