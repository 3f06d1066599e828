#pragma once

#include "followd/model/ids.hpp"
#include "followd/model/mark_role.hpp"
#include "followd/model/origins.hpp"
#include "followd/model/promotion.hpp"
#include "followd/model/role_change.hpp"
#include "followd/model/shard_view.hpp"

#include "engine/role_ports.hpp"
#include "simulation/roles/two_way_shard.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// An index of either cluster: documents, the mark in its mapping, its journal, its aliases and its
/// write block. It can be turned round any number of times.

namespace followd::sim {

/// As docs/INDEX_METADATA.md has it, as far as roles are concerned.
struct TwoWayMark {
    MarkRole role = MarkRole::follower;
    ClusterName leader_cluster;
    IndexName leader_index;
    IndexUuid leader_uuid;
    std::vector<HistoryUuid> histories;
    std::int64_t generation = 0;
    std::int64_t epoch = 1;
    Origins origins;  ///< none: all of it is a copy of the leader
    std::optional<Promotion> promotion;
    bool holds_alias = false;     ///< that a write alias is put there at a promotion
    bool holds_settings = false;  ///< that settings are put there at a promotion

    [[nodiscard]] Origins whole_origins() const;
};

struct TwoWayIndex {
    /// The entry in its cluster's index .followd.
    struct Entry {
        std::int64_t generation = 0;
        std::vector<HistoryUuid> histories;
        std::optional<RoleChange> change;
        std::int64_t seq_no = 0;
    };

    ClusterName cluster;
    IndexName name;
    IndexUuid uuid;
    std::vector<TwoWayMark> marks;  ///< every one that was ever put; the last counts
    std::optional<Entry> entry;
    std::set<std::string> fences;
    bool has_write_alias = false;
    bool has_settings = false;  ///< a pipeline, a lifecycle: what no follower may have
    bool is_blocked = false;
    int blocks = 0;  ///< how often it was: none that is under way then is executed afterwards
    bool is_loading = false;
    std::string restored_from;  ///< the snapshot that it is being made from; no writes meanwhile
    bool is_restored = false;   ///< all files are there
    std::int64_t definition_version = 1;  ///< rises with settings and aliases
    std::vector<TwoWayShard> shards;

    [[nodiscard]] const TwoWayMark* mark() const { return marks.empty() ? nullptr : &marks.back(); }
    [[nodiscard]] bool is(MarkRole role) const { return mark() != nullptr && mark()->role == role; }
    [[nodiscard]] Origins origins() const {
        return mark() == nullptr ? Origins{} : mark()->whole_origins();
    }
    [[nodiscard]] std::string fence_of_epoch(std::int64_t epoch) const;
    [[nodiscard]] HistoryUuid history(std::size_t shard) const;
    [[nodiscard]] std::vector<HistoryUuid> histories() const;
    [[nodiscard]] std::optional<TwoWayShard::Document> document(const std::string& id) const;
    /// As a client that writes through the alias finds it.
    [[nodiscard]] bool takes_clients_writes() const { return has_write_alias && !is_blocked; }
    /// As a listing of roles shows it.
    [[nodiscard]] engine::RoleIndex shown() const;
    /// The mark that was read then.
    [[nodiscard]] const TwoWayMark& mark_in(const engine::RoleIndex& read) const;
};

/// `deletes`: the counter as it was a moment before the numbers.
[[nodiscard]] ShardSample sample_of(const TwoWayIndex& index,
                                    std::size_t shard,
                                    std::int64_t deletes);

}  // namespace followd::sim
