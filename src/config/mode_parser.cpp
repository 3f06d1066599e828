#include "config/mode_parser.hpp"

#include "followd/core/cron.hpp"
#include "followd/model/generation_name.hpp"
#include "followd/model/index_pattern.hpp"

#include "config/units.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace followd::config {

namespace {

using namespace std::chrono_literals;

constexpr std::array<std::pair<std::string_view, FollowMode>, 2> mode_choices{
    {{"history", FollowMode::history}, {"snapshot", FollowMode::snapshot}}};
constexpr std::array<std::string_view, 3> history_keys{
    "bootstrap", "allow_close", "on_leader_delete"};
constexpr std::array<std::string_view, 2> snapshot_keys{"every", "keep"};
constexpr std::array<std::pair<std::string_view, OnLeaderDelete>, 2> on_leader_delete_choices{
    {{"keep", OnLeaderDelete::keep}, {"promote", OnLeaderDelete::promote}}};
constexpr std::array<std::pair<std::string_view, Bootstrap>, 3> bootstrap_choices{
    {{"auto", Bootstrap::automatic},
     {"snapshot", Bootstrap::snapshot},
     {"stream", Bootstrap::stream}}};

// Two generations of one second would have the same name.
constexpr Range<Duration> every_range{1s, std::chrono::days{365}};
constexpr Range<std::size_t> keep_range{1, 1000};

void refuse(const Section& section,
            std::span<const std::string_view> keys,
            std::string_view their_mode) {
    for (const std::string_view key : keys) {
        if (section.has(key)) {
            section.report(key, "belongs to mode: " + std::string{their_mode}, "leave it out");
        }
    }
}

void parse_bootstrap(const Section& section, Bootstrap& bootstrap) {
    section.read_choice<Bootstrap>("bootstrap", bootstrap_choices, bootstrap);
    if (bootstrap == Bootstrap::snapshot && !section.has("repository")) {
        section.report("bootstrap",
                       "a snapshot needs a repository",
                       "add repository with a name of repositories, or write auto or stream");
    } else if (bootstrap == Bootstrap::stream && section.has("repository")) {
        section.report("repository",
                       "nothing is written to a repository with bootstrap: stream",
                       "leave one of them out");
    }
}

void parse_history(const Section& section, FollowRule& rule) {
    refuse(section, snapshot_keys, "snapshot");
    section.read_boolean("allow_close", rule.allow_close);
    section.read_choice<OnLeaderDelete>(
        "on_leader_delete", on_leader_delete_choices, rule.on_leader_delete);
    parse_bootstrap(section, rule.bootstrap);
}

void parse_cron_line(const Section& section, const std::string& text, Schedule& every) {
    const std::variant<CronLine, core::CronMistake> parsed = core::parse_cron(text);
    if (const auto* line = std::get_if<CronLine>(&parsed)) {
        every = Schedule{*line, text};
        return;
    }
    const core::CronMistake& mistake = *std::get_if<core::CronMistake>(&parsed);
    const std::string field =
        mistake.field.empty() ? "" : "the " + std::string{mistake.field} + " ";
    section.report("every", field + in_quotes(mistake.part) + " " + mistake.wrong, mistake.right);
}

void parse_every(const Section& section, Schedule& every) {
    constexpr std::string_view right =
        "write a duration, for example 1h, or a cron line in quotes, for example \"0 * * * *\"";
    const Node* node = section.find("every");
    if (node == nullptr || node->kind == NodeKind::unreadable) {
        return;
    }
    if (node->kind != NodeKind::text) {
        section.report("every", is_not("a schedule", *node, Show::value), std::string{right});
        return;
    }
    // The fields of a cron line are parted; a duration has nothing between number and unit.
    if (node->text.find_first_of(" \t") != std::string::npos) {
        parse_cron_line(section, node->text, every);
        return;
    }
    if (!parse_duration(node->text)) {
        section.report("every", is_not("a schedule", *node, Show::value), std::string{right});
        return;
    }
    Duration duration = every_range.least;
    section.read_duration("every", every_range, duration);
    every = Schedule{duration, node->text};
}

void check_alias(const Section& section, const FollowRule& rule) {
    // The shortest name that an index can have.
    const std::string alias = follower_index_name(rule, "x");
    const std::string generation = generation_name(alias, WallTime{});
    if (!index_name_problem(alias) && generation.size() > index_name_bytes_max) {
        section.report("follow_index_pattern",
                       "leaves no room for the stamp of " +
                           std::to_string(generation.size() - alias.size()) +
                           " bytes in the names of the indices behind that alias",
                       "shorten it");
    }
}

void parse_snapshot(const Section& section, FollowRule& rule) {
    refuse(section, history_keys, "history");
    if (!section.has("repository")) {
        section.report("mode",
                       "snapshots need a repository",
                       "add repository with a name of repositories, or write history");
    }
    parse_every(section, rule.every);
    auto keep = static_cast<std::size_t>(rule.snapshots_to_keep);
    section.read_count("keep", keep_range, keep);
    rule.snapshots_to_keep = static_cast<int>(keep);
    check_alias(section, rule);
}

}  // namespace

void parse_mode(const Section& section, FollowRule& rule, Mistakes& mistakes) {
    const std::size_t mistakes_before = mistakes.count();
    const Node* node = section.find("mode");
    section.read_choice<FollowMode>("mode", mode_choices, rule.mode);
    if (mistakes.count() != mistakes_before ||
        (node != nullptr && node->kind == NodeKind::unreadable)) {
        return;  // which keys belong to the rule is not known
    }
    if (rule.mode == FollowMode::snapshot) {
        parse_snapshot(section, rule);
    } else {
        parse_history(section, rule);
    }
}

}  // namespace followd::config
