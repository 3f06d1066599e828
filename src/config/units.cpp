#include "config/units.hpp"

#include "config/scalar_kind.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>

namespace followd::config {

namespace {

using Unit = std::pair<std::string_view, std::uint64_t>;

// Largest first, so that the first unit that divides a value makes its shortest text.
constexpr std::array<Unit, 4> size_units{
    {{"gb", 1ULL << 30U}, {"mb", 1ULL << 20U}, {"kb", 1ULL << 10U}, {"b", 1}}};
constexpr std::array<Unit, 5> duration_units{{{"d", 86'400'000'000'000},
                                              {"h", 3'600'000'000'000},
                                              {"m", 60'000'000'000},
                                              {"s", 1'000'000'000},
                                              {"ms", 1'000'000}}};

template <std::size_t N>
std::optional<std::uint64_t> parse_with_unit(std::string_view text,
                                             const std::array<Unit, N>& units,
                                             std::uint64_t most) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) {
        return std::nullopt;
    }
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const auto& [name, factor] : units) {
        if (unit == name) {
            return number <= most / factor ? std::optional{number * factor} : std::nullopt;
        }
    }
    return std::nullopt;
}

template <std::size_t N>
std::string text_with_unit(std::uint64_t value, const std::array<Unit, N>& units) {
    for (const auto& [name, factor] : units) {
        if (value != 0 && value % factor == 0) {
            return std::to_string(value / factor) + std::string{name};
        }
    }
    return std::to_string(value / units.back().second) + std::string{units.back().first};
}

}  // namespace

std::optional<std::size_t> parse_size(std::string_view text) {
    const std::string lower = lower_case(text);
    return parse_with_unit(lower, size_units, std::numeric_limits<std::size_t>::max());
}

std::optional<Duration> parse_duration(std::string_view text) {
    constexpr auto most = static_cast<std::uint64_t>(Duration::max().count());
    const std::optional<std::uint64_t> count = parse_with_unit(text, duration_units, most);
    return count ? std::optional{Duration{static_cast<Duration::rep>(*count)}} : std::nullopt;
}

std::optional<double> parse_share(std::string_view text) {
    if (!text.ends_with('%') || text.find_first_not_of("0123456789.%") != std::string_view::npos) {
        return std::nullopt;
    }
    text.remove_suffix(1);
    double percent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return percent / 100.0;
}

std::string size_text(std::size_t bytes) {
    return text_with_unit(bytes, size_units);
}

std::string duration_text(Duration duration) {
    return text_with_unit(static_cast<std::uint64_t>(duration.count()), duration_units);
}

}  // namespace followd::config
