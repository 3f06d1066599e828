#pragma once

#include "followd/base/result.hpp"

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// gzip of whole request bodies, and bounded decompression of answers as they come in.

namespace followd::http {

/// `refused` only where memory is short. A fast level: the network is what we save.
[[nodiscard]] Result<std::string> gzip(std::string_view text);

/// Decompresses a stream piece by piece and never makes more than it was allowed.
class Inflater {
public:
    enum class Outcome : std::uint8_t {
        ok,         ///< taken in; more may follow
        too_large,  ///< the text would be longer than allowed
        broken,     ///< not gzip, or damaged
    };

    Inflater();
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    /// Appends to `text` what `piece` unpacks to, keeping text.size() <= bytes_max.
    [[nodiscard]] Outcome feed(std::string_view piece, std::string& text, std::size_t bytes_max);
    /// True between members: the checksum of the last one was right and nothing is cut off.
    [[nodiscard]] bool is_complete() const noexcept { return complete_; }

private:
    z_stream stream_{};
    bool ready_ = false;
    bool complete_ = false;
};

}  // namespace followd::http
