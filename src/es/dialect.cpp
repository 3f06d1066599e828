#include "es/dialect.hpp"

#include "es/dom_answer.hpp"
#include "es/error_decoder.hpp"
#include "es/place.hpp"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace followd::es {

namespace {

namespace dom = simdjson::dom;

constexpr std::string_view attempt = "identify the cluster";
constexpr Duration deadline = std::chrono::seconds{15};
constexpr std::size_t answer_bytes_max = 4U << 20U;

constexpr std::string_view root_target = "/";
constexpr std::string_view nodes_target =
    "/_nodes?filter_path=cluster_name,nodes.*.version,nodes.*.build_flavor";
constexpr std::string_view uuid_target =
    "/_cluster/state/version?filter_path=cluster_name,cluster_uuid";

/// "9.2.0", also "9.2.0-SNAPSHOT".
std::optional<ServerVersion> parse_version(std::string_view text) {
    ServerVersion version;
    const char* next = text.data();
    const char* const end = text.data() + text.size();
    for (int* const part : {&version.major, &version.minor, &version.patch}) {
        const auto [stopped, error] = std::from_chars(next, end, *part);
        if (error != std::errc{} || *part < 0) {
            return std::nullopt;
        }
        const bool is_last = part == &version.patch;
        if (!is_last && (stopped == end || *stopped != '.')) {
            return std::nullopt;
        }
        next = is_last ? stopped : stopped + 1;
    }
    return version;
}

std::string text_of(const ServerVersion& version) {
    return std::to_string(version.major) + '.' + std::to_string(version.minor) + '.' +
           std::to_string(version.patch);
}

PointInTimeApi point_in_time_of(const ClusterInfo& info) {
    if (info.product == Product::opensearch) {
        return info.version >= ServerVersion{2, 4, 0} ? PointInTimeApi::opensearch
                                                      : PointInTimeApi::none;
    }
    // It began as a licensed module; the last build without those was 7.10.
    const ServerVersion first =
        info.is_oss_build ? ServerVersion{7, 12, 0} : ServerVersion{7, 10, 0};
    return info.version >= first ? PointInTimeApi::elasticsearch : PointInTimeApi::none;
}

bool understands_exclude_vectors(const ServerVersion& version) {
    return version.major == 8 ? version >= ServerVersion{8, 19, 0}
                              : version >= ServerVersion{9, 1, 0};
}

}  // namespace

std::string ClusterInfo::text() const {
    const std::string_view product_name =
        product == Product::opensearch ? "OpenSearch " : "Elasticsearch ";
    return std::string(product_name) + text_of(version);
}

Capabilities capabilities_of(const ClusterInfo& info) {
    Capabilities can;
    const bool is_elasticsearch = info.product == Product::elasticsearch;
    can.point_in_time = point_in_time_of(info);
    can.exclude_vectors = is_elasticsearch && understands_exclude_vectors(info.version);
    can.search_pipeline = !is_elasticsearch && info.version >= ServerVersion{2, 8, 0};
    can.version_aggregation = is_elasticsearch && info.version >= ServerVersion{7, 11, 0};
    can.require_alias = !is_elasticsearch || info.version >= ServerVersion{7, 10, 0};
    can.hidden_alias = !is_elasticsearch || info.version >= ServerVersion{7, 7, 0};
    can.primary_preference = !is_elasticsearch;
    if (can.point_in_time == PointInTimeApi::none) {
        can.cannot_lead = info.text() +
                          " cannot lead: it has no point in time API (Elasticsearch has it from "
                          "7.10 on, its OSS builds from 7.12 on, OpenSearch from 2.4 on)";
    }
    if (!can.version_aggregation) {
        can.cannot_follow = info.text() +
                            " cannot follow: it cannot aggregate _version, and keeping by field "
                            "is not there yet (Elasticsearch 7.11 or later can)";
    }
    return can;
}

