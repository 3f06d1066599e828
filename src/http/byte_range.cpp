#include "http/byte_range.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

namespace followd::http {

namespace {

constexpr std::string_view unit = "bytes=";

/// Digits only. A number that is too large for us is too large for any file.
std::optional<std::uint64_t> read_number(std::string_view text) {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc::result_out_of_range ? std::numeric_limits<std::uint64_t>::max()
                                                     : number;
}

AskedRange part(std::uint64_t first, std::uint64_t count) {
    return {.kind = AskedRange::Kind::part, .range = {.first = first, .count = count}};
}

}  // namespace

AskedRange read_range(std::string_view header, std::uint64_t size) {
    constexpr AskedRange whole{};
    constexpr AskedRange outside{.kind = AskedRange::Kind::outside};
    if (!boost::beast::iequals(header.substr(0, unit.size()), unit)) {
        return whole;
    }
    header.remove_prefix(unit.size());
    const auto dash = header.find('-');
    if (dash == std::string_view::npos) {
        return whole;
    }
    const auto first = read_number(header.substr(0, dash));
    const auto last = read_number(header.substr(dash + 1));
    if (dash == 0) {
        if (!last) {
            return whole;
        }
        const std::uint64_t count = std::min(*last, size);
        return count == 0 ? outside : part(size - count, count);
    }
    const bool is_open = dash + 1 == header.size();
    if (!first || (!is_open && (!last || *last < *first))) {
        return whole;
    }
    if (*first >= size) {
        return outside;
    }
    const std::uint64_t end = is_open || *last >= size ? size : *last + 1;
    return part(*first, end - *first);
}

}  // namespace followd::http
