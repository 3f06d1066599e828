#pragma once

#include "followd/base/result.hpp"
#include "followd/model/checkpoint.hpp"

#include "engine/ports.hpp"
#include "engine/task.hpp"
#include "simulation/process_time.hpp"
#include "simulation/scene.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>

/// Where one followd keeps its checkpoints. What was answered survives a crash; what was not may
/// survive or be gone.

namespace followd::sim {

/// Outlives the processes that use it.
struct Disk {
    std::map<ShardKey, Checkpoint> checkpoints;
};

class DiskStore final : public engine::CheckpointStore {
public:
    /// Asked whether a checkpoint is true, at the moment at which it counts.
    using Judge = std::function<void(const ShardKey& key, const Checkpoint& checkpoint)>;

    DiskStore(Scene& scene, ProcessTime& time, Disk& disk, Judge judge)
        : scene_(scene), time_(time), disk_(disk), judge_(std::move(judge)) {}

    [[nodiscard]] Task<Result<std::optional<Checkpoint>>> load(ShardKey key) override;
    [[nodiscard]] Task<Result<void>> save(ShardKey key, Checkpoint checkpoint) override;
    [[nodiscard]] Task<Result<void>> forget(ShardKey any_shard) override;

private:
    Scene& scene_;
    ProcessTime& time_;
    Disk& disk_;
    Judge judge_;
};

}  // namespace followd::sim
