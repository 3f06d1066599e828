#pragma once

#include "followd/model/follow_rule.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What index names and the patterns of a follow rule mean. Pure text; the configuration checks
/// rules with it before anything runs, and the matcher (core/follow_matcher.hpp) applies the same
/// words to real indices.

namespace followd {

/// Stands for the leader index's name in a rule's `follow_index_pattern`.
inline constexpr std::string_view leader_index_placeholder = "{{leader_index}}";

/// Elasticsearch's own limit for the name of an index.
inline constexpr std::size_t index_name_bytes_max = 255;

[[nodiscard]] bool is_wildcard(std::string_view pattern) noexcept;
/// A '-' in front: the pattern takes indices away.
[[nodiscard]] bool is_exclusion(std::string_view pattern) noexcept;

/// Whether `text` is what `pattern` says, each `*` standing for any run of bytes, also an empty
/// one. Time is bounded by the product of both lengths.
[[nodiscard]] bool matches_wildcard(std::string_view pattern, std::string_view text) noexcept;

/// Whether the rule's patterns mean an index that is known by `name` and by `aliases`. One
/// exclusion that matches any of those names decides, whatever the order. A name that begins with
/// '.' is included only by a pattern that begins with '.'; an exclusion needs no such dot.
[[nodiscard]] bool rule_covers(const FollowRule& rule,
                               std::string_view name,
                               std::span<const std::string> aliases);

/// Which leader index an index of the rule's follower cluster is a copy of, by its name; nothing
/// where the rule names none so. In mode snapshot it is a generation (generation_name.hpp).
[[nodiscard]] std::optional<std::string> leader_index_name(const FollowRule& rule,
                                                           std::string_view follower_index);

/// `follow_index_pattern` with the leader index's name put in: the follower index's name, in mode
/// snapshot that of the alias which shows its generations. The result may be no legal name.
[[nodiscard]] std::string follower_index_name(const FollowRule& rule,
                                              std::string_view leader_index);

/// The leader index from which follower_index_name() makes that name; nothing where there is none.
[[nodiscard]] std::optional<std::string> leader_of_follower_name(const FollowRule& rule,
                                                                 std::string_view follower_name);

/// Why an index cannot have this name, as the end of a sentence that begins with the name (for
/// example "holds a space"); nothing where it can.
[[nodiscard]] std::optional<std::string> index_name_problem(std::string_view name);

}  // namespace followd
