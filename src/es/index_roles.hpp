#pragma once

#include "engine/role_ports.hpp"
#include "es/admin_exchange.hpp"
#include "es/follow_mark.hpp"
#include "es/generation_ledger.hpp"
#include "es/role_journal.hpp"
#include "es/role_settings.hpp"
#include "http/client.hpp"

#include <string>
#include <vector>

/// Changes of roles over REST. Whatever can be asked of many indices at once is: promoting a
/// hundred costs little more than promoting one.

namespace followd::es {

/// The client must outlive it. Needs `manage` on the indices and on `.followd`.
class RestIndexRoles final : public engine::RoleCluster {
public:
    RestIndexRoles(http::Client& client, ClusterName cluster);

    [[nodiscard]] Task<Result<std::vector<engine::RoleIndex>>> list_marked(
        std::vector<std::string> patterns) override;
    [[nodiscard]] Task<Result<engine::RoleIndex>> read_role(IndexName index) override;
    [[nodiscard]] Task<Result<std::vector<engine::ChangingIndex>>> read_changes(
        std::vector<engine::RoleIndex> indices) override;
    [[nodiscard]] Task<Result<std::vector<engine::ChangingIndex>>> write_changes(
        std::vector<engine::ChangingIndex> indices) override;
    [[nodiscard]] Task<Result<void>> remove_fences(std::vector<engine::RoleIndex> indices) override;
    [[nodiscard]] Task<Result<void>> block_writes(std::vector<engine::RoleIndex> indices) override;
    [[nodiscard]] Task<Result<void>> unblock_writes(
        std::vector<engine::RoleIndex> indices) override;
    [[nodiscard]] Task<Result<std::vector<std::vector<SeqNo>>>> read_points(
        std::vector<engine::RoleIndex> indices) override;
    [[nodiscard]] Task<Result<std::vector<HistoryUuid>>> read_histories(
        engine::RoleIndex index) override;
    [[nodiscard]] Task<Result<std::vector<std::string>>> read_documents(
        IndexName index, std::vector<Lookup> lookups) override;
    [[nodiscard]] Task<Result<std::int64_t>> read_version_highest(engine::RoleIndex index) override;
    [[nodiscard]] Task<Result<void>> mark_promoted(engine::RoleIndex index,
                                                   Origins origins,
                                                   Promotion promotion) override;
    [[nodiscard]] Task<Result<void>> mark_follower(engine::RoleIndex index,
                                                   engine::FollowerRole role) override;
    [[nodiscard]] Task<Result<std::vector<std::string>>> restore_settings(
        std::vector<engine::RoleIndex> indices) override;
    [[nodiscard]] Task<Result<void>> hold_back_settings(engine::RoleIndex index) override;
    [[nodiscard]] Task<Result<void>> add_write_aliases(
        std::vector<engine::RoleIndex> indices) override;
    [[nodiscard]] Task<Result<void>> raise_fence(engine::RoleIndex index) override;
    [[nodiscard]] Task<Result<std::vector<std::string>>> find_missing(
        std::vector<engine::RoleIndex> indices) override;

private:
    [[nodiscard]] Task<Result<void>> change_aliases(Json actions, std::string attempt);
    [[nodiscard]] Task<Result<void>> put_mark(IndexName index, std::string meta, FollowMark mark);

    http::Client& client_;
    AdminExchange exchange_;
    GenerationLedger ledger_;
    RoleJournal journal_;
    RoleSettings settings_;
};

}  // namespace followd::es
