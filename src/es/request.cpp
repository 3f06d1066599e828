#include "es/request.hpp"

#include "followd/base/assert.hpp"

#include "es/json_text.hpp"
#include "es/recovery.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace followd::es {

namespace {

// An index without any document may have no mapping at all, not even of its own fields: to sort by
// one of them is refused there unless its type is said.
constexpr std::string_view by_seq_no_sort =
    R"(,"sort":[{"_seq_no":{"order":"asc","unmapped_type":"long"}}])";

constexpr std::size_t metadata_bytes_max = 16U << 20U;
/// Ten thousand hits with the longest names, ids and routings that servers take.
constexpr std::size_t listing_bytes_max = 64U << 20U;
/// An answer of one item of a multi-get, with an error's text.
constexpr std::size_t lookup_bytes_max = 2048;
constexpr std::size_t page_bytes_min = 64U << 10U;

constexpr std::string_view stats_fields =
    "_shards,indices.*.uuid,indices.*.shards.*.routing,"
    "indices.*.shards.*.commit.user_data.history_uuid,"
    "indices.*.shards.*.seq_no.max_seq_no,indices.*.shards.*.seq_no.global_checkpoint,"
    "indices.*.shards.*.indexing.delete_total,indices.*.shards.*.docs.count,"
    "indices.*.shards.*.store.size_in_bytes";

std::string text_of(std::int64_t value) {
    return std::to_string(value);
}

std::string range_clause(const SeqNoRange& range) {
    FOLLOWD_ASSERT(!range.empty());
    std::string clause = R"({"range":{"_seq_no":{"gte":)" + text_of(range.first.value());
    if (range.last != seq_no_end) {
        clause += R"(,"lte":)" + text_of(range.last.value());
    }
    clause += "}}}";
    return clause;
}

/// As a filter: nothing is scored. Hidden children of nested documents share their parent's
/// sequence number; servers leave them out of a query as of an aggregation (tried).
std::string query_of(const std::vector<SeqNoRange>& ranges) {
    FOLLOWD_ASSERT(!ranges.empty());
    FOLLOWD_ASSERT(ranges.size() <= page_ranges_max);
    std::string query = R"("query":{"bool":{"filter":[)";
    if (ranges.size() == 1) {
        query += range_clause(ranges.front());
    } else {
        query += R"({"bool":{"should":[)";
        for (const SeqNoRange& range : ranges) {
            if (query.back() != '[') {
                query += ',';
            }
            query += range_clause(range);
        }
        query += "]}}";
    }
    query += "]}}";
    return query;
}

std::int64_t floor_to(std::int64_t value, std::int64_t interval, std::int64_t offset) {
    const std::int64_t shifted = value - offset;
    const std::int64_t rest = ((shifted % interval) + interval) % interval;
    return value - rest;
}

std::string histogram(std::string_view field,
                      std::int64_t interval,
                      std::int64_t offset,
                      const std::string& bounds) {
    return R"("aggs":{"h":{"histogram":{"field":")" + std::string(field) + R"(","interval":)" +
           text_of(interval) + R"(,"offset":)" + text_of(offset) + R"(,"min_doc_count":1)" +
           bounds + "}}}";
}

/// Histogram by `_version` of what lies at `request`'s places by `base`.
std::string version_histogram(VersionBase base, const HistogramRequest& request) {
    const std::int64_t zero = base.of_write(SeqNo{request.offset}).value();
    const std::int64_t offset = zero - floor_to(zero, request.interval, 0);
    const std::int64_t first =
        floor_to(base.of_write(request.range.first).value(), request.interval, offset);
    const std::int64_t last =
        floor_to(base.of_write(request.range.last).value(), request.interval, offset);
    // Servers compare these bounds with a bucket's key less the offset (tried), their documentation
    // says with the key: one more bucket at either side is right in both readings.
    const std::string bounds = R"(,"hard_bounds":{"min":)" + text_of(first - request.interval) +
                               R"(,"max":)" + text_of(last + request.interval) + "}";
    return histogram("_version", request.interval, offset, bounds);
}

/// A strip's documents in `ranges` of places, in their order; where versions tell the places, also
/// those between and after the ranges.
std::string strip_order(const OriginStrip& strip, const std::vector<SeqNoRange>& ranges) {
    const SeqNo first = ranges.front().first;
    if (strip.base) {
        return R"(,"sort":[{"_version":"asc"}],"search_after":[)" +
               text_of(strip.base->of_write(first.previous()).value()) + "]," +
               query_of({strip.local});
    }
    std::vector<SeqNoRange> local;
    local.reserve(ranges.size());
    for (const SeqNoRange& range : ranges) {
        local.push_back(
            SeqNoRange{std::max(SeqNo{range.first.value() - strip.zero}, strip.local.first),
                       std::min(SeqNo{range.last.value() - strip.zero}, strip.local.last)});
    }
    return std::string(by_seq_no_sort) + R"(,"search_after":[)" +
           text_of(first.previous().value() - strip.zero) + "]," + query_of(local);
}

void check_buckets(const HistogramRequest& request) {
    FOLLOWD_ASSERT(request.interval >= 1);
    FOLLOWD_ASSERT(!request.range.empty());
    FOLLOWD_ASSERT(request.range.width() / request.interval + 2 <= buckets_max);
}

}  // namespace

