#pragma once

#include "followd/base/result.hpp"

#include "engine/snapshot_ports.hpp"
#include "engine/task.hpp"
#include "es/admin_exchange.hpp"

/// Makes a repository of the configuration known to a cluster, over REST.

namespace followd::es {

/// The exchange must outlive it.
class RepositoryRegistration {
public:
    explicit RepositoryRegistration(AdminExchange& exchange) : exchange_(exchange) {}

    /// With the leader's cluster, which writes to it, where it is ours to register. True where that
    /// was done just now: then every node has written to it.
    [[nodiscard]] Task<Result<bool>> register_to_write(engine::RuleRepository repository);
    /// With another cluster, read-only; `conflict` where that cluster could write to it.
    [[nodiscard]] Task<Result<void>> register_to_read(engine::RuleRepository repository);

private:
    AdminExchange& exchange_;
};

}  // namespace followd::es