Result<ClusterInfo> decode_root(const std::string& body, std::string where) {
    dom::object answer;
    dom::object version;
    if (!parse_object(body, answer) || answer["version"].get(version) != simdjson::SUCCESS) {
        return malformed(attempt, "it has no version", std::move(where));
    }
    const std::optional<ServerVersion> number = parse_version(text_at(version, "number"));
    if (!number.has_value()) {
        return malformed(attempt, "its version is no number", std::move(where));
    }
    ClusterInfo info;
    // OpenSearch can be told to call itself Elasticsearch 7.10.2, but it keeps its tagline.
    const bool is_opensearch =
        text_at(version, "distribution") == "opensearch" ||
        text_at(answer, "tagline").find("OpenSearch") != std::string_view::npos;
    info.product = is_opensearch ? Product::opensearch : Product::elasticsearch;
    info.version = *number;
    info.name = text_at(answer, "cluster_name");
    info.uuid = text_at(answer, "cluster_uuid");
    info.is_oss_build = text_at(version, "build_flavor") == "oss";
    return info;
}

Result<ClusterInfo> decode_nodes(const std::string& body, std::string where) {
    dom::object answer;
    dom::object nodes;
    if (!parse_object(body, answer) || answer["nodes"].get(nodes) != simdjson::SUCCESS ||
        nodes.size() == 0) {
        return malformed(attempt, "it has no nodes", std::move(where));
    }
    std::optional<ClusterInfo> oldest;
    for (const dom::key_value_pair entry : nodes) {
        dom::object node;
        std::optional<ServerVersion> version;
        if (entry.value.get(node) == simdjson::SUCCESS) {
            version = parse_version(text_at(node, "version"));
        }
        if (!version.has_value()) {
            return malformed(attempt, "a node has no version", std::move(where));
        }
        if (oldest.has_value() && oldest->version <= *version) {
            continue;
        }
        ClusterInfo info;
        // Every Elasticsearch has a build flavour, no OpenSearch has.
        const std::string_view flavour = text_at(node, "build_flavor");
        info.product = flavour.empty() ? Product::opensearch : Product::elasticsearch;
        info.version = *version;
        info.name = text_at(answer, "cluster_name");
        info.is_oss_build = flavour == "oss";
        oldest = std::move(info);
    }
    FOLLOWD_ASSERT(oldest.has_value());
    return *std::move(oldest);
}

ClusterProbe::ClusterProbe(http::Client& client, ClusterName cluster)
    : client_(client), cluster_(std::move(cluster)) {}

std::string ClusterProbe::where(const http::Response& response) const {
    return Place{cluster_, {}, {}}.text(response.location);
}

Task<Result<http::Response>> ClusterProbe::get(std::string_view target) {
    http::Request request;
    request.target = target;
    request.deadline = deadline;
    request.response_bytes_max = answer_bytes_max;
    Result<http::Response> response = co_await client_.send(std::move(request));
    co_return response;
}

Task<Result<ClusterInfo>> ClusterProbe::identify() {
    Result<http::Response> root = co_await get(root_target);
    if (!root.ok()) {
        co_return std::move(root).failure();
    }
    if (root->status == 401) {
        co_return failure_of(read_error(*root), ErrorScope::request, attempt, where(*root));
    }
    Result<http::Response> nodes = co_await get(nodes_target);
    if (!nodes.ok()) {
        co_return std::move(nodes).failure();
    }
    if (root->status != 200 && nodes->status != 200) {
        co_return failure_of(read_error(*nodes), ErrorScope::request, attempt, where(*nodes));
    }
    Result<ClusterInfo> info = root->status == 200 ? decode_root(root->body, where(*root))
                                                   : decode_nodes(nodes->body, where(*nodes));
    if (!info.ok()) {
        co_return info;
    }
    if (root->status == 200 && nodes->status == 200) {
        const Result<ClusterInfo> oldest = decode_nodes(nodes->body, where(*nodes));
        if (!oldest.ok()) {
            co_return oldest.failure();
        }
        info->version = oldest.value().version;
    }
    if (!info->uuid.empty()) {
        co_return info;
    }
    Result<http::Response> state = co_await get(uuid_target);
    if (!state.ok()) {
        co_return std::move(state).failure();
    }
    if (state->status != 200) {
        co_return failure_of(read_error(*state), ErrorScope::request, attempt, where(*state));
    }
    dom::object answer;
    if (!parse_object(state->body, answer) || text_at(answer, "cluster_uuid").empty()) {
        co_return malformed(attempt, "it has no UUID", where(*state));
    }
    info->uuid = text_at(answer, "cluster_uuid");
    co_return info;
}

}  // namespace followd::es
