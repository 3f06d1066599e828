#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Where a request went, for Failure::where.

namespace followd::es {

/// A cluster and, as far as it applies, an index and a shard of it.
struct Place {
    ClusterName cluster;
    IndexName index;  ///< empty where the request is about no single index
    std::optional<int> shard;

    /// "cluster berlin (https://es1:9200), index logs, shard 3"; `address` may be empty.
    [[nodiscard]] std::string text(std::string_view address = {}) const;
};

/// The failure, which happened at `where` unless it says so better itself.
[[nodiscard]] Failure located(Failure failure, std::string where);

}  // namespace followd::es
