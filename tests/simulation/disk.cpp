#include "simulation/disk.hpp"

#include <chrono>
#include <utility>

namespace followd::sim {

namespace {

constexpr Duration usual_sync = std::chrono::milliseconds{2};

Failure gone() {
    return {FailureKind::cancelled, "the process is gone", "disk"};
}

std::string describe(const Checkpoint& checkpoint) {
    return "C=" + std::to_string(checkpoint.applied_through.value()) +
           " D=" + std::to_string(checkpoint.swept_through.value()) + " of " +
           checkpoint.history.value();
}

}  // namespace

Task<Result<std::optional<Checkpoint>>> DiskStore::load(ShardKey key) {
    co_await time_.wait_until(scene_.clock.now() + scene_.about(usual_sync));
    if (!time_.is_alive()) {
        co_return gone();
    }
    const auto found = disk_.checkpoints.find(key);
    std::optional<Checkpoint> stored;
    if (found != disk_.checkpoints.end()) {
        stored = found->second;
    }
    scene_.note("load " + key.follower_index.value() + "[" + std::to_string(key.shard) + "] " +
                (stored ? describe(*stored) : "nothing"));
    co_return stored;
}

Task<Result<void>> DiskStore::save(ShardKey key, Checkpoint checkpoint) {
    if (!time_.is_alive()) {
        co_return gone();
    }
    scene_.note("save " + key.follower_index.value() + "[" + std::to_string(key.shard) + "] " +
                describe(checkpoint));
    judge_(key, checkpoint);
    const bool fails = scene_.strikes(Fault::store_failed);
    co_await time_.wait_until(scene_.clock.now() + scene_.about(usual_sync));
    // Whoever dies meanwhile does not know what the disk did; neither does who is told of a
    // failure.
    if ((!fails && time_.is_alive()) || scene_.dice.chance(0.5)) {
        disk_.checkpoints.insert_or_assign(std::move(key), std::move(checkpoint));
    }
    if (!time_.is_alive()) {
        co_return gone();
    }
    if (fails) {
        co_return Failure{FailureKind::storage, "the disk is full", "disk"};
    }
    co_return Result<void>{};
}

Task<Result<void>> DiskStore::forget(ShardKey any_shard) {
    std::erase_if(disk_.checkpoints, [&any_shard](const auto& entry) {
        return entry.first.follower_index == any_shard.follower_index;
    });
    co_return Result<void>{};
}

}  // namespace followd::sim
