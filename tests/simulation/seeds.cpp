#include "simulation/seeds.hpp"

#include <charconv>
#include <system_error>

namespace followd::sim {

std::optional<std::uint64_t> parse_seed(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_whole = error == std::errc{} && end == text.data() + text.size();
    return is_whole ? std::optional{number} : std::nullopt;
}

std::optional<SeedRange> parse_seeds(std::string_view text) {
    const std::size_t dots = text.find("..");
    if (dots == std::string_view::npos) {
        return std::nullopt;
    }
    const auto first = parse_seed(text.substr(0, dots));
    const auto last = parse_seed(text.substr(dots + 2));
    if (!first || !last || *last < *first) {
        return std::nullopt;
    }
    return SeedRange{*first, *last};
}

}  // namespace followd::sim
