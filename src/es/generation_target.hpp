#pragma once

#include "engine/generation_ports.hpp"
#include "es/admin_exchange.hpp"
#include "es/generation_ledger.hpp"
#include "es/generation_plan.hpp"
#include "http/client.hpp"

#include <optional>
#include <string>
#include <vector>

/// The follower's cluster as the one that shows generations to readers, over REST.

namespace followd::es {

/// The client must outlive it. Needs `manage` and `read` on the alias, on its generations and on
/// the leader's aliases; docs/OPERATIONS.md names the privileges.
class RestGenerationTarget final : public engine::GenerationTarget {
public:
    RestGenerationTarget(http::Client& client, ClusterName cluster);

    [[nodiscard]] Task<Result<std::vector<engine::Generation>>> list_generations(
        IndexName alias) override;
    [[nodiscard]] Task<Result<std::int64_t>> count_documents(IndexName index) override;
    [[nodiscard]] Task<Result<void>> show(engine::GenerationSwitch change) override;
    [[nodiscard]] Task<Result<void>> remove(engine::Generation generation) override;

private:
    [[nodiscard]] Task<Result<std::vector<FoundGeneration>>> find(IndexName alias);
    /// Nothing where it is gone; `conflict` where the name is an alias or data stream.
    [[nodiscard]] Task<Result<std::optional<FoundGeneration>>> look(IndexName index);
    /// Nothing says any more that it is being made.
    [[nodiscard]] Task<Result<void>> complete(IndexName index);
    [[nodiscard]] Task<Result<void>> move_aliases(engine::GenerationSwitch change, Json actions);
    [[nodiscard]] Task<Result<void>> refresh(IndexName index);
    /// What a search that shall see every document needs beside its index and body.
    [[nodiscard]] Task<Result<std::string>> search_options();

    http::Client& client_;
    AdminExchange exchange_;
    GenerationLedger ledger_;
    std::optional<std::string> search_options_;
};

}  // namespace followd::es
