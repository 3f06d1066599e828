#pragma once

#include "followd/core/retry.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>

/// Chance from a seed, so that whatever it decides happens again.

namespace followd::test {

class Dice {
public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}
    [[nodiscard]] bool chance(double share) {
        return static_cast<double>(random_.next() >> 11U) < share * 9007199254740992.0;
    }
    [[nodiscard]] std::size_t below(std::size_t bound) { return random_.below(bound); }
    template <class T>
    [[nodiscard]] T one_of(std::initializer_list<T> values) {
        return *(values.begin() + below(values.size()));
    }

private:
    core::Random random_;
};

}  // namespace followd::test
