#pragma once

#include "followd/model/settings.hpp"

#include <cstddef>
#include <cstdint>

/// How many documents to ask for in one page, learnt from the bytes a document (decisions.md,
/// "Configuration"): a page is to be about max_read_request_size, and never larger than memory
/// allows. Starts low unless statistics tell the size, since the leader builds a whole page in its
/// heap before we can refuse it.

namespace followd::core {

class PageSizer {
public:
    explicit PageSizer(const LimitSettings& limits);

    /// What the leader stores a document, from its statistics: compressed, so a lower bound. Where
    /// the first page starts.
    void expect(std::int64_t store_bytes, std::int64_t docs_count);
    void read(std::size_t operations, std::size_t bytes);
    /// The page was given up as too large. False when it was a single document at the highest
    /// limit: it cannot be read within the memory we were given.
    [[nodiscard]] bool shrink();

    [[nodiscard]] std::size_t operations_max() const { return operations_; }
    [[nodiscard]] std::size_t bytes_max() const { return bytes_max_; }

private:
    std::size_t operations_limit_;
    std::size_t bytes_aim_;
    std::size_t memory_bytes_;
    std::size_t operations_;
    std::size_t bytes_max_;
};

}  // namespace followd::core
