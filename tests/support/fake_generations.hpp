#pragma once

#include "followd/model/generation_name.hpp"

#include "engine/generation_ports.hpp"
#include "engine/task.hpp"
#include "support/doors.hpp"
#include "support/fake_clusters.hpp"
#include "support/fake_roles.hpp"
#include "support/fake_snapshots.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The follower's cluster as the one that shows generations: indices and their marks are those of a
/// FakeRoleCluster, what is half restored stands in a FakeSnapshotTarget. It refuses what a real
/// one would, and a test that asks for what nobody may do fails.

namespace followd::test {

inline std::int64_t count_of(const std::vector<FakeShardSnapshot>& shards) {
    std::int64_t documents = 0;
    for (const FakeShardSnapshot& shard : shards) {
        documents += std::ssize(shard.documents);
    }
    return documents;
}

class FakeGenerationTarget final : public engine::GenerationTarget {
public:
    FakeGenerationTarget(Doors& doors, FakeRoleCluster& roles, FakeSnapshotTarget& target)
        : doors_(doors), roles_(roles), target_(target) {
        target_.is_taken = [this](const IndexName& name) { return roles_.indices.contains(name); };
        target_.on_generation = [this](const engine::FollowerRequest& request,
                                       const FakeSnapshotTarget::Restored& restored) {
            take_over(request, restored);
        };
    }

    std::map<IndexName, std::vector<FakeShardSnapshot>> documents;
    std::map<IndexName, std::string> aliases;  ///< the leader's, of those that were ever shown
    std::vector<std::string> shown;            ///< each that the alias was moved to
    std::vector<std::string> removed;
    std::int64_t miscounted = 0;  ///< added to every count

