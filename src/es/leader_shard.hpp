#pragma once

#include "engine/ports.hpp"
#include "es/dialect.hpp"
#include "es/request.hpp"
#include "es/shard_exchange.hpp"
#include "http/client.hpp"

#include <cstddef>

/// One shard of the leader's index over REST.

namespace followd::es {

/// The client must outlive it. Calls may overlap.
class RestLeaderShard final : public engine::LeaderShard {
public:
    RestLeaderShard(http::Client& client,
                    ClusterName cluster,
                    IndexName index,
                    int shard,
                    Capabilities capabilities,
                    ShardLimits limits);

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
    IndexName index_;
    int shard_;
    std::size_t max_result_window_;
    ShardRequests requests_;
    ShardExchange exchange_;
};

}  // namespace followd::es
