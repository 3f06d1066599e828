#pragma once

#include "followd/base/time.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/origins.hpp"
#include "followd/model/shard_view.hpp"

#include "es/dialect.hpp"
#include "http/message.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Every request that followd sends about a shard; docs/PROTOCOL.md shows each. Writing is in
/// bulk_encoder.hpp.

namespace followd::es {

struct ShardLimits {
    /// `index.max_result_window`: no search may ask for more hits.
    std::size_t max_result_window = 10000;
    Duration metadata_deadline = std::chrono::seconds{15};
    Duration read_deadline = std::chrono::seconds{60};
    Duration write_deadline = std::chrono::seconds{90};
};

/// Buckets that one histogram may come to: below the servers' `search.max_buckets`.
inline constexpr std::int64_t buckets_max = 65000;

/// Ranges that one page may ask for: each is a clause, and servers take 1024.
inline constexpr std::size_t page_ranges_max = 1000;

/// How long a point in time may lie unused before the server drops it.
inline constexpr std::string_view view_keep_alive = "2m";

/// Builds the requests about one shard of an index. A value.
class ShardRequests {
public:
    ShardRequests(IndexName index, int shard, Capabilities capabilities, ShardLimits limits);

    /// Hits that one search may ask for.
    [[nodiscard]] std::size_t window() const { return limits_.max_result_window; }

    /// Primary terms, mapping version, UUID and state, from the master.
    [[nodiscard]] http::Request identity() const;
    /// Counters of every shard of the index. A closed index is an error.
    [[nodiscard]] http::Request sample() const;
    [[nodiscard]] http::Request refresh() const;
    /// Only how many copies of the index's shards are in service.
    [[nodiscard]] http::Request copies() const;

    [[nodiscard]] http::Request open_view() const;
    [[nodiscard]] http::Request close_view(const ViewId& view) const;
    [[nodiscard]] http::Request page(const PageRequest& request) const;
    /// What `page` asks for at most: operations_max within the index's window.
    [[nodiscard]] std::size_t page_size(const PageRequest& request) const;

    /// Leader: documents by `_seq_no`, exactly those in the range.
    [[nodiscard]] http::Request count(const ViewId& view, const HistogramRequest& request) const;
    [[nodiscard]] http::Request total(const ViewId& view) const;
    /// Leader: the first `size` of the range.
    [[nodiscard]] http::Request list(const ViewId& view, SeqNoRange range, std::size_t size) const;
    [[nodiscard]] http::Request look_up(const std::vector<Lookup>& lookups) const;

    /// Follower: documents by `_version`. There is no range on it: the outermost buckets count
    /// documents beyond the range, and there may be a bucket more at either side.
    [[nodiscard]] http::Request count_versions(VersionBase base,
                                               const HistogramRequest& request) const;
    /// Follower: the first `size` documents above a version.
    [[nodiscard]] http::Request list_versions(Version above, std::size_t size) const;
    /// Follower: the same documents with their sources.
    [[nodiscard]] http::Request page_of_versions(Version above,
                                                 std::size_t size,
                                                 std::size_t bytes_max) const;

    /// One strip of a line (origin_search.hpp), in `view` or without one. Buckets as in
    /// count_versions where the strip is told by version.
    [[nodiscard]] http::Request count_strip(const std::optional<ViewId>& view,
                                            const OriginStrip& strip,
                                            const HistogramRequest& request) const;
    /// The first `size` documents of `ranges` of places, with ids, versions and sequence numbers;
    /// where versions tell the places, also of what lies between and after the ranges.
    [[nodiscard]] http::Request list_strip(const std::optional<ViewId>& view,
                                           const OriginStrip& strip,
                                           const std::vector<SeqNoRange>& ranges,
                                           std::size_t size) const;
    /// The same from a place on, with their sources.
    [[nodiscard]] http::Request page_of_strip(const OriginStrip& strip,
                                              SeqNo first,
                                              std::size_t size,
                                              std::size_t bytes_max) const;

private:
    [[nodiscard]] http::Request search(const std::optional<ViewId>& view, std::string body) const;
    [[nodiscard]] std::string index_path(std::string_view rest) const;
    [[nodiscard]] std::string preference() const;
    [[nodiscard]] http::Request metadata(http::Method method, std::string target) const;

    IndexName index_;
    int shard_;
    Capabilities capabilities_;
    ShardLimits limits_;
};

/// Of a multi-get: every document by id and, where it has one, routing.
[[nodiscard]] std::string multi_get_body(const std::vector<Lookup>& lookups);

/// Counters of the shards of many indices; missing and closed ones are left out of the answer.
/// `expression` is encoded already.
[[nodiscard]] http::Request sample_request(std::string_view index_list, const ShardLimits& limits);

}  // namespace followd::es