    [[nodiscard]] Task<Result<std::vector<engine::Generation>>> list_generations(
        IndexName alias) override {
        Result<void> passed = co_await doors_.pass("generations.list_generations");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        if (roles_.indices.contains(alias)) {
            co_return Failure{FailureKind::conflict, "an index has the alias's name", "far"};
        }
        std::vector<engine::Generation> found;
        for (const auto& [name, index] : roles_.indices) {
            const bool is_shown = has_alias(index, alias);
            if (is_generation_of(name, alias)) {
                found.push_back(generation_of(index, is_shown));
            } else if (is_shown) {
                co_return Failure{FailureKind::conflict, "the alias shows " + name.value(), "far"};
            }
        }
        for (const auto& [name, restored] : target_.restored) {
            if (is_generation_of(name, alias)) {
                engine::Generation half;
                half.index = name;
                half.uuid = restored.uuid;
                half.snapshot = restored.snapshot;
                found.push_back(std::move(half));
            }
        }
        co_return found;
    }
    [[nodiscard]] Task<Result<std::int64_t>> count_documents(IndexName index) override {
        Result<void> passed = co_await doors_.pass("generations.count_documents");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        const auto restored = target_.restored.find(index);
        if (restored != target_.restored.end()) {
            co_return count_of(restored->second.shards) + miscounted;
        }
        co_return Failure{FailureKind::not_found, "no such index", "far"};
    }
    [[nodiscard]] Task<Result<void>> show(engine::GenerationSwitch change) override {
        Result<void> passed = co_await doors_.pass("generations.show");
        if (!passed.ok()) {
            co_return passed;
        }
        const auto to = roles_.indices.find(change.to.index);
        if (to == roles_.indices.end() || !is_whole(to->second)) {
            ADD_FAILURE() << change.to.index.value() << " is not whole, and was to be shown";
            co_return Failure{FailureKind::conflict, "it is not marked", "far"};
        }
        for (const auto& [name, index] : roles_.indices) {
            const bool is_expected = std::ranges::find(change.from, name) != change.from.end();
            if (has_alias(index, change.alias) && name != change.to.index &&
                (!is_expected || !is_whole(index))) {
                co_return Failure{FailureKind::conflict, "another is shown by now", "far"};
            }
        }
        for (auto& [name, index] : roles_.indices) {
            std::erase(index.role.alias_names, change.alias.value());
        }
        to->second.role.alias_names.push_back(change.alias.value());
        aliases.insert_or_assign(change.to.index, change.aliases);
        shown.push_back(change.to.index.value());
        co_return Result<void>{};
    }
    [[nodiscard]] Task<Result<void>> remove(engine::Generation generation) override {
        Result<void> passed = co_await doors_.pass("generations.remove");
        if (!passed.ok()) {
            co_return passed;
        }
        const auto found = roles_.indices.find(generation.index);
        if (found == roles_.indices.end()) {
            co_return Result<void>{};
        }
        const IndexName alias{parse_generation_name(generation.index.value())->alias};
        if (!is_whole(found->second) || has_alias(found->second, alias)) {
            ADD_FAILURE() << generation.index.value() << " must stay, and was to be removed";
            co_return Failure{FailureKind::conflict, "it must stay", "far"};
        }
        roles_.indices.erase(found);
        removed.push_back(generation.index.value());
        co_return Result<void>{};
    }

private:
    static bool is_generation_of(const IndexName& index, const IndexName& alias) {
        const std::optional<GenerationName> name = parse_generation_name(index.value());
        return name && name->alias == alias.value();
    }
    static bool has_alias(const FakeRoleIndex& index, const IndexName& alias) {
        const std::vector<std::string>& names = index.role.alias_names;
        return std::ranges::find(names, alias.value()) != names.end();
    }
    static bool is_whole(const FakeRoleIndex& index) {
        return index.role.role == MarkRole::follower && index.role.recovery;
    }
    static engine::Generation generation_of(const FakeRoleIndex& index, bool is_shown) {
        engine::Generation generation;
        generation.index = index.role.name;
        generation.uuid = index.role.uuid;
        generation.role = index.role.role;
        generation.leader_cluster = index.role.leader_cluster;
        generation.leader_index = index.role.leader_index;
        generation.leader_uuid = index.role.leader_uuid;
        generation.point = index.role.recovery;
        generation.has_alias = is_shown;
        return generation;
    }
    void take_over(const engine::FollowerRequest& request,
                   const FakeSnapshotTarget::Restored& restored) {
        const engine::LeaderIndex& leader = request.leader.index;
        FakeRoleIndex& index = roles_.make_follower(request.follower_index.value(),
                                                    restored.uuid.value(),
                                                    leader.name.value(),
                                                    leader.shards);
        index.role.leader_uuid = leader.uuid;
        index.role.recovery = request.recovery;
        index.role.is_write_blocked = true;
        index.has_fence = false;
        documents.insert_or_assign(request.follower_index, restored.shards);
    }

    Doors& doors_;
    FakeRoleCluster& roles_;
    FakeSnapshotTarget& target_;
};

/// The leader's cluster, of which only a count is asked.
class FakeDocumentCounter final : public engine::GenerationTarget {
public:
    FakeDocumentCounter(Doors& doors, FakeLeaderCluster& leader) : doors_(doors), leader_(leader) {}

    [[nodiscard]] Task<Result<std::vector<engine::Generation>>> list_generations(
        IndexName /*alias*/) override {
        ADD_FAILURE() << "the leader shows no generations";
        co_return std::vector<engine::Generation>{};
    }
    [[nodiscard]] Task<Result<std::int64_t>> count_documents(IndexName index) override {
        Result<void> passed = co_await doors_.pass("leader.count_documents");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        const auto found = leader_.indices.find(index);
        if (found == leader_.indices.end()) {
            co_return Failure{FailureKind::not_found, "no such index", "near"};
        }
        std::int64_t documents = 0;
        for (const auto& shard : found->second.shards) {
            documents += std::ssize(shard->documents);
        }
        co_return documents;
    }
    [[nodiscard]] Task<Result<void>> show(engine::GenerationSwitch /*change*/) override {
        ADD_FAILURE() << "the leader shows no generations";
        co_return Result<void>{};
    }
    [[nodiscard]] Task<Result<void>> remove(engine::Generation /*generation*/) override {
        ADD_FAILURE() << "nothing is removed from the leader";
        co_return Result<void>{};
    }

private:
    Doors& doors_;
    FakeLeaderCluster& leader_;
};

}  // namespace followd::test
