#pragma once

#include "simulation/weather.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// One run: a world from a seed, its faults, their end, and the judgement.

namespace followd::sim {

/// What a world is about.
enum class World {
    following,  ///< clusters and processes fail in every way while followers follow
    roles,      ///< an operator turns a pair round by the commands of engine::Control
};

struct RunOptions {
    std::uint64_t seed = 0;
    World world = World::following;
    std::vector<Fault> faults;   ///< none beside these
    std::vector<Fault> certain;  ///< those of them that occur whatever is drawn
    bool promotes_without_fence = false;
    std::function<void(const std::string& line)> on_event;  ///< each, at once; may be empty
};

struct RunResult {
    std::string violation;  ///< empty: all checks hold
    std::string weather;
    std::vector<std::string> last_events;
    std::uint64_t events = 0;
    std::uint64_t sum = 0;  ///< of all events: the same run has the same
};

[[nodiscard]] RunResult run(const RunOptions& options);

/// All that there are.
[[nodiscard]] std::vector<Fault> all_faults();

}  // namespace followd::sim
