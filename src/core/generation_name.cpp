#include "followd/model/generation_name.hpp"

#include "followd/base/assert.hpp"
#include "followd/model/index_pattern.hpp"

#include <algorithm>
#include <chrono>

namespace followd {

namespace {

namespace chrono = std::chrono;

// `20261130t080000z`
constexpr std::size_t stamp_bytes = 16;
constexpr std::size_t time_at = 8;
constexpr char before_time = 't';
constexpr char after_time = 'z';
constexpr char before_stamp = '.';

/// The lowest `digits` digits, with leading zeros.
std::string number_text(unsigned number, std::size_t digits) {
    std::string text(digits, '0');
    for (std::size_t at = digits; at-- > 0; number /= 10) {
        text[at] = static_cast<char>('0' + number % 10);
    }
    return text;
}

/// Of digits alone.
unsigned number_at(std::string_view text, std::size_t at, std::size_t digits) {
    unsigned number = 0;
    for (const char digit : text.substr(at, digits)) {
        number = number * 10 + static_cast<unsigned>(digit - '0');
    }
    return number;
}

bool is_shaped_like_stamp(std::string_view text) {
    if (text.size() != stamp_bytes || text[time_at] != before_time || text.back() != after_time) {
        return false;
    }
    const auto is_digit = [](char character) { return character >= '0' && character <= '9'; };
    return std::ranges::all_of(text.substr(0, time_at), is_digit) &&
           std::ranges::all_of(text.substr(time_at + 1, 6), is_digit);
}

}  // namespace

std::string stamp_of(WallTime moment) {
    const auto day = chrono::floor<chrono::days>(moment);
    const chrono::year_month_day date{day};
    const chrono::hh_mm_ss<chrono::seconds> time{moment - day};
    const int year = static_cast<int>(date.year());
    FOLLOWD_ASSERT(year >= 0 && year <= 9999);
    return number_text(static_cast<unsigned>(year), 4) +
           number_text(static_cast<unsigned>(date.month()), 2) +
           number_text(static_cast<unsigned>(date.day()), 2) + before_time +
           number_text(static_cast<unsigned>(time.hours().count()), 2) +
           number_text(static_cast<unsigned>(time.minutes().count()), 2) +
           number_text(static_cast<unsigned>(time.seconds().count()), 2) + after_time;
}

std::optional<WallTime> moment_of_stamp(std::string_view stamp) {
    if (!is_shaped_like_stamp(stamp)) {
        return std::nullopt;
    }
    const chrono::year_month_day date{chrono::year{static_cast<int>(number_at(stamp, 0, 4))},
                                      chrono::month{number_at(stamp, 4, 2)},
                                      chrono::day{number_at(stamp, 6, 2)}};
    const unsigned hour = number_at(stamp, time_at + 1, 2);
    const unsigned minute = number_at(stamp, time_at + 3, 2);
    const unsigned second = number_at(stamp, time_at + 5, 2);
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) {
        return std::nullopt;
    }
    return chrono::sys_days{date} + chrono::hours{hour} + chrono::minutes{minute} +
           chrono::seconds{second};
}

std::string generation_name(std::string_view alias, WallTime as_of) {
    return std::string{alias} + before_stamp + stamp_of(as_of);
}

std::optional<GenerationName> parse_generation_name(std::string_view index) {
    const std::size_t dot = index.rfind(before_stamp);
    if (dot == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view alias = index.substr(0, dot);
    const std::optional<WallTime> as_of = moment_of_stamp(index.substr(dot + 1));
    if (!as_of || index_name_problem(index) || index_name_problem(alias)) {
        return std::nullopt;
    }
    return GenerationName{std::string{alias}, *as_of};
}

}  // namespace followd
