#pragma once

#include "simulation/roles/operator.hpp"
#include "simulation/roles/sides.hpp"

/// Who writes: to the side where the operator sent them, to the other where that takes nothing, and
/// now and then to whichever takes it.

namespace followd::sim {

class Clients {
public:
    Clients(Scene& scene, Sides& sides, const Operator& person);

    /// Until the weather is calm.
    void begin() { write(); }

private:
    void write();

    Scene& scene_;
    Sides& sides_;
    const Operator& operator_;
    double strays_;  // of writes: to any side
};

}  // namespace followd::sim
