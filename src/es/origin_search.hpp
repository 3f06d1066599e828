#pragma once

#include "followd/model/origins.hpp"
#include "followd/model/shard_view.hpp"

#include "engine/task.hpp"
#include "es/listing_decoder.hpp"
#include "es/request.hpp"
#include "es/shard_exchange.hpp"

#include <cstddef>
#include <optional>
#include <vector>

/// Counts, lists and reads the documents of one shard by their places on a line of origins, strip
/// by strip (origins.hpp). A plain line is searched without this.

namespace followd::es {

/// A document and its place.
struct PlacedDocument {
    SeqNo origin;
    StripDocument document;
};

/// How many documents a search by version asks for, which cannot leave out what lies between the
/// ranges (ascending, not none) that are looked for: so many that it reaches through those near the
/// first one.
[[nodiscard]] std::size_t listed_at_once(std::size_t limit, const std::vector<SeqNoRange>& ranges);

/// A value; the exchange must outlive it.
class OriginSearch {
public:
    OriginSearch(ShardRequests requests, ShardExchange& exchange, OriginStrips strips);

    /// Non-empty buckets, ascending.
    [[nodiscard]] Task<Result<std::vector<Bucket>>> count(std::optional<ViewId> view,
                                                          HistogramRequest request);
    /// At most `limit` in any of `ranges` (ascending, disjoint), ascending by place.
    [[nodiscard]] Task<Result<std::vector<PlacedDocument>>> list(std::optional<ViewId> view,
                                                                 std::vector<SeqNoRange> ranges,
                                                                 std::size_t limit);
    /// At most `limit` whole documents without a view, ascending by place, which stands in
    /// Operation::seq_no.
    [[nodiscard]] Task<Result<Page>> read(SeqNoRange range,
                                          std::size_t limit,
                                          std::size_t bytes_max);

    /// The place of a document, or nothing where the line has none for it.
    [[nodiscard]] std::optional<SeqNo> place_of(SeqNo local, Version version) const;

private:
    [[nodiscard]] Task<Result<std::vector<PlacedDocument>>> list_strip(
        std::optional<ViewId> view,
        OriginStrip strip,
        std::vector<SeqNoRange> ranges,
        std::size_t limit);

    ShardRequests requests_;
    ShardExchange& exchange_;
    OriginStrips strips_;
};

}  // namespace followd::es
