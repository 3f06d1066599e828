#include "simulation/mutants/planted.hpp"

#include <array>

namespace followd {

namespace {

std::string_view turned_on;

using sim::Defect;
constexpr auto defects = std::to_array<Defect>({
#include "names.inc"
});

}  // namespace

bool planted(std::string_view name) {
    return turned_on == name;
}

std::span<const Defect> sim::all_defects() {
    return defects;
}

void sim::turn_on(std::string_view name) {
    turned_on = name;
}

}  // namespace followd
