#pragma once

#include <cstdint>

/// What no shard can pass, whatever a server says. A number beyond is not believed, so that
/// whatever is reckoned with it (versions, widths, sums) overflows nowhere.

namespace followd::es {

/// The version of a write and of its deletion, one and two above, stay within a generation of 2^40
/// (docs/INDEX_METADATA.md).
inline constexpr std::int64_t seq_no_max = (std::int64_t{1} << 40U) - 3;

/// Lucene numbers the documents of a shard, nested ones too, with 31 bits.
inline constexpr std::int64_t documents_max = std::int64_t{1} << 31U;

/// More than a file system holds.
inline constexpr std::int64_t store_bytes_max = std::int64_t{1} << 53U;

[[nodiscard]] constexpr bool is_seq_no(std::int64_t value) {
    return value >= 0 && value <= seq_no_max;
}

[[nodiscard]] constexpr bool is_document_count(std::int64_t value) {
    return value >= 0 && value <= documents_max;
}

}  // namespace followd::es
