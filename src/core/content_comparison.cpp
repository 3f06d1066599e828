#include "followd/core/content_comparison.hpp"

#include "followd/base/assert.hpp"
#include "followd/core/json_token.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace followd::core {

namespace {

bool is_white(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// Behind white space and comments.
std::size_t skip_between_tokens(std::string_view text, std::size_t at) {
    while (at < text.size()) {
        if (is_white(text[at])) {
            ++at;
        } else if (text.substr(at, 2) == "/*") {
            const std::size_t end = text.find("*/", at + 2);
            at = end == std::string_view::npos ? text.size() : end + 2;
        } else if (text.substr(at, 2) == "//") {
            const std::size_t end = text.find_first_of("\r\n", at);
            at = end == std::string_view::npos ? text.size() : end;
        } else {
            break;
        }
    }
    return at;
}

/// Behind the string that begins at `at`, or behind the one character there.
std::size_t skip_piece(std::string_view text, std::size_t at) {
    if (text[at] != '"') {
        return at + 1;
    }
    std::size_t end = at + 1;
    while (end < text.size() && text[end] != '"') {
        end += text[end] == '\\' ? 2U : 1U;
    }
    return std::min(end + 1, text.size());
}

std::optional<DifferenceKind> find_difference(const Operation& leader, const Operation& follower) {
    if (!is_same_token(leader.id, follower.id)) {
        return DifferenceKind::other_id;
    }
    if (!is_same_token(leader.routing, follower.routing)) {
        return DifferenceKind::other_routing;
    }
    if (!is_same_source(leader.source, follower.source)) {
        return DifferenceKind::other_source;
    }
    return std::nullopt;
}

}  // namespace

bool is_same_source(std::string_view left, std::string_view right) {
    if (left == right) {
        return true;
    }
    std::size_t i = skip_between_tokens(left, 0);
    std::size_t j = skip_between_tokens(right, 0);
    while (i < left.size() && j < right.size()) {
        const std::size_t left_end = skip_piece(left, i);
        const std::size_t right_end = skip_piece(right, j);
        if (left.substr(i, left_end - i) != right.substr(j, right_end - j)) {
            return false;
        }
        i = skip_between_tokens(left, left_end);
        j = skip_between_tokens(right, right_end);
    }
    return i == left.size() && j == right.size();
}

ContentComparison::ContentComparison(std::size_t differences_max)
    : differences_max_(differences_max) {}

void ContentComparison::start_range() {
    leader_ = Side{};
    follower_ = Side{};
}

ContentComparison::Need ContentComparison::next() const {
    const bool leader_ends = leader_.is_used_up() && leader_.page.is_last;
    const bool follower_ends = follower_.is_used_up() && follower_.page.is_last;
    if (leader_ends || follower_ends) {
        return Need::nothing;
    }
    return leader_.is_used_up() ? Need::leader : Need::follower;
}

void ContentComparison::leader_page(Page page) {
    FOLLOWD_ASSERT(leader_.is_used_up());
    leader_ = Side{std::move(page), 0};
    merge();
}

void ContentComparison::follower_page(Page page) {
    FOLLOWD_ASSERT(follower_.is_used_up());
    follower_ = Side{std::move(page), 0};
    merge();
}

void ContentComparison::merge() {
    while (!leader_.is_used_up() && !follower_.is_used_up()) {
        const Operation& leader = leader_.page.batch.operations[leader_.at];
        const Operation& follower = follower_.page.batch.operations[follower_.at];
        if (leader.seq_no == follower.seq_no) {
            compare(leader, follower);
            ++leader_.at;
            ++follower_.at;
        } else if (leader.seq_no < follower.seq_no) {
            ++leader_.at;
        } else {
            ++follower_.at;
        }
    }
}

void ContentComparison::compare(const Operation& leader, const Operation& follower) {
    ++compared_;
    const std::optional<DifferenceKind> kind = find_difference(leader, follower);
    if (!kind) {
        return;
    }
    ++different_;
    if (differences_.size() < differences_max_) {
        differences_.push_back(DocumentDifference{
            leader.seq_no, *kind, std::string(leader.id), std::string(leader.routing)});
    }
}

std::vector<DocumentDifference> ContentComparison::take_differences() {
    return std::exchange(differences_, {});
}

}  // namespace followd::core
