#include "followd/model/index_pattern.hpp"

#include "followd/model/generation_name.hpp"

#include <algorithm>
#include <utility>

namespace followd {

namespace {

/// Hidden unless named: a pattern must say the leading dot itself.
bool includes_name(std::string_view pattern, std::string_view name) {
    if (name.starts_with('.') && !pattern.starts_with('.')) {
        return false;
    }
    return matches_wildcard(pattern, name);
}

template <class Test>
bool any_name(std::string_view name, std::span<const std::string> aliases, Test test) {
    return test(name) || std::any_of(aliases.begin(), aliases.end(), test);
}

/// What Elasticsearch and OpenSearch refuse in an index's name, apart from capitals and controls.
constexpr std::string_view forbidden_characters = "\\/*?\"<>| ,#:";

std::string forbidden_character_problem(char character) {
    switch (character) {
        case ' ':
            return "holds a space";
        case ',':
            return "holds a comma";
        default:
            return std::string{"holds the character "} + character;
    }
}

}  // namespace

bool is_wildcard(std::string_view pattern) noexcept {
    return pattern.find('*') != std::string_view::npos;
}

bool is_exclusion(std::string_view pattern) noexcept {
    return pattern.starts_with('-');
}

bool matches_wildcard(std::string_view pattern, std::string_view text) noexcept {
    std::size_t at_pattern = 0;
    std::size_t at_text = 0;
    // Only the last star is ever taken back: an earlier one that ate less cannot do better.
    std::size_t last_star = std::string_view::npos;
    std::size_t star_ends_before = 0;
    while (at_text < text.size()) {
        if (at_pattern < pattern.size() && pattern[at_pattern] == '*') {
            last_star = at_pattern++;
            star_ends_before = at_text;
        } else if (at_pattern < pattern.size() && pattern[at_pattern] == text[at_text]) {
            ++at_pattern;
            ++at_text;
        } else if (last_star != std::string_view::npos) {
            at_pattern = last_star + 1;
            at_text = ++star_ends_before;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', at_pattern) == std::string_view::npos;
}

bool rule_covers(const FollowRule& rule,
                 std::string_view name,
                 std::span<const std::string> aliases) {
    bool included = false;
    for (const std::string_view pattern : rule.indices) {
        if (is_exclusion(pattern)) {
            const std::string_view excluded = pattern.substr(1);
            if (any_name(name, aliases, [excluded](std::string_view candidate) {
                    return matches_wildcard(excluded, candidate);
                })) {
                return false;
            }
        } else if (!included) {
            included = any_name(name, aliases, [pattern](std::string_view candidate) {
                return includes_name(pattern, candidate);
            });
        }
    }
    return included;
}

std::string follower_index_name(const FollowRule& rule, std::string_view leader_index) {
    std::string name = rule.follow_index_pattern;
    const std::size_t at = name.find(leader_index_placeholder);
    if (at != std::string::npos) {
        name.replace(at, leader_index_placeholder.size(), leader_index);
    }
    return name;
}

std::optional<std::string> leader_of_follower_name(const FollowRule& rule,
                                                   std::string_view follower_name) {
    const std::string_view pattern = rule.follow_index_pattern;
    const std::size_t at = pattern.find(leader_index_placeholder);
    if (at == std::string_view::npos) {
        // One leader index alone can have the follower that is named outright.
        const bool is_single = follower_name == pattern && rule.indices.size() == 1 &&
                               !is_wildcard(rule.indices.front());
        return is_single ? std::optional{rule.indices.front()} : std::nullopt;
    }
    const std::string_view before = pattern.substr(0, at);
    const std::string_view after = pattern.substr(at + leader_index_placeholder.size());
    if (follower_name.size() <= before.size() + after.size() ||
        !follower_name.starts_with(before) || !follower_name.ends_with(after)) {
        return std::nullopt;
    }
    follower_name.remove_prefix(before.size());
    follower_name.remove_suffix(after.size());
    return std::string{follower_name};
}

std::optional<std::string> leader_index_name(const FollowRule& rule,
                                             std::string_view follower_index) {
    if (rule.mode != FollowMode::snapshot) {
        return leader_of_follower_name(rule, follower_index);
    }
    const std::optional<GenerationName> generation = parse_generation_name(follower_index);
    return generation ? leader_of_follower_name(rule, generation->alias) : std::nullopt;
}

FollowRule turned_round(FollowRule rule) {
    std::swap(rule.leader, rule.follower);
    rule.is_turned = !rule.is_turned;
    return rule;
}

std::optional<std::string> index_name_problem(std::string_view name) {
    if (name.empty()) {
        return "is empty";
    }
    if (name.size() > index_name_bytes_max) {
        return "is longer than 255 bytes";
    }
    if (name == "." || name == "..") {
        return "means a folder";
    }
    if (name.front() == '-' || name.front() == '_' || name.front() == '+') {
        return std::string{"begins with "} + name.front();
    }
    for (const char character : name) {
        if (forbidden_characters.find(character) != std::string_view::npos) {
            return forbidden_character_problem(character);
        }
        if (character >= 'A' && character <= 'Z') {
            return "holds a capital letter";
        }
        if ((character >= 0 && character < ' ') || character == '\x7f') {
            return "holds a control character";
        }
    }
    return std::nullopt;
}

}  // namespace followd
