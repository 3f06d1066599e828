#pragma once

#include "engine/index_ports.hpp"
#include "es/admin_exchange.hpp"
#include "es/index_sampler.hpp"
#include "http/client.hpp"

#include <string>
#include <vector>

/// The leader's cluster as a set of indices, over REST.

namespace followd::es {

/// The client and sampler must outlive it. Needs the cluster privilege `monitor` and, on the
/// indices, what privileges.hpp lists.
class RestLeaderCluster final : public engine::LeaderCluster {
public:
    RestLeaderCluster(http::Client& client, ClusterName cluster);

    [[nodiscard]] Task<Result<std::vector<engine::IndexSample>>> sample(
        std::vector<std::string> patterns) override;
    [[nodiscard]] Task<Result<std::vector<engine::LeaderIndex>>> list_indices(
        std::vector<std::string> patterns) override;
    [[nodiscard]] Task<Result<engine::IndexDefinition>> read_definition(IndexName index) override;
    [[nodiscard]] Task<Result<engine::VersionListing>> read_versions(
        std::vector<std::string> patterns, std::string known_state) override;
    [[nodiscard]] engine::FollowVerdict judge(
        const engine::IndexDefinition& definition) const override;

private:
    AdminExchange exchange_;
    IndexSampler sampler_;
};

}  // namespace followd::es
