#pragma once

#include "followd/core/origin_line.hpp"
#include "followd/model/index_pattern.hpp"

#include "engine/index_ports.hpp"
#include "engine/task.hpp"
#include "support/doors.hpp"
#include "support/fake_follower_shard.hpp"
#include "support/fake_ports.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Two clusters in memory behind the engine's ports of whole indices, and the store of checkpoints.
/// Every call passes the door of its name.

namespace followd::test {

struct FakeLeaderIndex {
    engine::LeaderIndex listed;
    std::string aliases;  ///< JSON, as a definition has it
    std::vector<std::unique_ptr<FakeLeaderShard>> shards;

    void set_mapping_version(std::int64_t version) {
        listed.mapping_version = version;
        for (const auto& shard : shards) {
            shard->identity.mapping_version = version;
        }
    }
};

struct FakeFollowerIndex {
    engine::FollowerIndex info;
    IndexUuid leader;  ///< which index it follows, as its mark says
    std::int64_t mapping_version = 0;
    std::optional<engine::MetadataRequest> metadata;  ///< the last that was put
    std::vector<std::unique_ptr<FakeFollowerShard>> shards;
};

class FakeLeaderCluster final : public engine::LeaderCluster {
public:
    explicit FakeLeaderCluster(Doors& doors) : doors_(doors) {}

    std::map<IndexName, FakeLeaderIndex> indices;
    std::optional<Failure> refusal;  ///< of every index
    int versions_told = 0;           ///< answers of read_versions that listed any
    std::vector<std::string> warnings;

    /// An index of that name and UUID; one that stood there is gone.
    FakeLeaderIndex& make(const std::string& name, const std::string& uuid, int shards) {
        FakeLeaderIndex index;
        index.listed.name = IndexName{name};
        index.listed.uuid = IndexUuid{uuid};
        index.listed.shards = shards;
        index.listed.settings_version = 1;
        index.listed.aliases_version = 1;
        for (int number = 0; number < shards; ++number) {
            auto shard = std::make_unique<FakeLeaderShard>();
            shard->identity.uuid = index.listed.uuid;
            shard->sample.uuid = index.listed.uuid;
            index.shards.push_back(std::move(shard));
        }
        index.set_mapping_version(1);
        return indices.insert_or_assign(IndexName{name}, std::move(index)).first->second;
    }

    [[nodiscard]] Task<Result<std::vector<engine::IndexSample>>> sample(
        std::vector<std::string> patterns) override {
        Result<void> passed = co_await doors_.pass("sample");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        std::vector<engine::IndexSample> samples;
        for (const auto& [name, index] : indices) {
            if (is_meant(index, patterns) && index.listed.state == engine::IndexState::open) {
                samples.push_back(sample_of(index));
            }
        }
        co_return samples;
    }
    [[nodiscard]] Task<Result<std::vector<engine::LeaderIndex>>> list_indices(
        std::vector<std::string> patterns) override {
        Result<void> passed = co_await doors_.pass("list_indices");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        std::vector<engine::LeaderIndex> found;
        for (const auto& [name, index] : indices) {
            if (is_meant(index, patterns)) {
                found.push_back(index.listed);
            }
        }
        co_return found;
    }
    [[nodiscard]] Task<Result<engine::IndexDefinition>> read_definition(IndexName name) override {
        Result<void> passed = co_await doors_.pass("read_definition");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        const auto index = indices.find(name);
        if (index == indices.end()) {
            co_return Failure{FailureKind::not_found, "no such index", "leader"};
        }
        engine::IndexDefinition definition;
        definition.index = index->second.listed;
        definition.aliases = index->second.aliases;
        co_return definition;
    }
    [[nodiscard]] Task<Result<engine::VersionListing>> read_versions(
        std::vector<std::string> patterns, std::string known_state) override {
        Result<void> passed = co_await doors_.pass("read_versions");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        std::vector<engine::IndexVersions> found;
        std::string state;
        for (const auto& [name, index] : indices) {
            const engine::LeaderIndex& listed = index.listed;
            if (is_meant(index, patterns)) {
                found.push_back(
                    {name,
                     {listed.mapping_version, listed.settings_version, listed.aliases_version}});
            }
            for (const auto& version : {std::optional{listed.mapping_version},
                                        listed.settings_version,
                                        listed.aliases_version}) {
                state += std::to_string(version.value_or(-1)) + " ";
            }
        }
        engine::VersionListing listing{state, std::nullopt};
        if (state != known_state) {
            ++versions_told;
            listing.indices = std::move(found);
        }
        co_return listing;
    }
    [[nodiscard]] engine::FollowVerdict judge(
        const engine::IndexDefinition& /*definition*/) const override {
        return {refusal, warnings};
    }

    [[nodiscard]] static engine::IndexSample sample_of(const FakeLeaderIndex& index) {
        engine::IndexSample sample{index.listed.name, index.listed.uuid, {}};
        for (const auto& shard : index.shards) {
            sample.shards.emplace_back(shard->sample);
        }
        return sample;
    }

private:
    static bool is_meant(const FakeLeaderIndex& index, const std::vector<std::string>& patterns) {
        return std::ranges::any_of(patterns, [&index](const std::string& pattern) {
            const auto matches = [&pattern](const std::string& name) {
                return matches_wildcard(pattern, name);
            };
            return matches(index.listed.name.value()) ||
                   std::ranges::any_of(index.listed.aliases, matches);
        });
    }

    Doors& doors_;
};

class FakeFollowerCluster final : public engine::FollowerCluster {
public:
    explicit FakeFollowerCluster(Doors& doors) : doors_(doors) {}

