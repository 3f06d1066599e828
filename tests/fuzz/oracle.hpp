#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// How a fuzz target says that an answer is wrong.

namespace followd::fuzz {

/// Ends the program unless `holds`: libFuzzer then keeps the input. `promise` says what ought to be
/// so; `seen` is what shows that it is not.
inline void require(bool holds, std::string_view promise, std::string_view seen = {}) {
    if (holds) {
        return;
    }
    std::fprintf(stderr,
                 "broken promise: %.*s\n%.*s\n",
                 static_cast<int>(promise.size()),
                 promise.data(),
                 static_cast<int>(seen.size()),
                 seen.data());
    std::fflush(stderr);
    std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

}  // namespace followd::fuzz

/// What libFuzzer and the replay call; each target defines it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
