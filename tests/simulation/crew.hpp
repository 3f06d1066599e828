#pragma once

#include "simulation/disk.hpp"
#include "simulation/process.hpp"
#include "simulation/scene.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

/// Every followd there is, each with a disk of its own: started, killed and started again.

namespace followd::sim {

class Crew {
public:
    Crew(Scene& scene, Clusters clusters, std::size_t size);

    void start_all();
    /// Kills it; it starts again after `pause`, with its disk or without.
    void crash(std::size_t number, Duration pause, bool loses_disk);
    /// All are there and none hangs, from now on.
    void heal();
    /// An operator's `systemctl restart`.
    void restart_all();
    /// Stops all for good; true once none is under way.
    void stop_all();
    [[nodiscard]] bool has_ended();

    [[nodiscard]] std::size_t size() const { return members_.size(); }
    /// Null while it is down.
    [[nodiscard]] Process* process(std::size_t number) { return members_[number].process.get(); }

private:
    struct Member {
        Disk disk;
        std::unique_ptr<Process> process;
        int life = 0;
    };

    void start(std::size_t number);
    void bury(std::size_t number);
    void judge(const ShardKey& key, const Checkpoint& checkpoint, const Checkpoint* before);

    Scene& scene_;
    Clusters clusters_;
    std::vector<Member> members_;
    std::vector<std::unique_ptr<Process>> ending_;
};

}  // namespace followd::sim
