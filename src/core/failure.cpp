#include "followd/base/assert.hpp"
#include "followd/base/result.hpp"

#include <cstdio>
#include <cstdlib>

namespace followd {

void assertion_failed(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "followd: assertion failed: %s (%s:%d)\n", expression, file, line);
    std::fflush(stderr);
    std::abort();
}

std::string_view to_string(FailureKind kind) noexcept {
    switch (kind) {
        case FailureKind::unreachable:
            return "unreachable";
        case FailureKind::timeout:
            return "timeout";
        case FailureKind::throttled:
            return "throttled";
        case FailureKind::unavailable:
            return "unavailable";
        case FailureKind::unauthorised:
            return "unauthorised";
        case FailureKind::untrusted:
            return "untrusted";
        case FailureKind::not_found:
            return "not_found";
        case FailureKind::conflict:
            return "conflict";
        case FailureKind::history_lost:
            return "history_lost";
        case FailureKind::refused:
            return "refused";
        case FailureKind::malformed:
            return "malformed";
        case FailureKind::too_large:
            return "too_large";
        case FailureKind::storage:
            return "storage";
        case FailureKind::cancelled:
            return "cancelled";
    }
    FOLLOWD_ASSERT(false);
    return {};
}

std::string to_string(const Failure& failure) {
    std::string line;
    if (!failure.where.empty()) {
        line += failure.where;
        line += ": ";
    }
    line += failure.what;
    line += " (";
    line += to_string(failure.kind);
    line += ')';
    return line;
}

}  // namespace followd
