#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include "engine/task.hpp"
#include "http/client.hpp"

#include <compare>
#include <string>
#include <string_view>

/// Which server answers, and what can be asked of it.

namespace followd::es {

enum class Product { elasticsearch, opensearch };

struct ServerVersion {
    int major = 0;
    int minor = 0;
    int patch = 0;

    friend auto operator<=>(const ServerVersion&, const ServerVersion&) = default;
};

struct ClusterInfo {
    Product product = Product::elasticsearch;
    /// The oldest node's: what it does not understand, the cluster does not.
    ServerVersion version;
    std::string name;  ///< the cluster's own
    std::string uuid;
    bool is_oss_build = false;  ///< Elasticsearch without its licensed modules

    /// "Elasticsearch 9.2.0".
    [[nodiscard]] std::string text() const;
};

enum class PointInTimeApi {
    none,
    elasticsearch,  ///< POST /{index}/_pit, DELETE /_pit
    opensearch,     ///< POST /{index}/_search/point_in_time, DELETE /_search/point_in_time
};

struct Capabilities {
    PointInTimeApi point_in_time = PointInTimeApi::none;
    /// `_source.exclude_vectors` is understood, and needed: from 9.2 on vectors are left out of
    /// `_source` by default. Servers without it refuse the key.
    bool exclude_vectors = false;
    /// The index may have a default search pipeline, which rewrites answers.
    bool search_pipeline = false;
    /// `_version` can be aggregated and sorted, which a follower's comparison needs.
    bool version_aggregation = false;
    bool require_alias = false;
    bool hidden_alias = false;
    /// `preference` may end in `|_primary`. With segment replication a refresh does not bring
    /// replicas level, so there only the primary may be read.
    bool primary_preference = false;
    /// Why the cluster cannot lead or follow; empty where it can.
    std::string cannot_lead;
    std::string cannot_follow;

    [[nodiscard]] bool can_lead() const { return cannot_lead.empty(); }
    [[nodiscard]] bool can_follow() const { return cannot_follow.empty(); }
};

[[nodiscard]] Capabilities capabilities_of(const ClusterInfo& info);

/// Asks a cluster what it is. The client must outlive it.
class ClusterProbe {
public:
    ClusterProbe(http::Client& client, ClusterName cluster);

    /// `GET /` tells the product; where it is not there (405 on bare builds) or not permitted, the
    /// nodes do, and they always tell the oldest version.
    [[nodiscard]] Task<Result<ClusterInfo>> identify();

private:
    /// `target` is a literal.
    [[nodiscard]] Task<Result<http::Response>> get(std::string_view target);
    [[nodiscard]] std::string where(const http::Response& response) const;

    http::Client& client_;
    ClusterName cluster_;
};

/// The answers of `identify`, for tests. `decode_root` reads `GET /`.
[[nodiscard]] Result<ClusterInfo> decode_root(const std::string& body, std::string where);
/// Reads `GET /_nodes` with the name of the cluster and the versions of its nodes.
[[nodiscard]] Result<ClusterInfo> decode_nodes(const std::string& body, std::string where);

}  // namespace followd::es
