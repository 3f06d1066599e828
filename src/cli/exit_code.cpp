#include "cli/exit_code.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <array>
#include <iostream>

namespace followd::cli {

int exit_code_of(FailureKind kind) {
    switch (kind) {
        case FailureKind::throttled:
        case FailureKind::storage:
            return exit_later;
        case FailureKind::unauthorised:
        case FailureKind::untrusted:
            return exit_privileges;
        case FailureKind::conflict:
        case FailureKind::refused:
            return exit_no;
        case FailureKind::unreachable:
        case FailureKind::timeout:
        case FailureKind::unavailable:
        case FailureKind::not_found:
        case FailureKind::history_lost:
        case FailureKind::malformed:
        case FailureKind::too_large:
        case FailureKind::cancelled:
            return exit_unknown;
    }
    FOLLOWD_ASSERT(false);
    return exit_unknown;
}

int worse_of(int left, int right) {
    static constexpr std::array order{exit_done,
                                      exit_later,
                                      exit_unknown,
                                      exit_privileges,
                                      exit_no,
                                      exit_usage,
                                      exit_configuration};
    const auto* const left_at = std::ranges::find(order, left);
    const auto* const right_at = std::ranges::find(order, right);
    FOLLOWD_ASSERT(left_at != order.end() && right_at != order.end());
    return *std::max(left_at, right_at);
}

void print_mistakes(const std::vector<config::Mistake>& mistakes) {
    for (const config::Mistake& mistake : mistakes) {
        std::cerr << to_string(mistake) << '\n';
    }
}

}  // namespace followd::cli
