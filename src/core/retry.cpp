#include "followd/core/retry.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>

namespace followd::core {

Verdict judge(FailureKind kind) {
    switch (kind) {
        case FailureKind::unreachable:
        case FailureKind::timeout:
        case FailureKind::throttled:
        case FailureKind::unavailable:
        case FailureKind::malformed:
        case FailureKind::storage:
            return Verdict::again;
        case FailureKind::not_found:
            return Verdict::reread;
        case FailureKind::too_large:
            return Verdict::split;
        case FailureKind::unauthorised:
        case FailureKind::untrusted:
        case FailureKind::conflict:
        case FailureKind::refused:
            return Verdict::halt;
        case FailureKind::history_lost:
        case FailureKind::cancelled:
            return Verdict::stop;
    }
    FOLLOWD_ASSERT(false);
    return Verdict::halt;
}

std::uint64_t Random::next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
}

std::uint64_t Random::below(std::uint64_t bound) {
    FOLLOWD_ASSERT(bound >= 1);
    return next() % bound;
}

Duration Backoff::next(Random& random) {
    constexpr Duration first = std::chrono::milliseconds{100};
    constexpr Duration longest = std::chrono::seconds{30};
    constexpr int doublings_max = 9;
    const Duration whole =
        std::min(longest, first * (std::int64_t{1} << std::min(failures_, doublings_max)));
    ++failures_;
    const auto half = static_cast<std::uint64_t>(whole.count() / 2);
    return whole - Duration{static_cast<std::int64_t>(random.below(half + 1))};
}

}  // namespace followd::core
