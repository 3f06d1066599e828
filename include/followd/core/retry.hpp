#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"

#include <cstdint>

/// The one place that decides on retries: by the kind of a failure, never by its text.

namespace followd::core {

enum class Verdict {
    again,   ///< the same request may succeed: wait and repeat
    reread,  ///< what we know is out of date: drop the cycle and read anew
    split,   ///< ask for or send less
    halt,    ///< a person must act; look again once in a while
    stop,    ///< we were told to stop, or the shard's past is another one: end this planner
};

[[nodiscard]] Verdict judge(FailureKind kind);

/// A small deterministic generator (splitmix64), seeded from outside: the core has no randomness of
/// its own, so that a run repeats from its seed.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    [[nodiscard]] std::uint64_t next();
    /// In [0, bound); bound >= 1.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound);

private:
    std::uint64_t state_;
};

/// Exponential back-off with jitter: the n-th wait in a row lies in [d/2, d], d = 100 ms doubling
/// up to 30 s.
class Backoff {
public:
    Backoff() = default;
    explicit Backoff(int failures_before) : failures_(failures_before) {}
    [[nodiscard]] Duration next(Random& random);
    void reset() { failures_ = 0; }
    [[nodiscard]] int failures() const { return failures_; }

private:
    int failures_ = 0;
};

/// How long a halted shard waits before it looks whether the cause is gone.
inline constexpr Duration halt_interval = std::chrono::seconds{60};

}  // namespace followd::core
