#pragma once

#include "simulation/disk.hpp"
#include "simulation/members.hpp"
#include "simulation/process.hpp"
#include "simulation/scene.hpp"

#include <cstddef>

/// Every followd there is, each with a disk of its own: started, killed and started again.

namespace followd::sim {

class Crew {
public:
    Crew(Scene& scene, Clusters clusters, std::size_t size);

    void start_all() { members_.start_all(); }
    /// Kills it; it starts again after `pause`, with its disk or without.
    void crash(std::size_t number, Duration pause, bool loses_disk) {
        members_.crash(number, pause, loses_disk);
    }
    /// All are there and none hangs, from now on.
    void heal();
    /// An operator's `systemctl restart`.
    void restart_all() { members_.restart_all(); }
    /// Stops all for good; true once none is under way.
    void stop_all() { members_.stop_all(); }
    [[nodiscard]] bool has_ended() { return members_.has_ended(); }

    [[nodiscard]] std::size_t size() const { return members_.size(); }
    /// Null while it is down.
    [[nodiscard]] Process* process(std::size_t number) { return members_.life(number); }

private:
    void judge(const ShardKey& key, const Checkpoint& checkpoint, const Checkpoint* before);

    Scene& scene_;
    Clusters clusters_;
    Members<Process, Disk> members_;
};

}  // namespace followd::sim
