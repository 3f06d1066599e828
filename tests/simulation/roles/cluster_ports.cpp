#include "simulation/roles/cluster_ports.hpp"

#include "followd/model/index_pattern.hpp"

#include <algorithm>
#include <map>
#include <memory>

namespace followd::sim {

namespace {

bool is_meant(const TwoWayIndex& index, const std::vector<std::string>& patterns) {
    return std::ranges::any_of(patterns, [&index](const std::string& pattern) {
        return matches_wildcard(pattern, index.name.value());
    });
}

engine::LeaderIndex listed(const TwoWayIndex& index) {
    engine::LeaderIndex leader;
    leader.name = index.name;
    leader.uuid = index.uuid;
    leader.shards = static_cast<int>(index.shards.size());
    leader.mapping_version = 1;
    leader.settings_version = index.definition_version;
    leader.aliases_version = index.definition_version;
    if (index.mark() != nullptr) {
        const TwoWayMark& mark = *index.mark();
        leader.is_promoted = mark.role == MarkRole::promoted;
        if (!leader.is_promoted) {
            leader.follows =
                engine::Following{mark.leader_cluster, mark.leader_index, mark.leader_uuid};
        }
    }
    return leader;
}

}  // namespace

Task<Result<std::vector<engine::IndexSample>>> TwoWayLeaderCluster::sample(
    std::vector<std::string> patterns) {
    auto deletes = std::make_shared<std::map<IndexName, std::vector<std::int64_t>>>();
    auto before = [sides = &sides_, cluster = cluster_, deletes] {
        for (const TwoWayIndex* const index : sides->in(cluster)) {
            for (const TwoWayShard& shard : index->shards) {
                (*deletes)[index->name].push_back(shard.deletes);
            }
        }
    };
    auto serve = [sides = &sides_,
                  cluster = cluster_,
                  deletes,
                  patterns = std::move(patterns)]() -> Result<std::vector<engine::IndexSample>> {
        std::vector<engine::IndexSample> samples;
        for (const TwoWayIndex* const index : sides->in(cluster)) {
            if (!is_meant(*index, patterns) || !deletes->contains(index->name)) {
                continue;
            }
            engine::IndexSample sample{index->name, index->uuid, {}};
            for (std::size_t shard = 0; shard < index->shards.size(); ++shard) {
                // A primary that moved meanwhile counts anew.
                const std::int64_t counted = deletes->at(index->name)[shard];
                sample.shards.emplace_back(
                    sample_of(*index, shard, std::min(counted, index->shards[shard].deletes)));
            }
            samples.push_back(std::move(sample));
        }
        return samples;
    };
    return link_.ask<std::vector<engine::IndexSample>>("poll", serve, before);
}

Task<Result<std::vector<engine::LeaderIndex>>> TwoWayLeaderCluster::list_indices(
    std::vector<std::string> patterns) {
    auto serve = [sides = &sides_,
                  cluster = cluster_,
                  patterns = std::move(patterns)]() -> Result<std::vector<engine::LeaderIndex>> {
        std::vector<engine::LeaderIndex> found;
        for (const TwoWayIndex* const index : sides->in(cluster)) {
            if (is_meant(*index, patterns)) {
                found.push_back(listed(*index));
            }
        }
        return found;
    };
    return link_.ask<std::vector<engine::LeaderIndex>>("list", serve);
}

Task<Result<engine::IndexDefinition>> TwoWayLeaderCluster::read_definition(IndexName index) {
    auto serve = [sides = &sides_, cluster = cluster_, index]() -> Result<engine::IndexDefinition> {
        const TwoWayIndex* const found = sides->find(cluster, index);
        if (found == nullptr) {
            return Failure{FailureKind::not_found, "no such index", cluster.value()};
        }
        engine::IndexDefinition definition;
        definition.index = listed(*found);
        definition.settings = found->has_settings ? "settings" : "";
        definition.aliases = found->has_write_alias ? "write" : "";
        definition.origins = found->origins();
        return definition;
    };
    return link_.ask<engine::IndexDefinition>("definition of " + index.value(), serve);
}

Task<Result<engine::VersionListing>> TwoWayLeaderCluster::read_versions(
    std::vector<std::string> patterns, std::string /*known_state*/) {
    auto serve = [sides = &sides_,
                  cluster = cluster_,
                  patterns = std::move(patterns)]() -> Result<engine::VersionListing> {
        std::vector<engine::IndexVersions> found;
        for (const TwoWayIndex* const index : sides->in(cluster)) {
            if (is_meant(*index, patterns)) {
                const std::int64_t version = index->definition_version;
                found.push_back({index->name, {1, version, version}});
            }
        }
        return engine::VersionListing{"", std::move(found)};
    };
    return link_.ask<engine::VersionListing>("versions", serve);
}

engine::FollowVerdict TwoWayLeaderCluster::judge(
    const engine::IndexDefinition& /*definition*/) const {
    return {};
}

Failure TwoWayFollowerCluster::absent(const IndexName& name) const {
    return {FailureKind::not_found, "no such index", cluster_.value() + "/" + name.value()};
}

Task<Result<engine::FollowerIndex>> TwoWayFollowerCluster::prepare(
    engine::FollowerRequest request) {
    const IndexName name = request.follower_index;
    const std::string what = "prepare " + name.value();
    auto has_fence = std::make_shared<bool>(true);
    auto serve = [sides = &sides_,
                  cluster = cluster_,
                  request = std::move(request),
                  has_fence]() -> Result<engine::FollowerIndex> {
        TwoWayIndex* index = sides->find(cluster, request.follower_index);
        engine::FollowerIndex follower;
        follower.created = index == nullptr;
        if (index == nullptr) {
            index = &sides->make(cluster, request.follower_index);
            index->is_loading = true;
            TwoWayMark mark;
            mark.leader_cluster = request.rule.leader;
            mark.leader_index = request.leader.index.name;
            mark.leader_uuid = request.leader.index.uuid;
            mark.holds_alias = !request.leader.aliases.empty();
            mark.holds_settings = !request.leader.settings.empty();
            index->fences.insert(index->fence_of_epoch(mark.epoch));
            sides->put_mark(*index, std::move(mark));
        }
        const TwoWayMark* const mark = index->mark();
        if (mark == nullptr || mark->leader_uuid != request.leader.index.uuid) {
            return Failure{FailureKind::conflict, "it is not ours", cluster.value()};
        }
        follower.name = index->name;
        follower.uuid = index->uuid;
        follower.fence_alias = index->fence_of_epoch(mark->epoch);
        follower.generation = mark->generation;
        follower.histories = mark->histories;
        follower.origins = mark->origins;
        follower.is_loading = index->is_loading;
        index->restored_from.clear();
        *has_fence = index->fences.contains(follower.fence_alias);
        if (mark->role == MarkRole::promoted) {
            follower.promotion = mark->promotion;
            *has_fence = true;
        }
        return follower;
    };
    Result<engine::FollowerIndex> follower =
        co_await link_.ask<engine::FollowerIndex>(what, std::move(serve));
    if (!follower.ok() || *has_fence) {
        co_return follower;
    }
    const Result<void> added = co_await put_fence_back(name, follower->fence_alias);
    if (!added.ok()) {
        co_return added.failure();
    }
    co_return follower;
}

// As src/es/follower_cluster.cpp: looked at before and after.
Task<Result<void>> TwoWayFollowerCluster::put_fence_back(IndexName name, std::string fence) {
    Result<void> open = co_await check_no_change(name);
    if (!open.ok()) {
        co_return open;
    }
    const auto change = [sides = &sides_, cluster = cluster_, name, fence](bool is_added) {
        TwoWayIndex* const index = sides->find(cluster, name);
        if (index == nullptr) {
            return Result<void>{Failure{FailureKind::not_found, "no such index", cluster.value()}};
        }
        if (is_added) {
            index->fences.insert(fence);
        } else {
            index->fences.erase(fence);
        }
        return Result<void>{};
    };
    const std::function<Result<void>()> add = [change] { return change(true); };
    const std::function<Result<void>()> remove = [change] { return change(false); };
    Result<void> added = co_await link_.ask<void>("put the fence back", add);
    if (!added.ok()) {
        co_return added;
    }
    open = co_await check_no_change(name);
    if (!open.ok()) {
        const Result<void> removed = co_await link_.ask<void>("take the fence away again", remove);
        (void)removed;
    }
    co_return open;
}

Task<Result<void>> TwoWayFollowerCluster::check_no_change(IndexName name) {
    auto serve = [sides = &sides_, cluster = cluster_, name]() -> Result<void> {
        const TwoWayIndex* const index = sides->find(cluster, name);
        if (index != nullptr && index->entry && index->entry->change) {
            return Failure{FailureKind::conflict, "its role is being changed", cluster.value()};
        }
        return {};
    };
    return link_.ask<void>("journal of " + name.value(), serve);
}

Task<Result<void>> TwoWayFollowerCluster::keep_held_back(IndexName name,
                                                         engine::IndexDefinition leader) {
    auto serve =
        [sides = &sides_, cluster = cluster_, name, leader = std::move(leader)]() -> Result<void> {
        TwoWayIndex* const index = sides->find(cluster, name);
        if (index == nullptr || !index->is(MarkRole::follower) ||
            index->mark()->leader_uuid != leader.index.uuid) {
            return Failure{FailureKind::conflict, "it is no follower", cluster.value()};
        }
        TwoWayMark mark = *index->mark();
        mark.holds_alias = !leader.aliases.empty();
        mark.holds_settings = !leader.settings.empty();
        const bool is_changed = mark.holds_alias != index->mark()->holds_alias ||
                                mark.holds_settings != index->mark()->holds_settings;
        if (is_changed) {
            sides->put_mark(*index, std::move(mark));
        }
        return {};
    };
    return link_.ask<void>("what is held back of " + name.value(), serve);
}

Task<Result<void>> TwoWayFollowerCluster::sync_mapping(IndexName follower,
                                                       engine::IndexDefinition leader) {
    return keep_held_back(std::move(follower), std::move(leader));
}

Task<Result<engine::MetadataOutcome>> TwoWayFollowerCluster::sync_metadata(
    engine::MetadataRequest request) {
    const Result<void> kept =
        co_await keep_held_back(request.follower_index, std::move(request.leader));
    if (!kept.ok()) {
        co_return kept.failure();
    }
    co_return engine::MetadataOutcome{};
}

Task<Result<void>> TwoWayFollowerCluster::finish_loading(IndexName follower) {
    auto serve = [sides = &sides_, cluster = cluster_, follower]() -> Result<void> {
        TwoWayIndex* const index = sides->find(cluster, follower);
        if (index == nullptr) {
            return Failure{FailureKind::not_found, "no such index", cluster.value()};
        }
        index->is_loading = false;
        return {};
    };
    return link_.ask<void>("finish loading of " + follower.value(), serve);
}

// One compare-and-set on the entry, then the mark: histories never change in these worlds, so it is
// one only for a new follower.
Task<Result<std::int64_t>> TwoWayFollowerCluster::claim_generation(
    engine::FollowerIndex follower, std::vector<HistoryUuid> histories) {
    const Result<void> open = co_await check_no_change(follower.name);
    if (!open.ok()) {
        co_return open.failure();
    }
    auto serve = [sides = &sides_,
                  cluster = cluster_,
                  follower,
                  histories = std::move(histories)]() -> Result<std::int64_t> {
        TwoWayIndex* const index = sides->find(cluster, follower.name);
        if (index == nullptr || !index->is(MarkRole::follower) ||
            (index->entry && index->entry->change)) {
            return Failure{FailureKind::conflict, "its role changes", cluster.value()};
        }
        TwoWayMark mark = *index->mark();
        if (mark.histories != histories) {
            FOLLOWD_ASSERT(mark.histories.empty());
            mark.histories = histories;
            sides->put_mark(*index, mark);
        }
        if (!index->entry || index->entry->generation != mark.generation ||
            index->entry->histories != histories) {
            TwoWayIndex::Entry entry = index->entry.value_or(TwoWayIndex::Entry{});
            entry.generation = mark.generation;
            entry.histories = histories;
            ++entry.seq_no;
            index->entry = std::move(entry);
        }
        return mark.generation;
    };
    const std::string what = "claim for " + follower.name.value();
    Result<std::int64_t> claimed = co_await link_.ask<std::int64_t>(what, std::move(serve));
    co_return claimed;
}

Task<Result<engine::FollowerIndex>> TwoWayFollowerCluster::raise_generation(
    engine::FollowerIndex /*follower*/, std::vector<SeqNo> /*through*/) {
    co_return Failure{FailureKind::refused, "nothing is repaired here", {}};
}

}  // namespace followd::sim
