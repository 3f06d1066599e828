#pragma once

#include "followd/model/origins.hpp"

#include "engine/ports.hpp"
#include "simulation/follower_side.hpp"
#include "simulation/link.hpp"
#include "simulation/roles/sides.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// A shard of either side as one process sees it, with documents at their places on the line of
/// origins as the adapters have them (src/es/origin_search.hpp).

namespace followd::sim {

/// Where requests go. A value: a request may be executed after its sender is gone.
struct ShardPlace {
    Sides* sides = nullptr;
    ClusterName cluster;
    IndexName index;
    std::size_t shard = 0;
    OriginStrips strips;

    [[nodiscard]] TwoWayIndex* find() const { return sides->find(cluster, index); }
    [[nodiscard]] Failure absence() const {
        return {FailureKind::not_found, "no such index", cluster.value() + "/" + index.value()};
    }
    [[nodiscard]] std::string named(const std::string& what) const {
        return index.value() + "[" + std::to_string(shard) + "] " + what;
    }
};

class TwoWayLeaderShard final : public engine::LeaderShard {
public:
    TwoWayLeaderShard(Scene& scene, Link& link, ShardPlace place)
        : scene_(scene), link_(link), place_(std::move(place)) {}

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
    using InShard = std::function<Result<T>(TwoWayIndex& index, TwoWayShard& shard)>;
    template <class T>
    using InView = std::function<Result<T>(const TwoWayShard::View& view)>;

    template <class T>
    [[nodiscard]] Task<Result<T>> ask(const std::string& what, InShard<T> serve);
    template <class T>
    [[nodiscard]] Task<Result<T>> ask_view(const std::string& what, ViewId view, InView<T> serve);
    Scene& scene_;
    Link& link_;
    ShardPlace place_;
    std::map<std::int64_t, std::int64_t> listed_;  // place -> number, of the last view's listings
};

class TwoWayFollowerShard final : public engine::FollowerShard {
public:
    /// Writes through the alias `fence`.
    TwoWayFollowerShard(Scene& scene, Link& link, ShardPlace place, std::string fence)
        : scene_(scene), link_(link), place_(std::move(place)), fence_(std::move(fence)) {}

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
    template <class T>
    using InShard = std::function<Result<T>(TwoWayShard& shard)>;

    template <class T>
    [[nodiscard]] Task<Result<T>> ask(const std::string& what, InShard<T> serve);

    Scene& scene_;
    Link& link_;
    ShardPlace place_;
    std::string fence_;
};

}  // namespace followd::sim