    std::map<IndexName, FakeFollowerIndex> indices;
    engine::MetadataOutcome metadata_outcome;  ///< of every sync
    bool makes_loading = false;                ///< what is created does not refresh by itself

    [[nodiscard]] Task<Result<engine::FollowerIndex>> prepare(
        engine::FollowerRequest request) override {
        Result<void> passed = co_await doors_.pass("prepare");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        const auto present = indices.find(request.follower_index);
        if (present == indices.end()) {
            co_return create(request);
        }
        if (present->second.leader != request.leader.index.uuid) {
            co_return Failure{FailureKind::conflict, "it follows another index", "follower"};
        }
        co_return present->second.info;
    }
    [[nodiscard]] Task<Result<void>> sync_mapping(IndexName follower,
                                                  engine::IndexDefinition leader) override {
        Result<void> passed = co_await doors_.pass("sync_mapping");
        const auto index = indices.find(follower);
        if (passed.ok() && index != indices.end()) {
            index->second.mapping_version = leader.index.mapping_version;
        }
        co_return passed;
    }
    [[nodiscard]] Task<Result<engine::MetadataOutcome>> sync_metadata(
        engine::MetadataRequest request) override {
        Result<void> passed = co_await doors_.pass("sync_metadata");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        const auto index = indices.find(request.follower_index);
        if (index != indices.end()) {
            index->second.metadata = std::move(request);
        }
        co_return metadata_outcome;
    }
    [[nodiscard]] Task<Result<void>> finish_loading(IndexName follower) override {
        Result<void> passed = co_await doors_.pass("finish_loading");
        const auto index = indices.find(follower);
        if (passed.ok() && index == indices.end()) {
            co_return Failure{FailureKind::not_found, "no such index", "follower"};
        }
        if (passed.ok()) {
            index->second.info.is_loading = false;
        }
        co_return passed;
    }
    [[nodiscard]] Task<Result<std::int64_t>> claim_generation(
        engine::FollowerIndex follower, std::vector<HistoryUuid> histories) override {
        Result<void> passed = co_await doors_.pass("claim_generation");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        const auto index = indices.find(follower.name);
        if (index == indices.end()) {
            co_return Failure{FailureKind::not_found, "no such index", "follower"};
        }
        engine::FollowerIndex& info = index->second.info;
        if (!info.histories.empty() && info.histories != histories) {
            ++info.generation;
        }
        info.histories = std::move(histories);
        co_return info.generation;
    }
    [[nodiscard]] Task<Result<engine::FollowerIndex>> raise_generation(
        engine::FollowerIndex follower, std::vector<SeqNo> through) override {
        Result<void> passed = co_await doors_.pass("raise_generation");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        const auto index = indices.find(follower.name);
        if (index == indices.end()) {
            co_return Failure{FailureKind::not_found, "no such index", "follower"};
        }
        engine::FollowerIndex& info = index->second.info;
        if (info.origins.empty()) {
            info.origins = {OriginSegment{{}, {OriginRow{index->second.leader, info.generation}}}};
        }
        std::optional<core::Raise> raised =
            core::raised({info.origins, index->second.leader, {}, std::move(through)});
        if (!raised) {
            co_return Failure{FailureKind::refused, "no more room", "follower"};
        }
        info.origins = std::move(raised->origins);
        info.generation = raised->generation;
        co_return info;
    }

private:
    engine::FollowerIndex create(const engine::FollowerRequest& request) {
        FakeFollowerIndex index;
        index.info.name = request.follower_index;
        index.info.uuid = IndexUuid{"follower-" + std::to_string(++made_)};
        index.info.is_loading = makes_loading;
        index.leader = request.leader.index.uuid;
        index.mapping_version = request.leader.index.mapping_version;
        for (int number = 0; number < request.leader.index.shards; ++number) {
            auto shard = std::make_unique<FakeFollowerShard>();
            shard->identity = {index.info.uuid, HistoryUuid{"of the follower"}, PrimaryTerm{1}};
            index.shards.push_back(std::move(shard));
        }
        engine::FollowerIndex created = index.info;
        created.created = true;
        indices.insert_or_assign(request.follower_index, std::move(index));
        return created;
    }

    Doors& doors_;
    int made_ = 0;
};

class FakeStore final : public engine::CheckpointStore {
public:
    explicit FakeStore(Doors& doors) : doors_(doors) {}

    std::map<ShardKey, Checkpoint> checkpoints;

    [[nodiscard]] Task<Result<std::optional<Checkpoint>>> load(ShardKey key) override {
        Result<void> passed = co_await doors_.pass("load");
        if (!passed.ok()) {
            co_return std::move(passed).failure();
        }
        const auto found = checkpoints.find(key);
        std::optional<Checkpoint> stored;
        if (found != checkpoints.end()) {
            stored = found->second;
        }
        co_return stored;
    }
    [[nodiscard]] Task<Result<void>> save(ShardKey key, Checkpoint checkpoint) override {
        Result<void> passed = co_await doors_.pass("save");
        if (passed.ok()) {
            checkpoints.insert_or_assign(std::move(key), std::move(checkpoint));
        }
        co_return passed;
    }
    [[nodiscard]] Task<Result<void>> forget(ShardKey any_shard) override {
        std::erase_if(checkpoints, [&any_shard](const auto& entry) {
            return entry.first.follower_index == any_shard.follower_index;
        });
        co_return Result<void>{};
    }

private:
    Doors& doors_;
};

}  // namespace followd::test
