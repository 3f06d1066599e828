#pragma once

#include "engine/ports.hpp"
#include "es/dialect.hpp"
#include "es/origin_search.hpp"
#include "es/request.hpp"
#include "es/shard_exchange.hpp"
#include "http/client.hpp"

#include <cstddef>
#include <map>
#include <vector>

/// One shard of the leader's index over REST. With strips, sequence numbers are places on a line of
/// origins (origins.hpp).

namespace followd::es {

/// The client must outlive it. Calls may overlap.
class RestLeaderShard final : public engine::LeaderShard {
public:
    RestLeaderShard(http::Client& client,
                    ClusterName cluster,
                    IndexName index,
                    int shard,
                    Capabilities capabilities,
                    ShardLimits limits,
                    OriginStrips strips = {});

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
    /// The strips' documents among `ranges`, by what the last listing of the view showed and by
    /// what `_seq_no` tells.
    [[nodiscard]] std::vector<SeqNoRange> local_ranges(const std::vector<SeqNoRange>& ranges) const;
    [[nodiscard]] Task<Result<Page>> read_placed_page(PageRequest request);
    [[nodiscard]] SeqNo place_by_number(SeqNo local) const;
    [[nodiscard]] SeqNo place_of(const LiveDocument& document) const;

    IndexName index_;
    int shard_;
    std::size_t max_result_window_;
    ShardRequests requests_;
    ShardExchange exchange_;
    OriginStrips strips_;  // none: every document lies at its `_seq_no`
    OriginSearch placed_;
    // `_seq_no` by place, of what a view's listings showed of strips that versions tell.
    std::map<SeqNo, SeqNo> listed_;
};

}  // namespace followd::es
