#pragma once

#include "engine/index_ports.hpp"
#include "engine/ports.hpp"
#include "engine/task.hpp"
#include "simulation/follower_side.hpp"
#include "simulation/link.hpp"
#include "simulation/scene.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

/// The follower's cluster as one process sees it through the engine's ports.

namespace followd::sim {

class FollowerClusterPort final : public engine::FollowerCluster {
public:
    FollowerClusterPort(FollowerSide& side, Link& link) : side_(side), link_(link) {}

    [[nodiscard]] Task<Result<engine::FollowerIndex>> prepare(
        engine::FollowerRequest request) override;
    [[nodiscard]] Task<Result<void>> sync_mapping(IndexName follower,
                                                  engine::IndexDefinition leader) override;
    [[nodiscard]] Task<Result<engine::MetadataOutcome>> sync_metadata(
        engine::MetadataRequest request) override;
    [[nodiscard]] Task<Result<void>> finish_loading(IndexName follower) override;
    [[nodiscard]] Task<Result<std::int64_t>> claim_generation(
        engine::FollowerIndex follower, std::vector<HistoryUuid> histories) override;
    [[nodiscard]] Task<Result<engine::FollowerIndex>> raise_generation(
        engine::FollowerIndex follower, std::vector<SeqNo> through) override;

private:
    FollowerSide& side_;
    Link& link_;
};

class FollowerShardPort final : public engine::FollowerShard {
public:
    FollowerShardPort(Scene& scene, FollowerSide& side, Link& link, IndexName index, int shard)
        : scene_(scene), side_(side), link_(link), index_(std::move(index)), shard_(shard) {}

    [[nodiscard]] Task<Result<FollowerIdentity>> read_identity() override;
    [[nodiscard]] Task<Result<void>> refresh() override;
    [[nodiscard]] Task<Result<std::vector<Bucket>>> count(VersionBase base,
                                                          HistogramRequest request) override;
    [[nodiscard]] Task<Result<std::vector<FollowerDocument>>> list(VersionBase base,
                                                                   std::vector<SeqNoRange> ranges,
                                                                   std::size_t limit) override;
    [[nodiscard]] Task<Result<Page>> read_documents(VersionBase base,
                                                    SeqNoRange range,
                                                    std::size_t limit,
                                                    std::size_t bytes_max) override;
    [[nodiscard]] Task<Result<BulkOutcome>> apply(Bulk bulk) override;

private:
    /// What the copy answers, if there is one.
    template <class T>
    [[nodiscard]] Task<Result<T>> ask(const std::string& what,
                                      std::function<Result<T>(test::FollowerCopy& copy)> serve);
    [[nodiscard]] std::string named(const std::string& what) const;

    Scene& scene_;
    FollowerSide& side_;
    Link& link_;
    IndexName index_;
    int shard_;
};

}  // namespace followd::sim