ShardRequests::ShardRequests(IndexName index,
                             int shard,
                             Capabilities capabilities,
                             ShardLimits limits)
    : index_(std::move(index)),
      shard_(shard),
      capabilities_(std::move(capabilities)),
      limits_(limits) {
    FOLLOWD_ASSERT(!index_.value().empty());
    FOLLOWD_ASSERT(shard_ >= 0);
    FOLLOWD_ASSERT(limits_.max_result_window > 0);
}

std::string ShardRequests::index_path(std::string_view rest) const {
    std::string path = "/" + http::encode_component(index_.value());
    path += rest;
    return path;
}

std::string ShardRequests::preference() const {
    std::string preference = "preference=_shards:" + std::to_string(shard_);
    if (capabilities_.primary_preference) {
        preference += "%7C_primary";
    }
    return preference;
}

http::Request ShardRequests::metadata(http::Method method, std::string target) const {
    http::Request request;
    request.method = method;
    request.target = std::move(target);
    request.deadline = limits_.metadata_deadline;
    request.response_bytes_max = metadata_bytes_max;
    return request;
}

http::Request ShardRequests::identity() const {
    return metadata(http::Method::get,
                    "/_cluster/state/metadata," + std::string(recovery_metric) +
                        index_path("?master_timeout=10s&filter_path=") +
                        std::string(recovery_field) +
                        ",cluster_uuid,metadata.indices.*.primary_terms,"
                        "metadata.indices.*.mapping_version,metadata.indices.*.state,"
                        "metadata.indices.*.settings.index.uuid");
}

http::Request ShardRequests::sample() const {
    return metadata(http::Method::get,
                    index_path("/_stats/docs,indexing,store?level=shards&filter_path=") +
                        std::string(stats_fields));
}

http::Request ShardRequests::refresh() const {
    http::Request request =
        metadata(http::Method::post, index_path("/_refresh?filter_path=_shards"));
    request.deadline = limits_.read_deadline;
    return request;
}

http::Request ShardRequests::copies() const {
    return metadata(http::Method::get, index_path("/_stats/docs?filter_path=_shards"));
}

http::Request ShardRequests::open_view() const {
    FOLLOWD_ASSERT(capabilities_.point_in_time != PointInTimeApi::none);
    const bool is_opensearch = capabilities_.point_in_time == PointInTimeApi::opensearch;
    std::string target = index_path(is_opensearch ? "/_search/point_in_time" : "/_pit");
    target += "?keep_alive=" + std::string(view_keep_alive) + "&" + preference();
    return metadata(http::Method::post, std::move(target));
}

http::Request ShardRequests::close_view(const ViewId& view) const {
    const bool is_opensearch = capabilities_.point_in_time == PointInTimeApi::opensearch;
    http::Request request =
        metadata(http::Method::del, is_opensearch ? "/_search/point_in_time" : "/_pit");
    const std::string id = quoted(view.value());
    request.body = is_opensearch ? R"({"pit_id":[)" + id + "]}" : R"({"id":)" + id + "}";
    request.content_type = "application/json";
    return request;
}

