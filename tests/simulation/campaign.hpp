#pragma once

#include "simulation/run.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Many runs, each in a process of its own: a failed assertion or a loop without end is a result
/// like any other, and both cores have something to do.

namespace followd::sim {

struct Outcome {
    std::uint64_t seed = 0;
    bool failed = false;
    std::string report;  ///< what is wrong, and the last events; empty where nothing is
    std::uint64_t events = 0;
    std::uint64_t sum = 0;
};

struct CampaignOptions {
    RunOptions run;  ///< of every seed, which it is given
    /// The next seed; nothing where there is none.
    std::function<std::optional<std::uint64_t>()> next_seed;
    int jobs = 1;
    /// A run that takes longer is ended, and failed.
    std::chrono::seconds longest{60};
    /// In the run's process, before it begins; may be empty.
    std::function<void()> before;
    std::size_t events_shown = 200;
};

/// Tells every outcome, in the order in which the runs end; goes on while `judge` says so.
void play(const CampaignOptions& options, const std::function<bool(const Outcome&)>& judge);

/// In this process, with every event on standard output as it happens.
[[nodiscard]] Outcome play_here(const RunOptions& options);

}  // namespace followd::sim
