#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"

#include <algorithm>
#include <functional>
#include <optional>

/// Waiting for work that a cluster does by itself, and that is asked now and then how far it is.

namespace followd::engine {

/// Whether whoever waits has been told to stop.
using StopCheck = std::function<bool()>;

/// How long to wait before it is asked again: a twentieth of what it took so far, from 20 ms to one
/// second.
[[nodiscard]] inline Duration progress_pause(Duration took) {
    return std::clamp<Duration>(took / 20, std::chrono::milliseconds{20}, std::chrono::seconds{1});
}

/// The work goes on while nobody answers: a question that failed says nothing of it for a while.
class Patience {
public:
    /// Whether to ask again after this failure.
    [[nodiscard]] bool endures(const Failure& failure, Instant now) {
        constexpr Duration longest = std::chrono::minutes{10};
        const bool may_pass =
            failure.kind == FailureKind::unreachable || failure.kind == FailureKind::timeout ||
            failure.kind == FailureKind::throttled || failure.kind == FailureKind::unavailable;
        since_ = since_.value_or(now);
        return may_pass && now - *since_ < longest;
    }
    void answered() { since_.reset(); }

private:
    std::optional<Instant> since_;
};

}  // namespace followd::engine
