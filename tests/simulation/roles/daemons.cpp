#include "simulation/roles/daemons.hpp"

#include <memory>
#include <string>
#include <utility>

namespace followd::sim {

Daemons::Daemons(Scene& scene, Sides& sides, Repository& repository, std::size_t size)
    : scene_(scene),
      sides_(sides),
      repository_(repository),
      lost_writes_(scene, sides.truth()),
      members_(
          scene,
          size,
          {.begin =
               [this](StateFile& file, DiskStore::Judge judge, const std::string& name) {
                   return std::make_unique<Daemon>(
                       scene_, sides_, file, lost_writes_, repository_, std::move(judge), name);
               },
           .judge = [this](const ShardKey& key,
                           const Checkpoint& checkpoint,
                           const Checkpoint* before) { judge(key, checkpoint, before); },
           .lose = [](StateFile& file) { file = {}; },
           .kept_is_called = "state file"}) {}

void Daemons::judge(const ShardKey& key, const Checkpoint& checkpoint, const Checkpoint* before) {
    if (checkpoint.swept_through > checkpoint.applied_through) {
        return scene_.violated("D lies above C");
    }
    // Held back and let go of, a follower goes on from what could be stored. One that is copied
    // after all begins below what was known of its snapshot.
    if (before != nullptr && before->base == checkpoint.base &&
        before->follower.uuid == checkpoint.follower.uuid &&
        !scene_.weather.has(Fault::store_failed) &&
        (before->applied_through > checkpoint.applied_through ||
         before->swept_through > checkpoint.swept_through)) {
        return scene_.violated("a checkpoint fell");
    }
    const TwoWayIndex* const follower = sides_.find(key.follower, key.follower_index);
    if (follower == nullptr || !follower->is(MarkRole::follower) ||
        follower->mark()->leader_uuid != key.leader_index ||
        base_of_generation(follower->mark()->generation) != checkpoint.base) {
        return;
    }
    judge_claim(
        *sides_.other_than(*follower), *follower, static_cast<std::size_t>(key.shard), checkpoint);
}

void Daemons::judge_claim(const TwoWayIndex& leader,
                          const TwoWayIndex& follower,
                          std::size_t shard,
                          const Checkpoint& checkpoint) {
    const TwoWayShard& led = leader.shards.at(shard);
    const TwoWayShard& followed = follower.shards.at(shard);
    const std::int64_t applied = checkpoint.applied_through.value();
    const std::int64_t swept = checkpoint.swept_through.value();
    if (applied > led.checkpoint) {
        return scene_.violated("a false checkpoint: C lies above the global checkpoint");
    }
    // What a leader has back as a copy no cycle copies: that is the first sweep's (CONSISTENCY.md).
    for (const auto& [id, document] : led.documents) {
        if (document.seq > applied || !sides_.truth().never_left(leader.uuid, document)) {
            continue;
        }
        const auto held = followed.documents.find(id);
        const std::int64_t version = checkpoint.base.of_write(SeqNo{document.seq}).value();
        const bool is_there =
            held != followed.documents.end() &&
            (held->second.value == document.value || held->second.version >= version);
        if (!is_there) {
            return scene_.violated("a false checkpoint: C=" + std::to_string(applied) +
                                   ", but the follower lacks " + id + " of " +
                                   std::to_string(document.seq));
        }
    }
    const bool deletes_may_return =
        scene_.weather.needs_audits() || scene_.weather.has(Fault::second);
    for (const auto& [id, grave] : led.tombstones) {
        if (grave.seq <= swept && !deletes_may_return && followed.documents.contains(id)) {
            return scene_.violated("a false checkpoint: D=" + std::to_string(swept) +
                                   ", but the follower has " + id + ", deleted at " +
                                   std::to_string(grave.seq));
        }
    }
}

bool Daemons::has_intent(const engine::IndexPlace& place) const {
    for (std::size_t number = 0; number < size(); ++number) {
        if (members_.kept(number).intents.contains(place)) {
            return true;
        }
    }
    return false;
}

}  // namespace followd::sim
