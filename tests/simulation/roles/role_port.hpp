#pragma once

#include "engine/role_ports.hpp"
#include "simulation/link.hpp"
#include "simulation/roles/sides.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

/// The steps of a change of roles as one process asks them of one cluster, each one request.

namespace followd::sim {

class TwoWayRoles final : public engine::RoleCluster {
public:
    TwoWayRoles(Sides& sides, Link& link, ClusterName cluster)
        : sides_(sides), link_(link), cluster_(std::move(cluster)) {}

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
    [[nodiscard]] Task<Result<std::vector<std::string>>> read_documents(
        IndexName index, std::vector<Lookup> lookups) override;
    [[nodiscard]] Task<Result<std::vector<std::string>>> find_missing(
        std::vector<engine::RoleIndex> indices) override;

private:
    /// `read`: as whoever asks saw it.
    using Effect = std::function<void(TwoWayIndex& index, const engine::RoleIndex& read)>;

    /// A step, on each of the indices at one moment.
    [[nodiscard]] Task<Result<void>> change(std::string what,
                                            std::vector<engine::RoleIndex> indices,
                                            Effect effect);

    Sides& sides_;
    Link& link_;
    ClusterName cluster_;
};

}  // namespace followd::sim
