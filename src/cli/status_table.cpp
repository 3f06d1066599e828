#include "cli/status_table.hpp"

#include "cli/advice.hpp"
#include "cli/figures.hpp"
#include "cli/text_table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

namespace followd::cli {

namespace {

using admin::ErrorView;
using admin::FollowerView;
using admin::ShardView;

FollowerKey key_of(const FollowerView& follower) {
    return FollowerKey{follower.rule, follower.leader_index};
}

bool is_bootstrapping(const FollowerView& follower) {
    return follower.phase == "bootstrap" ||
           std::ranges::any_of(follower.shards,
                               [](const ShardView& shard) { return shard.phase == "bootstrap"; });
}

Cell phase_cell(const FollowerView& follower) {
    const auto halted = std::ranges::count(follower.shards, "halted", &ShardView::phase);
    if (halted > 0) {
        const std::string of = follower.shards.size() == 1
                                   ? "halted"
                                   : std::to_string(halted) + " of " +
                                         std::to_string(follower.shards.size()) + " shards halted";
        return Cell{of, Style::bad};
    }
    if (follower.phase == "following") {
        return Cell{follower.phase, follower.last_error ? Style::warning : Style::good};
    }
    const bool is_bad = follower.phase == "refused" || follower.phase == "leader_gone";
    return Cell{follower.phase, is_bad ? Style::bad : Style::plain};
}

// "restore 45% 180 MB/400 MB"
std::string files_text(const admin::BootstrapView& bootstrap) {
    if (bootstrap.bytes_total == 0) {
        return bootstrap.step;
    }
    return bootstrap.step + " " + std::to_string(100 * bootstrap.bytes / bootstrap.bytes_total) +
           "% " + bytes_text(static_cast<std::uint64_t>(bootstrap.bytes)) + "/" +
           bytes_text(static_cast<std::uint64_t>(bootstrap.bytes_total));
}

// "08:00:03Z" of "2026-11-30T08:00:03Z"; of more than a day ago, or in a day, with its date.
std::string moment_text(const std::string& iso, bool with_date) {
    constexpr std::size_t time_at = 11;
    if (iso.size() <= time_at) {
        return printable(iso);
    }
    return printable(with_date ? iso.substr(0, time_at - 1) + " " + iso.substr(time_at)
                               : iso.substr(time_at));
}

// What a disaster would leave and how long it took to restore that; what is being made.
std::string recovery_text(const FollowerView& follower, const admin::RecoveryView& recovery) {
    constexpr double day = 86'400;
    std::string text;
    if (!recovery.as_of.empty()) {
        text = "as of " + moment_text(recovery.as_of, recovery.age_seconds.value_or(day) >= day);
        if (recovery.restore_seconds) {
            text += ", restored in " + time_text(*recovery.restore_seconds);
        }
    }
    if (follower.bootstrap) {
        return text + (text.empty() ? "" : "; next: ") + files_text(*follower.bootstrap);
    }
    if (text.empty() && !recovery.next_run.empty()) {
        return "first run at " + moment_text(recovery.next_run, true);
    }
    return text.empty() ? "-" : text;
}

}  // namespace

std::string progress_text(const FollowerView& follower, const CopyRates& rates) {
    if (follower.recovery) {
        return recovery_text(follower, *follower.recovery);
    }
    if (!is_bootstrapping(follower)) {
        return "-";
    }
    if (follower.bootstrap) {
        return files_text(*follower.bootstrap);
    }
    std::string text;
    if (follower.docs_total && *follower.docs_total > 0) {
        // The leader grows meanwhile: never more than all.
        const std::int64_t total = std::max(*follower.docs_total, follower.docs_copied);
        text = std::to_string(100 * follower.docs_copied / total) + "% " +
               grouped(follower.docs_copied) + "/" + grouped(total) + " docs";
    } else {
        text = grouped(follower.docs_copied) + " docs";
    }
    const auto rate = rates.find(key_of(follower));
    if (rate != rates.end()) {
        text += " " + grouped(std::llround(rate->second)) + "/s";
    }
    return text;
}

namespace {

// Of all shards; nothing where one does not know.
std::optional<std::int64_t> lag_ops_of(const FollowerView& follower) {
    std::optional<std::int64_t> sum;
    for (const ShardView& shard : follower.shards) {
        if (!shard.lag_ops) {
            return std::nullopt;
        }
        sum = sum.value_or(0) + *shard.lag_ops;
    }
    return sum;
}

std::optional<double> lag_seconds_of(const FollowerView& follower) {
    if (follower.recovery) {
        return follower.recovery->age_seconds;
    }
    std::optional<double> longest;
    for (const ShardView& shard : follower.shards) {
        if (!shard.lag_seconds) {
            return std::nullopt;
        }
        longest = std::max(longest.value_or(0), *shard.lag_seconds);
    }
    return longest;
}

void add_error(TextTable& table, const std::string& of, const ErrorView& error) {
    std::string text = of + printable(error.what);
    if (!error.where.empty()) {
        text += " (" + printable(error.where) + ")";
    }
    if (!error.since.empty()) {
        text += ", since " + printable(error.since);
    }
    table.add_note(text, Style::bad);
    const std::string_view advice = advice_for(error.kind);
    if (!advice.empty()) {
        table.add_note("-> " + std::string(advice));
    }
}

// One outage shows in every shard: it is told once, with the number of shards that share it.
void add_shard_errors(TextTable& table, const FollowerView& follower) {
    std::vector<const ShardView*> left;
    for (const ShardView& shard : follower.shards) {
        if (shard.last_error) {
            left.push_back(&shard);
        }
    }
    while (!left.empty()) {
        const ErrorView first = *left.front()->last_error;
        std::vector<const ShardView*> others;
        std::string numbers;
        std::size_t same = 0;
        for (const ShardView* shard : left) {
            if (shard->last_error->kind == first.kind && shard->last_error->what == first.what) {
                numbers += (same == 0 ? "" : ", ") + std::to_string(shard->shard);
                ++same;
            } else {
                others.push_back(shard);
            }
        }
        add_error(table, (same == 1 ? "shard " : "shards ") + numbers + ": ", first);
        left = std::move(others);
    }
}

void add_follower(TextTable& table, const FollowerView& follower, const CopyRates& rates) {
    const std::optional<std::int64_t> ops = lag_ops_of(follower);
    const std::optional<double> seconds = lag_seconds_of(follower);
    // Nobody counts what a leader did since the last run.
    const std::string unknown_ops = follower.recovery ? "-" : "?";
    const std::string place =
        follower.follower + "/" + follower.follower_index.value_or(std::string("-"));
    table.add({Cell{printable(follower.rule)},
               Cell{printable(follower.leader + "/" + follower.leader_index)},
               Cell{printable(place)},
               phase_cell(follower),
               Cell{progress_text(follower, rates)},
               Cell{ops ? grouped(*ops) : unknown_ops},
               Cell{seconds ? time_text(*seconds) : "?"}});
    if (follower.last_error) {
        add_error(table, "", *follower.last_error);
    }
    add_shard_errors(table, follower);
    for (const std::string& warning : follower.warnings) {
        table.add_note("note: " + printable(warning), Style::faint);
    }
}

}  // namespace

CopyRates copy_rates(const admin::StatusView& before,
                     const admin::StatusView& after,
                     double seconds) {
    std::map<FollowerKey, std::int64_t> copied;
    for (const FollowerView& follower : before.followers) {
        copied.emplace(key_of(follower), follower.docs_copied);
    }
    CopyRates rates;
    for (const FollowerView& follower : after.followers) {
        const auto earlier = copied.find(key_of(follower));
        if (earlier != copied.end() && follower.docs_copied >= earlier->second) {
            const auto more = static_cast<double>(follower.docs_copied - earlier->second);
            rates.emplace(key_of(follower), more / seconds);
        }
    }
    return rates;
}

bool has_bootstrap(const admin::StatusView& status) {
    return std::ranges::any_of(status.followers, is_bootstrapping);
}

std::string status_text(const admin::StatusView& status,
                        const CopyRates& rates,
                        const Terminal& terminal) {
    std::string text;
    for (const admin::ClusterView& cluster : status.clusters) {
        if (cluster.last_error) {
            text += terminal.styled("cluster " + printable(cluster.name) + ": " +
                                        printable(cluster.last_error->what),
                                    Style::bad) +
                    "\n";
            const std::string_view advice = advice_for(cluster.last_error->kind);
            text += advice.empty() ? "" : "    -> " + std::string(advice) + "\n";
        }
    }
    if (status.followers.empty()) {
        return text + "no index matches a follow rule yet\n";
    }
    TextTable table({Column{"RULE"},
                     Column{"LEADER INDEX"},
                     Column{"FOLLOWER"},
                     Column{"PHASE"},
                     Column{"PROGRESS"},
                     Column{"LAG OPS", Align::right},
                     Column{"LAG TIME", Align::right}});
    for (const FollowerView& follower : status.followers) {
        add_follower(table, follower, rates);
    }
    return text + table.text(terminal);
}

}  // namespace followd::cli
