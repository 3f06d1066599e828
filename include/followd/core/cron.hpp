#pragma once

#include "followd/model/schedule.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

/// Reads the five fields of a cron line: minute, hour, day of month, month, day of week. Each is
/// `*`, or a list of values and ranges (`1,8-18`); `*` and ranges may have a step (`*/5`,
/// `1-10/3`). Months and days of the week have names (`jan`, `mon`, capitals allowed); Sunday is 0
/// and 7. Pure.

namespace followd::core {

/// No line waits longer for a day that fits it: 29 February is as far away around 2100.
inline constexpr std::chrono::days cron_wait_max{8 * 366};

/// Far more than a line needs that a person writes.
inline constexpr std::size_t cron_line_bytes_max = 255;

/// What is wrong with a line, said so that a person can mend it.
struct CronMistake {
    std::string_view field;  ///< "day of month"; empty: the line as a whole
    std::string part;        ///< what is wrong, as it is written
    std::string wrong;       ///< why, as the end of a sentence that begins with `part`
    std::string right;       ///< what is possible
};

/// The line that comes of it fits a day at least every cron_wait_max.
[[nodiscard]] std::variant<CronLine, CronMistake> parse_cron(std::string_view text);

/// Whether the line means some minute of that day.
[[nodiscard]] bool fits_day(const CronLine& line, std::chrono::sys_days day);

}  // namespace followd::core
