#include "cli/figures.hpp"

#include <array>
#include <cmath>
#include <limits>

namespace followd::cli {

namespace {

/// "3 min 5 s"; the smaller unit is left out at 0.
std::string two_units(std::int64_t count,
                      std::int64_t per,
                      std::string_view large,
                      std::string_view small) {
    std::string text = grouped(count / per) + " " + std::string(large);
    if (count % per != 0) {
        text += " " + std::to_string(count % per) + " " + std::string(small);
    }
    return text;
}

}  // namespace

std::string grouped(std::int64_t number) {
    std::string digits = std::to_string(number);
    const std::size_t first = number < 0 ? 1 : 0;
    for (std::size_t at = digits.size(); at > first + 3;) {
        at -= 3;
        digits.insert(at, 1, ',');
    }
    return digits;
}

std::string time_text(double seconds) {
    const std::int64_t millis = std::llround(seconds * 1000);
    if (millis < 1000) {
        return std::to_string(millis) + " ms";
    }
    if (millis < 10'000) {
        const std::int64_t tenths = millis / 100;
        return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
    }
    const std::int64_t whole = millis / 1000;
    if (whole < 60) {
        return std::to_string(whole) + " s";
    }
    if (whole < 3600) {
        return two_units(whole, 60, "min", "s");
    }
    if (whole < 86'400) {
        return two_units(whole / 60, 60, "h", "min");
    }
    return two_units(whole / 3600, 24, "d", "h");
}

std::string bytes_text(std::uint64_t bytes) {
    constexpr std::array units{"B", "kB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    std::uint64_t tenths = bytes * 10;
    if (bytes > std::numeric_limits<std::uint64_t>::max() / 10) {
        tenths = bytes / 1000 * 10;
        unit = 1;
    }
    while (tenths >= 10'000 && unit + 1 < units.size()) {
        tenths /= 1000;
        ++unit;
    }
    const bool has_tenth = unit > 0 && tenths < 100;
    return grouped(static_cast<std::int64_t>(tenths / 10)) +
           (has_tenth ? "." + std::to_string(tenths % 10) : "") + " " + units.at(unit);
}

std::string counted(std::int64_t number, std::string_view singular) {
    return grouped(number) + " " + std::string(singular) + (number == 1 ? "" : "s");
}

}  // namespace followd::cli
