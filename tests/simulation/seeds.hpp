#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// Ranges of seeds as they stand on a command line.

namespace followd::sim {

struct SeedRange {
    std::uint64_t first = 1;
    std::uint64_t last = 1;
};

/// A decimal number of 64 bits without a sign; nothing for anything else.
[[nodiscard]] std::optional<std::uint64_t> parse_seed(std::string_view text);
/// "A..B" with A <= B, both decimal; nothing for anything else.
[[nodiscard]] std::optional<SeedRange> parse_seeds(std::string_view text);

}  // namespace followd::sim
