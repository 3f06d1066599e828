#include "simulation/roles/daemons.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace followd::sim {

Daemons::Daemons(Scene& scene, Sides& sides, std::size_t size)
    : scene_(scene), sides_(sides), lost_writes_(scene, sides.truth()), members_(size) {}

void Daemons::start_all() {
    for (std::size_t number = 0; number < members_.size(); ++number) {
        start(number);
    }
}

void Daemons::start(std::size_t number) {
    Member& member = members_[number];
    if (member.daemon) {
        return;
    }
    // What this life has said of each shard.
    auto said = std::make_shared<std::map<ShardKey, Checkpoint>>();
    auto judge_it = [this, said](const ShardKey& key, const Checkpoint& checkpoint) {
        const auto before = said->find(key);
        judge(key, checkpoint, before == said->end() ? nullptr : &before->second);
        said->insert_or_assign(key, checkpoint);
    };
    member.daemon = std::make_unique<Daemon>(
        scene_,
        sides_,
        member.file,
        lost_writes_,
        std::move(judge_it),
        "d" + std::to_string(number) + "." + std::to_string(++member.life));
}

void Daemons::judge(const ShardKey& key, const Checkpoint& checkpoint, const Checkpoint* before) {
    if (checkpoint.swept_through > checkpoint.applied_through) {
        return scene_.violated("D lies above C");
    }
    // Held back and let go of, a follower goes on from what could be stored.
    if (before != nullptr && before->base == checkpoint.base &&
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
    for (const auto& [id, document] : led.documents) {
        if (document.seq > applied || !sides_.truth().is_own(leader.uuid, document.value)) {
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

void Daemons::bury(std::size_t number) {
    if (members_[number].daemon) {
        ending_.push_back(std::move(members_[number].daemon));
    }
}

void Daemons::crash(std::size_t number, Duration pause, bool loses_file) {
    Member& member = members_[number];
    if (!member.daemon) {
        return;
    }
    scene_.note("d" + std::to_string(number) + " CRASHES" +
                (loses_file ? ", its state file too" : ""));
    member.daemon->kill();
    bury(number);
    scene_.clock.after(pause, [this, number, loses_file] {
        if (loses_file && !members_[number].daemon) {
            members_[number].file = {};
        }
        start(number);
    });
}

void Daemons::heal() {
    for (std::size_t number = 0; number < members_.size(); ++number) {
        if (members_[number].daemon) {
            members_[number].daemon->kill();
            bury(number);
        }
        start(number);
    }
}

void Daemons::stop_all() {
    for (std::size_t number = 0; number < members_.size(); ++number) {
        members_[number].daemon->stop();
        bury(number);
    }
}

bool Daemons::has_intent(const engine::IndexPlace& place) const {
    return std::ranges::any_of(
        members_, [&place](const Member& member) { return member.file.intents.contains(place); });
}

bool Daemons::has_ended() {
    std::erase_if(ending_, [](const auto& daemon) { return daemon->has_ended(); });
    return ending_.empty();
}

}  // namespace followd::sim
