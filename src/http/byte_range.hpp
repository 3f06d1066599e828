#pragma once

#include <cstdint>
#include <string_view>

/// The Range header: which part of a file is asked for.

namespace followd::http {

struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

struct AskedRange {
    enum class Kind : std::uint8_t {
        whole,  ///< no range, or one that a server may overlook: several, or not in bytes
        part,
        outside,  ///< begins behind the end: 416
    };
    Kind kind = Kind::whole;
    ByteRange range{};  ///< lies within the file
};

/// `header` is the field's value, empty where there is none; `size` is the file's.
[[nodiscard]] AskedRange read_range(std::string_view header, std::uint64_t size);

}  // namespace followd::http
