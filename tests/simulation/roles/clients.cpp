#include "simulation/roles/clients.hpp"

namespace followd::sim {

Clients::Clients(Scene& scene, Sides& sides, const Operator& person)
    : scene_(scene),
      sides_(sides),
      operator_(person),
      strays_(scene.dice.one_of({0.0, 0.1, 0.5})) {}

void Clients::write() {
    if (scene_.weather.is_calm()) {
        return;
    }
    const Workload& workload = scene_.weather.workload();
    test::Dice& dice = scene_.dice;
    const bool strays = dice.chance(strays_);
    const bool is_near = strays ? dice.chance(0.5) : operator_.writers() == near_cluster;
    TwoWayIndex* const home = sides_.find(near_cluster, home_index);
    TwoWayIndex* const away = sides_.find(far_cluster, away_index);
    TwoWayIndex* const wanted = is_near ? home : away;
    TwoWayIndex* const other = is_near ? away : home;
    const std::size_t number = dice.chance(workload.hot) ? 0 : dice.below(workload.ids);
    const WriteKind kind = dice.chance(workload.removal) ? WriteKind::remove : WriteKind::index;
    const bool is_taken = wanted != nullptr && sides_.write(*wanted, kind, number);
    if (!is_taken && other != nullptr) {
        (void)sides_.write(*other, kind, number);
    }
    scene_.clock.after(scene_.about(workload.pause), [this] { write(); });
}

}  // namespace followd::sim
