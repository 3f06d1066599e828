#include "followd/core/page_sizer.hpp"

#include <algorithm>

namespace followd::core {

namespace {
constexpr std::size_t first_operations = 64;
constexpr std::size_t growth = 4;  // a page may be at most this many times the one before
// The leader's stored size is compressed; text packs about this much.
constexpr std::size_t compression_assumed = 4;
// An average says little of the documents that come first.
constexpr std::size_t caution = 4;
}  // namespace

PageSizer::PageSizer(const LimitSettings& limits)
    : operations_limit_(limits.max_read_request_operation_count),
      bytes_aim_(limits.max_read_request_bytes),
      memory_bytes_(limits.memory_bytes),
      operations_(std::min(first_operations, operations_limit_)),
      bytes_max_(2 * bytes_aim_) {}

void PageSizer::expect(std::int64_t store_bytes, std::int64_t docs_count) {
    if (docs_count <= 0 || store_bytes <= 0) {
        return;
    }
    // More than a page's aim is one document a page, however much it is.
    const auto stored = static_cast<std::size_t>(store_bytes / docs_count);
    const std::size_t expected =
        std::clamp<std::size_t>(stored, 1, bytes_aim_) * compression_assumed;
    operations_ = std::clamp<std::size_t>(bytes_aim_ / expected / caution, 1, operations_limit_);
}

void PageSizer::read(std::size_t operations, std::size_t bytes) {
    bytes_max_ = 2 * bytes_aim_;
    if (operations == 0) {
        return;
    }
    const std::size_t each = std::max<std::size_t>(1, bytes / operations);
    const std::size_t fitting = std::max<std::size_t>(1, bytes_aim_ / each);
    operations_ = std::min({fitting,
                            operations * growth < operations_ ? operations_ : operations_ * growth,
                            operations_limit_});
}

bool PageSizer::shrink() {
    if (operations_ > 1) {
        operations_ /= 2;
        return true;
    }
    // A page's body and the bulk made of it are in memory together.
    const std::size_t highest = std::max(bytes_max_, memory_bytes_ / 2);
    if (bytes_max_ < highest) {
        bytes_max_ = highest;
        return true;
    }
    return false;
}

}  // namespace followd::core
