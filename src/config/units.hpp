#pragma once

#include "followd/base/time.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Numbers with a unit, as the configuration writes them: always whole (but for shares), never
/// without the unit, nothing between number and unit.

namespace followd::config {

/// "8mb" -> bytes; b, kb, mb, gb in powers of 1024, capitals allowed. Nothing where it is no size
/// or does not fit.
[[nodiscard]] std::optional<std::size_t> parse_size(std::string_view text);

/// "20ms" -> a duration; ms, s, m, h, d.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);

/// "10%" or "0.5%" -> 0.10 or 0.005. Any number of percent that is not negative.
[[nodiscard]] std::optional<double> parse_share(std::string_view text);

/// The shortest exact form, for messages: 8388608 -> "8mb", 1500 ms -> "1500ms".
[[nodiscard]] std::string size_text(std::size_t bytes);
[[nodiscard]] std::string duration_text(Duration duration);

}  // namespace followd::config
