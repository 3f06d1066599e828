#pragma once

#include "followd/base/time.hpp"

#include <bitset>
#include <cstddef>
#include <string>
#include <variant>

/// When something is done again and again: every so often, or whenever a cron line says. Pure.

namespace followd {

/// The five fields of a cron line; a bit for each value that the field takes. In UTC: no hour is
/// skipped or comes twice.
struct CronLine {
    std::bitset<60> minutes;
    std::bitset<24> hours;
    std::bitset<32> days_of_month;  ///< 1..31
    std::bitset<13> months;         ///< 1..12
    std::bitset<7> days_of_week;    ///< 0 is Sunday
    /// As cron has it: where both fields of days are restricted, a day that fits either will do.
    bool is_either_day = false;

    friend bool operator==(const CronLine&, const CronLine&) = default;
};

struct Schedule {
    /// A duration is at least a second; a cron line fits some day of the next eight years.
    std::variant<Duration, CronLine> when = Duration{std::chrono::hours{1}};
    std::string text = "1h";  ///< as it is configured, for people

    friend bool operator==(const Schedule&, const Schedule&) = default;
};

/// The first moment after `last` at which it is time again.
[[nodiscard]] WallTime next_after(const Schedule& schedule, WallTime last);

}  // namespace followd
