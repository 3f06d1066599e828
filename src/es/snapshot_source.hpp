#pragma once

#include "engine/snapshot_ports.hpp"
#include "es/admin_exchange.hpp"
#include "es/repository_registration.hpp"
#include "http/client.hpp"

#include <string>
#include <vector>

/// The leader's cluster as the one that writes snapshots, over REST.

namespace followd::es {

/// The client must outlive it. docs/OPERATIONS.md names the privileges.
class RestSnapshotSource final : public engine::SnapshotSource {
public:
    RestSnapshotSource(http::Client& client, ClusterName cluster);

    [[nodiscard]] Task<Result<engine::Release>> read_release() override;
    [[nodiscard]] Task<Result<void>> prepare_to_write(engine::RuleRepository repository) override;
    [[nodiscard]] Task<Result<void>> begin_snapshot(engine::RuleRepository repository,
                                                    std::string snapshot,
                                                    std::vector<IndexName> indices) override;
    [[nodiscard]] Task<Result<engine::SnapshotProgress>> read_snapshot(
        engine::RuleRepository repository, std::string snapshot) override;
    [[nodiscard]] Task<Result<std::vector<std::string>>> list_snapshots(
        engine::RuleRepository repository, std::string prefix) override;
    [[nodiscard]] Task<Result<void>> delete_snapshot(engine::RuleRepository repository,
                                                     std::string snapshot) override;

private:
    http::Client& client_;
    ClusterName cluster_;
    AdminExchange exchange_;
    RepositoryRegistration registration_;
};

}  // namespace followd::es
