#pragma once

#include <optional>

/// What this process takes of its machine.

namespace followd::admin {

/// Nothing where the system does not tell.
struct ProcessFigures {
    std::optional<double> cpu_seconds;
    std::optional<double> resident_memory_bytes;
    std::optional<double> open_fds;
    std::optional<double> max_fds;
    std::optional<double> start_time_seconds;  ///< of the calendar, since 1970
};

[[nodiscard]] ProcessFigures read_process_figures();

}  // namespace followd::admin
