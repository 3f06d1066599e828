#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// The faults there are, and what they have in common.

namespace followd::fault {

enum class Fault {
    refuse,
    stall,
    swallow,
    reset,
    cut,
    half_close,
    corrupt,
    delay,
    slow,
    slice,
    too_many_requests,
    circuit_breaker,
    service_unavailable,
    bad_gateway,
    html,
    failed_shards,
};

inline constexpr std::size_t fault_count = 16;

enum class Direction { request, answer };

/// What a fault changes of a message. Of several rules that fit, the first of each effect acts.
enum class Effect { wait, flow, damage, ending, instead };

inline constexpr std::size_t effect_count = 5;

struct Range {
    std::uint64_t least = 0;
    std::uint64_t most = 0;
};

/// What can be said of a fault before any rule names it.
struct FaultTraits {
    Fault fault;
    std::string_view name;
    Effect effect;                 ///< refuse, which is about no message, has none
    Direction direction;           ///< unless a rule says otherwise
    std::string_view amount;       ///< how its own parameter is called; empty: it has none
    std::optional<Range> usually;  ///< of that parameter
    Range allowed;                 ///< of that parameter
    std::string_view meaning;
};

/// In the order of the enumeration.
[[nodiscard]] std::span<const FaultTraits> all_faults();
[[nodiscard]] const FaultTraits& traits_of(Fault fault);

[[nodiscard]] std::string_view name_of(Direction direction);
[[nodiscard]] inline std::string_view name_of(Fault fault) {
    return traits_of(fault).name;
}
[[nodiscard]] inline Effect effect_of(Fault fault) {
    return traits_of(fault).effect;
}

/// For people: a line for each fault, with its parameter and its usual direction.
[[nodiscard]] std::string fault_table();

}  // namespace followd::fault
