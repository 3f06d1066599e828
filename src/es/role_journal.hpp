#pragma once

#include "followd/base/result.hpp"

#include "engine/role_ports.hpp"
#include "engine/task.hpp"
#include "es/admin_exchange.hpp"
#include "es/generation_ledger.hpp"

#include <vector>

/// The journals of role changes: a member of the ledger's entries (generation_ledger.hpp), read and
/// replaced for many indices at once.

namespace followd::es {

class RoleJournal {
public:
    RoleJournal(AdminExchange& exchange, GenerationLedger& ledger);

    /// In the order of `indices`.
    [[nodiscard]] Task<Result<std::vector<engine::ChangingIndex>>> read(
        std::vector<engine::RoleIndex> indices);
    /// See engine::RoleCluster::write_changes.
    [[nodiscard]] Task<Result<std::vector<engine::ChangingIndex>>> write(
        std::vector<engine::ChangingIndex> indices);

private:
    AdminExchange& exchange_;
    GenerationLedger& ledger_;
};

}  // namespace followd::es
