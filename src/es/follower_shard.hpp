#pragma once

#include "engine/ports.hpp"
#include "es/dialect.hpp"
#include "es/origin_search.hpp"
#include "es/request.hpp"
#include "es/shard_exchange.hpp"
#include "http/client.hpp"

#include <cstddef>

/// One shard of the follower's index over REST, where versions keep the leader's sequence numbers.

namespace followd::es {

/// The client must outlive it. Calls may overlap. `fence` must be a fence alias (bulk_encoder.hpp).
class RestFollowerShard final : public engine::FollowerShard {
public:
    RestFollowerShard(http::Client& client,
                      ClusterName cluster,
                      IndexName index,
                      IndexName fence,
                      int shard,
                      Capabilities capabilities,
                      ShardLimits limits,
                      OriginStrips strips = {});

    [[nodiscard]] Task<Result<FollowerIdentity>> read_identity() override;
    [[nodiscard]] Task<Result<void>> refresh() override;
    [[nodiscard]] Task<Result<std::vector<Bucket>>> count(VersionBase base,
                                                          HistogramRequest request) override;
    /// Documents of one version beyond the `limit`th are left out; ours all have different ones.
    [[nodiscard]] Task<Result<std::vector<FollowerDocument>>> list(VersionBase base,
                                                                   std::vector<SeqNoRange> ranges,
                                                                   std::size_t limit) override;
    /// One request; `is_last` where no document of the range follows.
    [[nodiscard]] Task<Result<Page>> read_documents(VersionBase base,
                                                    SeqNoRange range,
                                                    std::size_t limit,
                                                    std::size_t bytes_max) override;
    [[nodiscard]] Task<Result<BulkOutcome>> apply(Bulk bulk) override;

private:
    IndexName index_;
    IndexName fence_;
    int shard_;
    ShardLimits limits_;
    ShardRequests requests_;
    ShardExchange exchange_;
    OriginStrips strips_;  // none: a version alone tells a document's origin
    OriginSearch placed_;
};

}  // namespace followd::es
