#pragma once

#include "engine/control.hpp"
#include "simulation/roles/daemons.hpp"
#include "simulation/roles/promises.hpp"

#include <optional>
#include <string>
#include <vector>

/// A person at the command line: asks for changes of roles at random, again where a daemon died of
/// it, and in the end brings to an end what was begun.

namespace followd::sim {

enum class Order {
    promote,
    promote_by_force,
    promote_undrained,
    resume,
    discard_local,
    failback,
    switch_back,
    pause,
    plan,
};

class Operator {
public:
    Operator(Scene& scene, Sides& sides, Daemons& daemons)
        : scene_(scene), sides_(sides), daemons_(daemons), promises_(scene, sides) {}

    /// Until the weather is calm.
    void begin() { next(); }
    /// Gives an order towards one side that leads and one that follows.
    void finish();

    [[nodiscard]] bool is_waiting() const { return !given_.empty(); }

    /// Where the last command that succeeded left the writers.
    [[nodiscard]] const ClusterName& writers() const { return writers_; }

private:
    /// An order that nobody has answered yet.
    struct Given {
        int number = 0;
        Order order = Order::plan;
        std::size_t daemon = 0;
        const Daemon* life = nullptr;
        Promises::Before before;
        bool is_alone = true;
    };

    void next();
    void give(Order order, std::size_t number);
    void crash_soon(std::size_t number);
    [[nodiscard]] Order any_order();
    [[nodiscard]] Order towards_the_end();
    [[nodiscard]] static Task<engine::ControlReport> command(engine::Control& control,
                                                             Order order,
                                                             engine::ControlTargets targets,
                                                             Duration drain,
                                                             engine::Requester requester);
    [[nodiscard]] engine::ControlTargets any_targets();
    /// Orders whose daemon died are never answered.
    void forget_the_dead();
    void answered(int number, const engine::ControlReport& report);

    Scene& scene_;
    Sides& sides_;
    Daemons& daemons_;
    Promises promises_;
    std::vector<Given> given_;
    std::optional<Order> cut_off_;  // whose daemon died
    int numbers_ = 0;
    ClusterName writers_ = near_cluster;
};

}  // namespace followd::sim
