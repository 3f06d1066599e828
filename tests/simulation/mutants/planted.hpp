#pragma once

#include <span>
#include <string_view>

/// The switch of the planted defects. It exists in the copies of sources that followd-sim-mutants
/// is made of, and nowhere else.

namespace followd {

/// Whether the defect of that name is on.
[[nodiscard]] bool planted(std::string_view name);

namespace sim {

struct Defect {
    std::string_view name;
    std::string_view what;
    std::string_view certain;  ///< a fault that every run has; empty where none is needed
    std::string_view world;    ///< "roles", or empty
};

[[nodiscard]] std::span<const Defect> all_defects();
/// One at a time; the name stays valid as long as the program runs.
void turn_on(std::string_view name);

}  // namespace sim

}  // namespace followd
