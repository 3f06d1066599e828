#pragma once

#include "simulation/crew.hpp"
#include "simulation/follower_side.hpp"
#include "simulation/leader_side.hpp"
#include "simulation/scene.hpp"

#include <cstddef>

/// The rest of the world, while there are faults: clients that write, and everything that goes
/// wrong with clusters and processes.

namespace followd::sim {

class Disturbance {
public:
    Disturbance(Scene& scene, Clusters clusters, Crew& crew)
        : scene_(scene), clusters_(clusters), crew_(crew) {}

    void begin();
    /// Faults and clients end; everything that a person would see to is seen to.
    void end();

    /// A deliberate mistake of whoever promotes (tests/simulation/mutants).
    bool promotes_without_fence = false;

private:
    void write(IndexName name, std::size_t shard);
    void moment();
    void disturb_leader(LeaderIndexState& index);
    void disturb_follower();
    void disturb_processes();
    void recreate(const IndexName& name);
    [[nodiscard]] LeaderIndexState* any_index();

    Scene& scene_;
    Clusters clusters_;
    Crew& crew_;
    Instant lull_until_{};
    bool is_restart_needed_ = false;
};

}  // namespace followd::sim