/// `body` is the inside of the search's object.
http::Request ShardRequests::search(const std::optional<ViewId>& view, std::string body) const {
    http::Request request;
    request.method = http::Method::post;
    std::string query = "?allow_partial_search_results=false&request_cache=false";
    if (capabilities_.search_pipeline) {
        query += "&search_pipeline=_none";
    }
    if (view.has_value()) {
        // The view names its index, and took its preference when it was opened.
        request.target = "/_search" + query;
        body += R"(,"pit":{"id":)" + quoted(view->value()) + R"(,"keep_alive":")" +
                std::string(view_keep_alive) + R"("})";
    } else {
        request.target = index_path("/_search" + query + "&" + preference());
    }
    request.body = "{" + body + "}";
    request.content_type = "application/json";
    request.deadline = limits_.read_deadline;
    request.response_bytes_max = listing_bytes_max;
    return request;
}

std::size_t ShardRequests::page_size(const PageRequest& request) const {
    FOLLOWD_ASSERT(request.operations_max > 0);
    return std::min(request.operations_max, limits_.max_result_window);
}

http::Request ShardRequests::page(const PageRequest& request) const {
    const bool by_seq_no = request.order == PageOrder::by_seq_no;
    FOLLOWD_ASSERT(by_seq_no || request.view.has_value());
    std::string body = R"("size":)" + std::to_string(page_size(request));
    body += by_seq_no ? by_seq_no_sort : R"(,"sort":[{"_doc":"asc"}])";
    if (!request.after.empty()) {
        body += R"(,"search_after":)" + request.after;
    } else if (by_seq_no) {
        // One value, here as in the cursors that follow from it: with none, a search in a view
        // sorts by a second key that nobody needs.
        body +=
            R"(,"search_after":[)" + text_of(request.ranges.front().first.previous().value()) + "]";
    }
    body += R"(,"seq_no_primary_term":true,"track_total_hits":false)";
    if (capabilities_.exclude_vectors) {
        body += R"(,"_source":{"exclude_vectors":false})";
    }
    body += "," + query_of(request.ranges);
    http::Request page = search(request.view, std::move(body));
    page.response_bytes_max = std::max(request.bytes_max, page_bytes_min);
    return page;
}

http::Request ShardRequests::count(const ViewId& view, const HistogramRequest& request) const {
    check_buckets(request);
    const std::int64_t offset = request.offset - floor_to(request.offset, request.interval, 0);
    return search(view,
                  R"("size":0,"track_total_hits":false,)" + query_of({request.range}) + "," +
                      histogram("_seq_no", request.interval, offset, ""));
}

http::Request ShardRequests::total(const ViewId& view) const {
    return search(view, R"("size":0,"track_total_hits":true)");
}

http::Request ShardRequests::list(const ViewId& view, SeqNoRange range, std::size_t size) const {
    FOLLOWD_ASSERT(size > 0 && size <= limits_.max_result_window);
    // Nothing is fetched but the sort value, which is the sequence number.
    return search(view,
                  R"("size":)" + std::to_string(size) + std::string(by_seq_no_sort) +
                      R"(,"search_after":[)" + text_of(range.first.previous().value()) +
                      R"(],"_source":false,"stored_fields":"_none_")"
                      R"(,"track_total_hits":false,)" +
                      query_of({range}));
}

http::Request ShardRequests::look_up(const std::vector<Lookup>& lookups) const {
    FOLLOWD_ASSERT(!lookups.empty());
    http::Request request;
    request.method = http::Method::post;
    // Every item keeps its place: an error, or `found`, is always left of it.
    request.target = index_path(
        "/_mget?realtime=true&_source=false"
        "&filter_path=docs.found,docs._seq_no,docs._version,docs.error.type,docs.error.reason");
    request.body = multi_get_body(lookups);
    request.content_type = "application/json";
    request.deadline = limits_.read_deadline;
    request.response_bytes_max = metadata_bytes_max + lookups.size() * lookup_bytes_max;
    return request;
}

http::Request ShardRequests::count_versions(VersionBase base,
                                            const HistogramRequest& request) const {
    check_buckets(request);
    return search(std::nullopt,
                  R"("size":0,"track_total_hits":false,)" + version_histogram(base, request));
}

