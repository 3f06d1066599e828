#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string_view>

/// Reads an input as a sequence of decisions. Past its end every decision is the first one, so that
/// an input means the same however much is appended to what was read.

namespace followd::fuzz {

class Choices {
public:
    explicit Choices(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] bool is_used_up() const { return rest_.empty(); }

    [[nodiscard]] std::uint8_t byte() {
        if (rest_.empty()) {
            return 0;
        }
        const auto first = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return first;
    }

    /// In [0, bound); 1 <= bound <= 256.
    [[nodiscard]] std::size_t below(std::size_t bound) { return byte() % bound; }

    /// One time in `times`.
    [[nodiscard]] bool rarely(std::size_t times) { return below(times) == times - 1; }

    template <class T>
    [[nodiscard]] T one_of(std::initializer_list<T> values) {
        return *(values.begin() + below(values.size()));
    }

    /// Mostly small; now and then at the border of what a number or a rule can take.
    [[nodiscard]] std::int64_t wild_number() {
        constexpr std::int64_t borders[] = {-1,
                                            -2,
                                            std::numeric_limits<std::int64_t>::min(),
                                            std::numeric_limits<std::int64_t>::max(),
                                            std::int64_t{1} << 31U,
                                            std::int64_t{1} << 32U,
                                            (std::int64_t{1} << 40U) - 3,
                                            std::int64_t{1} << 40U,
                                            std::int64_t{1} << 52U,
                                            std::int64_t{1} << 53U,
                                            std::int64_t{1} << 62U};
        const std::uint8_t first = byte();
        if (first < 224) {
            return first;
        }
        const std::int64_t border = borders[first % std::size(borders)];
        const auto shift = static_cast<std::int64_t>(below(3));
        return border > 0 ? border - shift : border + shift;
    }

private:
    std::string_view rest_;
};

}  // namespace followd::fuzz
