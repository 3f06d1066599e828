#pragma once

#include "engine/index_ports.hpp"
#include "engine/ports.hpp"
#include "engine/task.hpp"
#include "simulation/leader_side.hpp"
#include "simulation/link.hpp"
#include "simulation/scene.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The leader's cluster as one process sees it through the engine's ports.

namespace followd::sim {

class LeaderClusterPort final : public engine::LeaderCluster {
public:
    LeaderClusterPort(Scene& scene, LeaderSide& side, Link& link)
        : scene_(scene), side_(side), link_(link) {}

    [[nodiscard]] Task<Result<std::vector<engine::IndexSample>>> sample(
        std::vector<std::string> patterns) override;
    [[nodiscard]] Task<Result<std::vector<engine::LeaderIndex>>> list_indices(
        std::vector<std::string> patterns) override;
    [[nodiscard]] Task<Result<engine::IndexDefinition>> read_definition(IndexName index) override;
    [[nodiscard]] Task<Result<engine::VersionListing>> read_versions(
        std::vector<std::string> patterns, std::string known_state) override;
    [[nodiscard]] engine::FollowVerdict judge(
        const engine::IndexDefinition& definition) const override;

private:
    Scene& scene_;
    LeaderSide& side_;
    Link& link_;
};

/// Where requests go: addressed by name, as the real ones, so another index may stand there one
/// day. A value: a request may be executed after its sender is gone.
struct LeaderPlace {
    Scene* scene = nullptr;
    LeaderSide* side = nullptr;
    IndexName index;
    int shard = 0;

    [[nodiscard]] LeaderIndexState* find() const { return side->find(index); }
    [[nodiscard]] LeaderShardState& shard_of(LeaderIndexState& found) const {
        return *found.shards.at(static_cast<std::size_t>(shard));
    }
    /// Why the shard cannot answer; nothing where it can.
    [[nodiscard]] std::optional<Failure> absence() const;
};

class LeaderShardPort final : public engine::LeaderShard {
public:
    LeaderShardPort(Link& link, LeaderPlace place) : link_(link), place_(std::move(place)) {}

    [[nodiscard]] Task<Result<LeaderIdentity>> read_identity() override;
    [[nodiscard]] Task<Result<ShardSample>> read_sample() override;
    [[nodiscard]] Task<Result<void>> refresh() override;
    [[nodiscard]] Task<Result<ViewId>> open_view() override;
    [[nodiscard]] Task<Result<void>> close_view(ViewId view) override;
    [[nodiscard]] Task<Result<Page>> read_page(PageRequest request) override;
    [[nodiscard]] Task<Result<std::vector<Bucket>>> count(ViewId view,
                                                          HistogramRequest request) override;
    [[nodiscard]] Task<Result<std::vector<SeqNo>>> list(ViewId view,
                                                        SeqNoRange range,
                                                        std::size_t limit) override;
    [[nodiscard]] Task<Result<std::vector<LookupResult>>> look_up(
        std::vector<Lookup> lookups) override;
    [[nodiscard]] Task<Result<std::int64_t>> count_documents(ViewId view) override;

private:
    template <class T>
    using InShard = std::function<Result<T>(LeaderIndexState& index, LeaderShardState& shard)>;
    template <class T>
    using InView = std::function<Result<T>(const test::LeaderView& view)>;

    /// What the shard answers, if there is one.
    template <class T>
    [[nodiscard]] Task<Result<T>> ask(const std::string& what, InShard<T> serve);
    template <class T>
    [[nodiscard]] Task<Result<T>> ask_view(const std::string& what, ViewId view, InView<T> serve);
    [[nodiscard]] std::string named(const std::string& what) const;

    Link& link_;
    LeaderPlace place_;
};

}  // namespace followd::sim
