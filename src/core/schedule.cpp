#include "followd/model/schedule.hpp"

#include "followd/base/assert.hpp"
#include "followd/core/cron.hpp"

#include <chrono>
#include <optional>

namespace followd {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// The first minute of a day that the line means, from that one on.
std::optional<minutes> first_minute(const CronLine& line, minutes from) {
    for (minutes at = from; at < days{1}; ++at) {
        const auto hour = static_cast<std::size_t>(at / hours{1});
        const auto minute = static_cast<std::size_t>((at % hours{1}).count());
        if (line.hours.test(hour) && line.minutes.test(minute)) {
            return at;
        }
    }
    return std::nullopt;
}

WallTime next_of_line(const CronLine& line, WallTime last) {
    const auto earliest = std::chrono::floor<minutes>(last) + minutes{1};
    const auto today = std::chrono::floor<days>(earliest);
    for (auto day = today; day - today <= core::cron_wait_max; day += days{1}) {
        if (!core::fits_day(line, day)) {
            continue;
        }
        const minutes from = day == today ? earliest - today : minutes{0};
        if (const std::optional<minutes> at = first_minute(line, from)) {
            return day + *at;
        }
    }
    FOLLOWD_ASSERT(false);  // parse_cron() takes no such line
    return last;
}

}  // namespace

WallTime next_after(const Schedule& schedule, WallTime last) {
    if (const auto* line = std::get_if<CronLine>(&schedule.when)) {
        return next_of_line(*line, last);
    }
    const Duration every = *std::get_if<Duration>(&schedule.when);
    FOLLOWD_ASSERT(every > Duration::zero());
    return last + std::chrono::ceil<seconds>(every);
}

}  // namespace followd
