#pragma once

#include "followd/base/result.hpp"

#include "engine/index_ports.hpp"
#include "engine/task.hpp"
#include "es/dialect.hpp"
#include "es/request.hpp"
#include "es/shard_exchange.hpp"
#include "http/client.hpp"

#include <string>
#include <vector>

/// The counters of many indices at once: what the daemon polls (design.md section 9).

namespace followd::es {

/// The client must outlive it.
class IndexSampler {
public:
    IndexSampler(http::Client& client, ClusterName cluster, ShardLimits limits = {});

    /// See engine::LeaderCluster.
    [[nodiscard]] Task<Result<std::vector<engine::IndexSample>>> sample(
        std::vector<std::string> patterns);

private:
    ShardLimits limits_;
    ShardExchange exchange_;
};

}  // namespace followd::es
