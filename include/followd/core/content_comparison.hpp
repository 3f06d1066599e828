#pragma once

#include "followd/core/verification.hpp"
#include "followd/model/shard_view.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Compares the documents of both sides that were made by the same operation, byte for byte: a
/// merge of two streams of pages in the order of sequence numbers. It holds one page of each side.
///
/// What only one side has is not its business (comparison.hpp).

namespace followd::core {

class ContentComparison {
public:
    /// Keeps at most `differences_max` differences; counts all.
    explicit ContentComparison(std::size_t differences_max);

    /// What comes next lies elsewhere: nothing of either side is left over.
    void start_range();

    enum class Need { leader, follower, nothing };
    [[nodiscard]] Need next() const;

    /// The side's next page, ascending. `is_last` where none follows.
    void leader_page(Page page);
    void follower_page(Page page);

    /// Pairs of documents that were compared.
    [[nodiscard]] std::int64_t compared() const { return compared_; }
    [[nodiscard]] std::int64_t different() const { return different_; }
    [[nodiscard]] std::vector<DocumentDifference> take_differences();

private:
    struct Side {
        Page page;
        std::size_t at = 0;
        [[nodiscard]] bool is_used_up() const { return at == page.batch.operations.size(); }
    };

    void merge();
    void compare(const Operation& leader, const Operation& follower);

    std::size_t differences_max_;
    Side leader_;
    Side follower_;
    std::int64_t compared_ = 0;
    std::int64_t different_ = 0;
    std::vector<DocumentDifference> differences_;
};

/// Whether two documents are the same but for white space and comments between their tokens: what a
/// line break in a source forces followd to leave out. Numbers and strings must be the same bytes.
[[nodiscard]] bool is_same_source(std::string_view left, std::string_view right);

}  // namespace followd::core
