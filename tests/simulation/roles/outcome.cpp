#include "simulation/roles/outcome.hpp"

#include <algorithm>
#include <set>

namespace followd::sim {

namespace {

std::string not_leading(const TwoWayIndex& index) {
    if (!index.fences.empty()) {
        return "leads, and has an alias of our writes";
    }
    if (!index.has_write_alias) {
        return "leads, and has no write alias";
    }
    if (!index.has_settings) {
        return "leads, and has not its settings";
    }
    return {};
}

std::string not_following(const TwoWayIndex& index, const TwoWayIndex& leader) {
    const TwoWayMark& mark = *index.mark();
    if (mark.leader_uuid != leader.uuid) {
        return "follows another index";
    }
    if (index.fences != std::set<std::string>{index.fence_of_epoch(mark.epoch)}) {
        return "follows, and has not just the alias of its epoch";
    }
    if (index.has_write_alias || index.has_settings) {
        return "follows, and has what a follower must not have";
    }
    if (!mark.holds_alias || !mark.holds_settings) {
        return "follows, and nobody knows what it is to get back";
    }
    return {};
}

std::string not_level(const engine::FollowerStatus& row,
                      const TwoWayIndex& leader,
                      const TwoWayIndex& follower) {
    if (row.phase != engine::IndexPhase::following || row.last_error ||
        row.shards.size() != leader.shards.size()) {
        return "phase " + std::string(to_string(row.phase)) +
               (row.last_error ? ", " + row.last_error->failure.what : "");
    }
    for (std::size_t shard = 0; shard < leader.shards.size(); ++shard) {
        const core::ShardStatus& status = row.shards[shard];
        if (status.last_error) {
            return status.last_error->failure.what;
        }
        if (status.checkpoint != SeqNo{leader.shards[shard].checkpoint}) {
            return "C=" + std::to_string(status.checkpoint.value()) + " of " +
                   std::to_string(leader.shards[shard].checkpoint);
        }
        const auto& led = leader.shards[shard].documents;
        const auto& followed = follower.shards[shard].documents;
        for (const auto& [id, document] : led) {
            const auto held = followed.find(id);
            if (held == followed.end() || held->second.value != document.value) {
                return "the follower lacks " + id;
            }
        }
        for (const auto& [id, document] : followed) {
            if (!led.contains(id)) {
                return "the follower still has " + id;
            }
        }
    }
    return {};
}

}  // namespace

TwoWayIndex* leader_of(Sides& sides) {
    TwoWayIndex* leader = nullptr;
    for (TwoWayIndex* const index : sides.all()) {
        if (index->is(MarkRole::follower)) {
            continue;
        }
        if (leader != nullptr) {
            return nullptr;
        }
        leader = index;
    }
    return leader;
}

std::string unfinished(Sides& sides, const Daemons& daemons) {
    const TwoWayIndex* const leader = leader_of(sides);
    const std::size_t size = sides.all().size();
    if (leader == nullptr || size != 2) {
        return leader == nullptr ? "not one side leads" : "no follower was made";
    }
    for (const TwoWayIndex* const index : sides.all()) {
        const std::string place = index->name.value() + ": ";
        if (index->entry && index->entry->change) {
            return place + "a change of its role was begun and not ended";
        }
        if (index->is_blocked) {
            return place + "writes are blocked without a reason";
        }
        const std::string why =
            index == leader ? not_leading(*index) : not_following(*index, *leader);
        if (!why.empty()) {
            return place + why;
        }
    }
    const TwoWayIndex& follower = *sides.other_than(*leader);
    return daemons.has_intent({follower.cluster, follower.name}) ? "it is paused" : "";
}

std::string not_level(Sides& sides, Daemons& daemons) {
    const TwoWayIndex& leader = *leader_of(sides);
    const TwoWayIndex& follower = *sides.other_than(leader);
    for (std::size_t number = 0; number < daemons.size(); ++number) {
        const std::vector<engine::FollowerStatus> rows = daemons.daemon(number)->status();
        const auto row = std::ranges::find_if(rows, [&](const engine::FollowerStatus& one) {
            return one.leader == leader.cluster && one.follower == follower.cluster;
        });
        if (row == rows.end()) {
            return follower.name.value() + ": is not shown";
        }
        const std::string why = not_level(*row, leader, follower);
        if (!why.empty()) {
            return follower.name.value() + ": " + why;
        }
    }
    return {};
}

}  // namespace followd::sim
