#pragma once

#include "simulation/clock.hpp"
#include "simulation/trace.hpp"
#include "simulation/weather.hpp"
#include "support/dice.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// What every part of a simulated world shares: one source of chance, one time, one trace.

namespace followd::sim {

struct Scene {
    Scene(std::uint64_t seed, const FaultChoice& faults) : dice(seed), weather(dice, faults) {}

    boost::asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
    Clock clock{context};
    test::Dice dice;
    Weather weather;
    Trace trace;

    void note(const std::string& line) { trace.note(clock.now(), line); }
    /// Something happened that never may.
    void violated(std::string what) {
        note("VIOLATION " + what);
        if (violation.empty()) {
            violation = std::move(what);
        }
    }
    /// Whether it happens on this occasion.
    [[nodiscard]] bool strikes(Fault fault) {
        const double rate = weather.rate(fault);
        return rate > 0 && dice.chance(rate);
    }
    /// Between nothing and twice `mean`.
    [[nodiscard]] Duration about(Duration mean) {
        return Duration{
            static_cast<std::int64_t>(dice.below(static_cast<std::size_t>(2 * mean.count()) + 1))};
    }

    std::string violation;  ///< the first; empty while all is well
};

}  // namespace followd::sim
