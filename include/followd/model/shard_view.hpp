#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/operation.hpp"
#include "followd/model/seq_no.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

/// What one shard of the leader (or follower) tells when asked, and how it is asked.

namespace followd {

/// From the leader's cluster state, which is right at once after a failover where `_stats` is not
/// (decisions.md, "Facts to build on").
struct LeaderIdentity {
    IndexUuid uuid;
    PrimaryTerm term;
    std::int64_t mapping_version = 0;

    friend bool operator==(const LeaderIdentity&, const LeaderIdentity&) = default;
};

/// One reading of the primary's counters: `delete_total` is collected before the sequence numbers
/// of the same answer (design.md section 3).
struct ShardSample {
    IndexUuid uuid;
    HistoryUuid history;
    NodeId node;
    SeqNo global_checkpoint;
    SeqNo max_seq_no;
    std::int64_t delete_total = 0;
    std::int64_t docs_count = 0;  ///< of Lucene: nested children count too
    std::int64_t store_bytes = 0;
};

/// A point in time that was opened on the leader shard.
using ViewId = Strong<std::string, struct ViewIdTag>;

inline constexpr SeqNo seq_no_end{std::numeric_limits<std::int64_t>::max()};
inline constexpr SeqNo seq_no_least{std::numeric_limits<std::int64_t>::min()};

enum class PageOrder {
    by_seq_no,    ///< resumable by sequence number; needs no view
    by_document,  ///< as the segments lie: by far the cheapest to read; needs a view
};

/// Asks for documents whose seq_no lies in any of `ranges` (closed, ascending, disjoint; `last` may
/// be seq_no_end). At most `operations_max` of them.
struct PageRequest {
    std::optional<ViewId> view;  ///< absent: one search of its own
    std::vector<SeqNoRange> ranges;
    PageOrder order = PageOrder::by_seq_no;
    std::string after;  ///< Page::cursor of the page before; empty for the first
    std::size_t operations_max = 0;
    std::size_t bytes_max = 0;  ///< a body above this is given up: FailureKind::too_large
};

struct Page {
    OperationBatch batch;
    std::string cursor;    ///< opaque; empty where the page has no documents
    bool is_last = false;  ///< fewer documents came than were allowed
};

/// Counts per bucket of sequence numbers: bucket k holds [offset + k * interval, ... + interval).
struct HistogramRequest {
    SeqNoRange range;
    std::int64_t interval = 1;  ///< >= 1
    std::int64_t offset = 0;    ///< any; a bucket may begin before range.first
};

struct Bucket {
    SeqNo first;
    std::int64_t count = 0;
    friend bool operator==(const Bucket&, const Bucket&) = default;
};

/// A document that the follower holds. `origin` is its place on the line of origins (origins.hpp):
/// its version less base less 1, or below zero for what another space of operations made.
struct FollowerDocument {
    SeqNo origin;
    std::string id;       ///< JSON string token
    std::string routing;  ///< JSON string token or empty
    Version version{};
};

/// A document to be looked up on the leader in real time.
struct Lookup {
    std::string id;
    std::string routing;
};

/// Its current operation, or nothing where the leader has no such document.
using LookupResult = std::optional<SeqNo>;

/// One item of a bulk that was not done.
struct ItemFailure {
    std::size_t item = 0;
    Failure failure;
};

/// What became of a bulk whose answer arrived. Items in neither list were applied.
struct BulkOutcome {
    std::vector<std::size_t> conflicts;  ///< 409: there already, or newer
    std::vector<ItemFailure> failed;
};

}  // namespace followd
