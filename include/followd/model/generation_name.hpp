#pragma once

#include "followd/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Names of what scheduled recovery (`mode: snapshot`) makes. Readers know an alias; behind it
/// stands one restored index after another, each named after the moment that it is a copy of. Pure.

namespace followd {

/// `20261130t080000z`: legal in names of indices and snapshots, and sorted like time.
[[nodiscard]] std::string stamp_of(WallTime moment);
/// Nothing where the text is no such stamp.
[[nodiscard]] std::optional<WallTime> moment_of_stamp(std::string_view stamp);

/// `orders` as of that moment: `orders.20261130t080000z`.
[[nodiscard]] std::string generation_name(std::string_view alias, WallTime as_of);

struct GenerationName {
    std::string alias;
    WallTime as_of;

    friend bool operator==(const GenerationName&, const GenerationName&) = default;
};

/// Nothing where no generation is called so.
[[nodiscard]] std::optional<GenerationName> parse_generation_name(std::string_view index);

}  // namespace followd
