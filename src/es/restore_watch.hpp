#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include "engine/snapshot_ports.hpp"
#include "engine/task.hpp"
#include "es/admin_exchange.hpp"
#include "es/json.hpp"

#include <string>
#include <vector>

/// How far a restore is, as the cluster that restores tells.

namespace followd::es {

struct WatchedRestore {
    engine::RestoreProgress progress;
    bool has_failed = false;  ///< for good, by progress.obstacle
};

/// The exchange must outlive it.
class RestoreWatch {
public:
    explicit RestoreWatch(AdminExchange& exchange) : exchange_(exchange) {}

    /// Of all these indices together; `not_found` where one of them is gone.
    [[nodiscard]] Task<Result<WatchedRestore>> read(std::vector<IndexName> indices);

private:
    [[nodiscard]] Task<Result<bool>> are_primaries_active(std::string list);
    /// Why a primary of these is not started, as the cluster tells it; null where it does not.
    [[nodiscard]] Task<Json> explain(std::string list);

    AdminExchange& exchange_;
};

}  // namespace followd::es
