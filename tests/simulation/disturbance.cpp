#include "simulation/disturbance.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace followd::sim {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration between_moments = milliseconds{10};

}  // namespace

void Disturbance::begin() {
    const Workload& workload = scene_.weather.workload();
    for (int number = 0; number < workload.indices; ++number) {
        const IndexName name{"logs-" + std::to_string(number)};
        clusters_.leader.make(name);
        for (int shard = 0; shard < workload.shards; ++shard) {
            write(name, static_cast<std::size_t>(shard));
        }
    }
    moment();
}

void Disturbance::write(IndexName name, std::size_t shard) {
    if (scene_.weather.is_calm()) {
        return;
    }
    const Workload& workload = scene_.weather.workload();
    test::Dice& dice = scene_.dice;
    LeaderIndexState* index = clusters_.leader.find(name);
    if (index != nullptr && index->is_open() && scene_.clock.now() >= lull_until_) {
        const std::size_t number = dice.chance(workload.hot) ? 0 : dice.below(workload.ids);
        const bool is_hot = number == 0 && workload.hot > 0;
        const test::OpKind kind = !is_hot && dice.chance(workload.removal) ? test::OpKind::remove
                                  : dice.chance(0.02)                      ? test::OpKind::no_op
                                                                           : test::OpKind::index;
        const std::size_t padding = dice.chance(workload.bulky) ? 3000 : 0;
        index->shards.at(shard)->group.client(kind, "\"k" + std::to_string(number) + "\"", padding);
    }
    scene_.clock.after(scene_.about(workload.pause),
                       [this, name = std::move(name), shard] { write(name, shard); });
}

void Disturbance::moment() {
    if (scene_.weather.is_calm()) {
        return;
    }
    if (scene_.weather.workload().has_lulls && scene_.dice.chance(0.002)) {
        lull_until_ = scene_.clock.now() + scene_.about(seconds{40});
    }
    if (LeaderIndexState* index = any_index()) {
        disturb_leader(*index);
    }
    disturb_follower();
    disturb_processes();
    // In a lull little happens, and that far apart.
    const bool is_lull = scene_.clock.now() < lull_until_;
    scene_.clock.after(scene_.about(is_lull ? 20 * between_moments : between_moments),
                       [this] { moment(); });
}

LeaderIndexState* Disturbance::any_index() {
    const std::vector<IndexName> names = clusters_.leader.names();
    return names.empty() ? nullptr : clusters_.leader.find(names[scene_.dice.below(names.size())]);
}

void Disturbance::disturb_leader(LeaderIndexState& index) {
    const auto any_group = [this, &index]() -> test::LeaderGroup& {
        return index.shards[scene_.dice.below(index.shards.size())]->group;
    };
    if (!index.is_open()) {
        if (scene_.dice.chance(0.02)) {
            clusters_.leader.open(index);
        }
        return;
    }
    if (scene_.strikes(Fault::failover)) {
        any_group().fail_over();
        scene_.note("leader: FAILOVER");
    }
    if (scene_.strikes(Fault::relocation)) {
        scene_.dice.chance(0.7) ? any_group().join() : any_group().move_primary();
        scene_.note("leader: a copy joins or moves");
    }
    if (scene_.strikes(Fault::mapping)) {
        clusters_.leader.change_mapping(index);
    }
    if (scene_.strikes(Fault::closing)) {
        return clusters_.leader.close(index);
    }
    if (scene_.weather.has(Fault::restore) && scene_.dice.chance(0.01)) {
        for (const auto& shard : index.shards) {
            shard->group.take_snapshot();
        }
    }
    if (scene_.strikes(Fault::restore)) {
        clusters_.leader.restore(index);
    }
    if (scene_.strikes(Fault::recreation)) {
        recreate(index.listed.name);
    }
}

void Disturbance::recreate(const IndexName& name) {
    clusters_.leader.remove(name);
    // Somebody clears the old follower away, or nobody does.
    const bool is_cleared = scene_.dice.chance(0.5);
    scene_.clock.after(scene_.about(seconds{2}), [this, name, is_cleared] {
        clusters_.leader.make(name);
        if (is_cleared) {
            clusters_.follower.remove(follower_of(name));
            is_restart_needed_ = true;
        }
    });
}

void Disturbance::disturb_follower() {
    if (scene_.weather.rate(Fault::forgetful) > 0) {
        clusters_.follower.forget_tombstones();
    }
    for (auto& [name, index] : clusters_.follower.indices()) {
        if (index.is_promoted) {
            continue;
        }
        FollowerShardState& shard = index.shards[scene_.dice.below(index.shards.size())];
        if (scene_.dice.chance(0.01)) {
            shard.copy.refresh();
        }
        if (scene_.strikes(Fault::foreign)) {
            clusters_.follower.write_foreign(shard);
        }
        if (scene_.strikes(Fault::follower_failover)) {
            ++shard.term;
        }
        if (scene_.weather.has(Fault::follower_restore) && scene_.dice.chance(0.01)) {
            shard.snapshot = shard.copy;
        }
        if (scene_.strikes(Fault::follower_restore)) {
            clusters_.follower.restore(shard);
        }
        if (scene_.strikes(Fault::promotion)) {
            clusters_.follower.promote(index, promotes_without_fence);
        }
        if (scene_.strikes(Fault::follower_removal)) {
            is_restart_needed_ = true;
            return clusters_.follower.remove(IndexName{name});
        }
    }
}

void Disturbance::disturb_processes() {
    for (std::size_t number = 0; number < crew_.size(); ++number) {
        Process* process = crew_.process(number);
        if (process == nullptr) {
            continue;
        }
        const Instant now = scene_.clock.now();
        if (scene_.strikes(Fault::hang)) {
            scene_.note("d" + std::to_string(number) + " hangs");
            process->time().hang_until(now + scene_.about(seconds{scene_.dice.one_of({1, 5, 60})}));
        }
        if (scene_.strikes(Fault::leap)) {
            scene_.note("d" + std::to_string(number) + ": the clock leaps");
            process->time().leap(scene_.about(seconds{scene_.dice.one_of({1, 60, 3600})}));
        }
        if (scene_.strikes(Fault::partition)) {
            const bool is_leader = scene_.dice.chance(0.5);
            scene_.note(std::string(is_leader ? "leader" : "follower") + ": cannot be reached");
            Link& link = is_leader ? process->leader_link() : process->follower_link();
            link.cut_until(now + scene_.about(seconds{3}));
        }
        if (scene_.strikes(Fault::crash)) {
            const Duration pause =
                milliseconds{50} + scene_.about(milliseconds{scene_.dice.one_of({50, 3000})});
            crew_.crash(number, pause, scene_.strikes(Fault::store_lost));
        }
    }
}

void Disturbance::end() {
    scene_.note("CALM");
    // The last of which nobody will ever write again.
    if (LeaderIndexState* index = any_index();
        index != nullptr && scene_.weather.has(Fault::failover)) {
        if (index->is_open()) {
            test::LeaderGroup& group = index->shards.front()->group;
            group.client(test::OpKind::index, "\"k0\"");
            group.step();
            group.fail_over();
        }
    }
    scene_.weather.calm();
    for (const IndexName& name : clusters_.leader.names()) {
        LeaderIndexState& index = *clusters_.leader.find(name);
        if (!index.is_open()) {
            clusters_.leader.open(index);
        }
    }
    clusters_.leader.settle();
    crew_.heal();
    if (is_restart_needed_) {
        crew_.restart_all();
    }
}

}  // namespace followd::sim
