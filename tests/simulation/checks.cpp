#include "simulation/checks.hpp"

#include "support/shard_claims.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

namespace followd::sim {

namespace {

// Of a hot document: a follower that is not starving brings one of its rewrites in a fraction of
// it.
constexpr Duration look_interval = std::chrono::milliseconds{500};
constexpr int looks_max = 12;

const engine::FollowerStatus* row_of(const std::vector<engine::FollowerStatus>& rows,
                                     const IndexName& leader) {
    const auto row = std::ranges::find(rows, leader, &engine::FollowerStatus::leader_index);
    return row == rows.end() ? nullptr : &*row;
}

bool tells_of_foreign_writes(const core::ShardStatus& status) {
    return status.last_error && status.last_error->failure.kind == FailureKind::conflict;
}

}  // namespace

std::string Checks::not_level() {
    for (std::size_t number = 0; number < crew_.size(); ++number) {
        const std::vector<engine::FollowerStatus> rows = crew_.process(number)->status();
        for (const IndexName& name : clusters_.leader.names()) {
            LeaderIndexState& leader = *clusters_.leader.find(name);
            FollowerIndexState* follower = clusters_.follower.find(follower_of(name));
            if (follower == nullptr) {
                return name.value() + ": no follower";
            }
            const bool is_ours = follower->leader == leader.listed.uuid;
            const engine::FollowerStatus* row = row_of(rows, name);
            if (row == nullptr) {
                return name.value() + ": is not shown";
            }
            if (follower->is_promoted) {
                continue;  // who has nothing to write to it cannot know
            }
            if (!is_ours) {
                // Untouched, as every write of followd showed; and whoever asks is told.
                if (row->phase != engine::IndexPhase::refused || !row->last_error) {
                    return name.value() + ": is not said to be refused";
                }
                continue;
            }
            const std::string why = not_level(*row, leader, *follower);
            if (!why.empty()) {
                return name.value() + why;
            }
        }
    }
    return {};
}

std::string Checks::not_level(const engine::FollowerStatus& row,
                              LeaderIndexState& leader,
                              FollowerIndexState& follower) {
    if (row.phase != engine::IndexPhase::following || row.last_error ||
        std::cmp_not_equal(row.shards.size(), leader.listed.shards)) {
        return ": phase " + std::string(to_string(row.phase)) +
               (row.last_error ? ", " + row.last_error->failure.what : "");
    }
    if (follower.info.is_loading) {
        return ": does not refresh by itself";
    }
    for (std::size_t shard = 0; shard < row.shards.size(); ++shard) {
        const std::string place = "[" + std::to_string(shard) + "]: ";
        const core::ShardStatus& status = row.shards[shard];
        FollowerShardState& held = follower.shards[shard];
        test::LeaderGroup& group = leader.shards[shard]->group;
        const std::string difference = test::difference(group, held.copy);
        const bool is_told = held.has_foreign_writes && tells_of_foreign_writes(status);
        if (!difference.empty() && !is_told) {
            return place + difference;
        }
        if (status.last_error && !is_told) {
            return place + status.last_error->failure.what;
        }
        // The second mark rises only with a sweep, which is due only where deletes are.
        if (status.checkpoint != SeqNo{group.checkpoint}) {
            return place + "C=" + std::to_string(status.checkpoint.value()) + " of " +
                   std::to_string(group.checkpoint);
        }
        if (status.lag && *status.lag > Duration::zero()) {
            return place + "lags";
        }
        if (group.mapping_version > held.copy.mapping_version && !held.copy.documents.empty()) {
            const auto needs = [&group](const auto& document) {
                const auto needed = group.mapping_of.find(document.second.value);
                return needed == group.mapping_of.end() ? 0 : needed->second;
            };
            const auto newest = std::ranges::max_element(held.copy.documents, {}, needs);
            if (needs(*newest) > held.copy.mapping_version) {
                return place + "a document's mapping is missing";
            }
        }
    }
    return {};
}

void Checks::watch_hot_documents() {
    if (scene_.weather.workload().hot > 0 && scene_.weather.is_gentle()) {
        look_at_hot_documents();
    }
}

void Checks::look_at_hot_documents() {
    if (scene_.weather.is_calm()) {
        return;
    }
    for (const IndexName& name : clusters_.leader.names()) {
        LeaderIndexState& leader = *clusters_.leader.find(name);
        FollowerIndexState* follower = clusters_.follower.find(follower_of(name));
        for (int shard = 0; follower != nullptr && shard < leader.listed.shards; ++shard) {
            const auto at = static_cast<std::size_t>(shard);
            const auto& current = leader.shards[at]->group.primary().current;
            const auto& documents = follower->shards[at].copy.documents;
            const auto led = current.find("\"k0\"");
            const auto followed = documents.find("\"k0\"");
            const Hot before = hot_[{name, shard}];
            Hot& hot = hot_[{name, shard}];
            hot.led = led == current.end() ? -1 : led->second.seq;
            hot.followed = followed == documents.end() ? -1 : followed->second.version;
            const bool is_left_behind = hot.led > before.led && hot.followed == before.followed;
            hot.looks_without = is_left_behind ? before.looks_without + 1 : 0;
            if (hot.looks_without > looks_max) {
                scene_.violated("starved: " + name.value() + " brings the hot document no more");
            }
        }
    }
    scene_.clock.after(look_interval, [this] { look_at_hot_documents(); });
}

void Checks::logged_error(const std::string& line) {
    const Weather& weather = scene_.weather;
    // Only these leave something behind that a person must decide.
    const bool has_cause = weather.has(Fault::promotion) || weather.has(Fault::follower_removal) ||
                           weather.has(Fault::recreation) || weather.has(Fault::foreign);
    if (!has_cause) {
        scene_.violated("an error was logged without a cause: " + line);
    }
}

}  // namespace followd::sim
