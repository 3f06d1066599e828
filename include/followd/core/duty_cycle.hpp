#pragma once

#include "followd/base/time.hpp"

#include <array>
#include <cstddef>

/// How long to rest after a piece of work, so that such pieces load a server for at most a share of
/// the time (design.md section 9).

namespace followd::core {

/// One busy moment of a server says little of the next: what a piece of work costs is taken to be
/// the least that any of the last few took. A server that is loaded throughout makes all of them
/// slow; the first ones say nothing yet, since one that just started is slow at everything.
class DutyCycle {
public:
    /// `share` is of wall time, above 0 and at most 1. What a piece takes up to `free` asks for no
    /// rest; only what exceeds it does.
    DutyCycle(double share, Duration free);

    /// Takes note of a piece of work; the rest that is due after it.
    [[nodiscard]] Duration rest_after(Duration took);

private:
    static constexpr std::size_t remembered = 3;

    double rest_factor_;
    Duration free_;
    std::array<Duration, remembered> took_{};
    std::size_t next_ = 0;
};

}  // namespace followd::core