http::Request ShardRequests::list_versions(Version above, std::size_t size) const {
    FOLLOWD_ASSERT(size > 0 && size <= limits_.max_result_window);
    return search(std::nullopt,
                  R"("size":)" + std::to_string(size) +
                      R"(,"sort":[{"_version":"asc"}],"search_after":[)" + text_of(above.value()) +
                      R"(],"_source":false,"track_total_hits":false)");
}

http::Request ShardRequests::page_of_versions(Version above,
                                              std::size_t size,
                                              std::size_t bytes_max) const {
    FOLLOWD_ASSERT(size > 0 && size <= limits_.max_result_window);
    std::string body = R"("size":)" + std::to_string(size) +
                       R"(,"sort":[{"_version":"asc"}],"search_after":[)" + text_of(above.value()) +
                       R"(],"seq_no_primary_term":true,"track_total_hits":false)";
    if (capabilities_.exclude_vectors) {
        body += R"(,"_source":{"exclude_vectors":false})";
    }
    http::Request page = search(std::nullopt, std::move(body));
    page.response_bytes_max = std::max(bytes_max, page_bytes_min);
    return page;
}

http::Request ShardRequests::count_strip(const std::optional<ViewId>& view,
                                         const OriginStrip& strip,
                                         const HistogramRequest& request) const {
    check_buckets(request);
    std::string body = R"("size":0,"track_total_hits":false,)";
    if (strip.base) {
        body += query_of({strip.local}) + "," + version_histogram(*strip.base, request);
        return search(view, std::move(body));
    }
    const SeqNoRange local{SeqNo{request.range.first.value() - strip.zero},
                           SeqNo{request.range.last.value() - strip.zero}};
    const std::int64_t shifted = request.offset - strip.zero;
    const std::int64_t offset = shifted - floor_to(shifted, request.interval, 0);
    body += query_of({local}) + "," + histogram("_seq_no", request.interval, offset, "");
    return search(view, std::move(body));
}

http::Request ShardRequests::list_strip(const std::optional<ViewId>& view,
                                        const OriginStrip& strip,
                                        const std::vector<SeqNoRange>& ranges,
                                        std::size_t size) const {
    FOLLOWD_ASSERT(size > 0 && size <= limits_.max_result_window);
    return search(view,
                  R"("size":)" + std::to_string(size) +
                      R"(,"_source":false,"version":true,"seq_no_primary_term":true)"
                      R"(,"track_total_hits":false)" +
                      strip_order(strip, ranges));
}

http::Request ShardRequests::page_of_strip(const OriginStrip& strip,
                                           SeqNo first,
                                           std::size_t size,
                                           std::size_t bytes_max) const {
    FOLLOWD_ASSERT(size > 0 && size <= limits_.max_result_window);
    std::string body = R"("size":)" + std::to_string(size) +
                       R"(,"seq_no_primary_term":true,"track_total_hits":false)";
    if (capabilities_.exclude_vectors) {
        body += R"(,"_source":{"exclude_vectors":false})";
    }
    http::Request page =
        search(std::nullopt, body + strip_order(strip, {SeqNoRange{first, strip.origins.last}}));
    page.response_bytes_max = std::max(bytes_max, page_bytes_min);
    return page;
}

std::string multi_get_body(const std::vector<Lookup>& lookups) {
    std::string body = R"({"docs":[)";
    for (const Lookup& lookup : lookups) {
        FOLLOWD_ASSERT(lookup.id.size() >= 2 && lookup.id.front() == '"');
        body += body.back() == '[' ? R"({"_id":)" : R"(,{"_id":)";
        body += lookup.id;
        if (!lookup.routing.empty()) {
            body += R"(,"routing":)" + lookup.routing;
        }
        body += '}';
    }
    return body + "]}";
}

http::Request sample_request(std::string_view index_list, const ShardLimits& limits) {
    http::Request request;
    request.target = "/" + std::string(index_list) +
                     "/_stats/docs,indexing,store?level=shards&ignore_unavailable=true"
                     "&expand_wildcards=open,hidden&filter_path=" +
                     std::string(stats_fields);
    request.deadline = limits.metadata_deadline;
    request.response_bytes_max = listing_bytes_max;
    return request;
}

}  // namespace followd::es
