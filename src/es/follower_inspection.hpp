#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include "engine/index_ports.hpp"
#include "es/admin_exchange.hpp"
#include "http/client.hpp"

#include <optional>

/// Looks at what stands in a follower's place, and changes nothing: for `check` and `verify`.

namespace followd::es {

/// The client must outlive it. Needs `view_index_metadata` (or `manage`) on the index.
class FollowerInspection {
public:
    FollowerInspection(http::Client& client, ClusterName cluster);

    /// The follower as its own mark describes it, or nothing where no index has that name.
    /// `conflict` where what stands there is not the follower of this leader index: the message
    /// says what it is and what to do (adoption.hpp).
    [[nodiscard]] Task<Result<std::optional<engine::FollowerIndex>>> find(
        engine::FollowerRequest request);

private:
    AdminExchange exchange_;
};

}  // namespace followd::es
