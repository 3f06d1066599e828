#include "config/follow_parser.hpp"

#include "followd/model/index_pattern.hpp"

#include "config/cluster_parser.hpp"
#include "config/mode_parser.hpp"
#include "config/override_parser.hpp"
#include "config/section.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace followd::config {

namespace {

constexpr std::array<std::string_view, 13> rule_keys{"name",
                                                     "leader",
                                                     "follower",
                                                     "indices",
                                                     "follow_index_pattern",
                                                     "settings",
                                                     "repository",
                                                     "mode",
                                                     "allow_close",
                                                     "on_leader_delete",
                                                     "bootstrap",
                                                     "every",
                                                     "keep"};
constexpr std::string_view indices_example = R"(["logs-*", "-logs-debug-*"])";

/// What an index pattern cannot hold, as the end of a sentence and what to write instead.
struct PatternProblem {
    std::string wrong;
    std::string right;
};

std::optional<PatternProblem> pattern_problem(std::string_view pattern) {
    const std::string_view body = is_exclusion(pattern) ? pattern.substr(1) : pattern;
    if (body.empty()) {
        return PatternProblem{"excludes nothing", "write a name or a pattern after the '-'"};
    }
    if (body == "_all") {
        return PatternProblem{"is not a pattern", "write *"};
    }
    if (body.find(',') != std::string_view::npos) {
        return PatternProblem{"holds a comma", "write one list item for each pattern"};
    }
    if (body.find(':') != std::string_view::npos) {
        return PatternProblem{"holds a colon", "the cluster goes under leader"};
    }
    if (body.find('?') != std::string_view::npos) {
        return PatternProblem{"holds a question mark", "the only wildcard is *"};
    }
    // The rest is what no index's name can hold; capitals can stand in an alias's.
    std::string as_name{body};
    for (char& character : as_name) {
        const bool free = character == '*' || (character >= 'A' && character <= 'Z');
        character = free ? 'x' : character;
    }
    if (std::optional<std::string> problem = index_name_problem(as_name)) {
        return PatternProblem{std::move(*problem), "no index has such a name"};
    }
    return std::nullopt;
}

void parse_indices(const Section& section, ParsedRule& parsed, Mistakes& mistakes) {
    const std::span<const Node> items = section.list("indices", indices_example);
    std::vector<std::string>& patterns = parsed.rule.indices;
    bool all_well = true;
    for (std::size_t at = 0; at < items.size(); ++at) {
        const Node& item = items[at];
        const std::string path = section.path_of("indices") + "[" + std::to_string(at) + "]";
        std::string pattern;
        if (!read_text_node(item, path, mistakes, Show::value, pattern)) {
            all_well = false;
        } else if (std::optional<PatternProblem> problem = pattern_problem(pattern)) {
            mistakes.add(
                item.place, path, in_quotes(pattern) + " " + problem->wrong, problem->right);
            all_well = false;
        } else if (std::find(patterns.begin(), patterns.end(), pattern) != patterns.end()) {
            mistakes.add(item.place, path, in_quotes(pattern) + " is given twice", "keep one");
        } else {
            patterns.push_back(std::move(pattern));
            parsed.pattern_places.push_back(item.place);
        }
    }
    const Node* node = section.find("indices");
    const bool is_list =
        node == nullptr || node->kind == NodeKind::null || node->kind == NodeKind::sequence;
    if (all_well && is_list && std::all_of(patterns.begin(), patterns.end(), is_exclusion)) {
        section.report("indices",
                       patterns.empty() ? "a rule needs the indices that it follows"
                                        : "every pattern excludes, so nothing is followed",
                       "write for example indices: " + std::string{indices_example});
    }
}

/// Whether the patterns can mean more than one index by themselves. (An alias may, too: that is
/// found when its indices are known.)
bool can_mean_many(const FollowRule& rule) {
    std::size_t names = 0;
    for (const std::string& pattern : rule.indices) {
        if (!is_exclusion(pattern)) {
            names += is_wildcard(pattern) ? 2 : 1;
        }
    }
    return names > 1;
}

void check_template(const Section& section, const FollowRule& rule) {
    const std::string& text = rule.follow_index_pattern;
    const std::string placeholder{leader_index_placeholder};
    constexpr std::string_view key = "follow_index_pattern";
    const std::size_t first = text.find(placeholder);
    if (first == std::string::npos && can_mean_many(rule)) {
        section.report(key,
                       "every index of this rule would get the same follower " + in_quotes(text),
                       "put " + placeholder + " into it");
    }
    std::string rest = text;
    if (first != std::string::npos) {
        // A name that can stand anywhere in a name.
        rest.replace(first, placeholder.size(), "x");
    }
    if (rest.find(placeholder) != std::string::npos) {
        section.report(key, "holds " + placeholder + " twice", "keep one");
    } else if (rest.find_first_of("{}") != std::string::npos) {
        section.report(key, "knows only the placeholder " + placeholder);
    } else if (std::optional<std::string> problem = index_name_problem(rest)) {
        section.report(key, in_quotes(text) + " makes no legal index name: it " + *problem);
    }
}

ParsedRule parse_rule(const Node& node, std::string path, Mistakes& mistakes) {
    ParsedRule parsed;
    parsed.path = std::move(path);
    const Section section{node, parsed.path, rule_keys, mistakes};
    parsed.place = section.place();
    if (node.kind != NodeKind::map) {
        if (node.kind == NodeKind::null) {
            mistakes.add(node.place, parsed.path, "has no value", "write a rule, or leave it out");
        }
        return parsed;
    }
    section.require("name", "name: logs");
    section.require("leader", "leader: beijing");
    section.require("follower", "follower: shanghai");
    std::string name;
    std::string leader;
    std::string follower;
    section.read_text("name", name);
    section.read_text("leader", leader);
    section.read_text("follower", follower);
    if (!name.empty()) {
        if (std::optional<std::string> problem = label_problem(name)) {
            section.report("name", "the rule's name " + *problem);
        }
    }
    parsed.rule.name = RuleName{std::move(name)};
    parsed.rule.leader = ClusterName{std::move(leader)};
    parsed.rule.follower = ClusterName{std::move(follower)};
    parsed.leader_place = section.place_of("leader");
    parsed.follower_place = section.place_of("follower");
    parsed.template_place = section.place_of("follow_index_pattern");
    parse_indices(section, parsed, mistakes);
    section.read_text("follow_index_pattern", parsed.rule.follow_index_pattern);
    check_template(section, parsed.rule);
    if (const Node* settings = section.find("settings")) {
        parsed.rule.settings = parse_overrides(*settings, section.path_of("settings"), mistakes);
    }
    std::string repository;
    section.read_text("repository", repository);
    parsed.rule.repository = RepositoryName{std::move(repository)};
    parsed.repository_place = section.place_of("repository");
    parse_mode(section, parsed.rule, mistakes);
    return parsed;
}

}  // namespace

std::vector<ParsedRule> parse_follow(const Node& node, Mistakes& mistakes) {
    std::vector<ParsedRule> rules;
    if (node.kind == NodeKind::null || node.kind == NodeKind::unreadable) {
        return rules;
    }
    if (node.kind != NodeKind::sequence) {
        mistakes.add(node.place,
                     "follow",
                     is_not("a list", node, Show::value),
                     "write each rule as an item that begins with \"- name:\"");
        return rules;
    }
    for (std::size_t at = 0; at < node.children.size(); ++at) {
        rules.push_back(
            parse_rule(node.children[at], "follow[" + std::to_string(at) + "]", mistakes));
    }
    return rules;
}

}  // namespace followd::config
