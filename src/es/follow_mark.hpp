#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"
#include "followd/model/mark_role.hpp"
#include "followd/model/origins.hpp"
#include "followd/model/promotion.hpp"
#include "followd/model/recovery_point.hpp"

#include "es/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// `_meta.followd`: what an index knows of its own following, so that another daemon, or a
/// promotion with the leader dead, needs the index alone. docs/INDEX_METADATA.md says it for
/// people.

namespace followd::es {

/// What the leader has and a follower must not have before its promotion.
struct HeldBack {
    std::vector<std::pair<std::string, Json>> settings;  ///< flat name, value
    std::vector<std::string> write_aliases;              ///< aliases with `is_write_index`

    friend bool operator==(const HeldBack&, const HeldBack&) = default;
};

struct FollowMark {
    MarkRole role = MarkRole::follower;
    ClusterName leader_cluster;
    IndexName leader_index;
    IndexUuid leader_uuid;
    std::vector<HistoryUuid> histories;  ///< the leader's, by shard; empty until the first claim
    std::int64_t generation = 0;         ///< of those histories, index_ports.hpp
    std::int64_t epoch = 1;              ///< >= 1; named by the fence alias, rises with each role
    HeldBack held_back;
    Origins origins;                     ///< none: all of it is a copy of the leader
    std::optional<Promotion> promotion;  ///< of a promoted index
    /// Of a generation, which was restored by schedule and is never written to while it follows.
    std::optional<RecoveryPoint> recovery;
    /// Names of the leader's aliases that were put on the follower: others are people's own.
    std::vector<std::string> aliases;
    /// It was closed for the sake of settings, and whoever finds it so opens it.
    bool is_closed = false;

    friend bool operator==(const FollowMark&, const FollowMark&) = default;
};

/// What is to be written anew in a mark; the rest stays as it stands there.
struct MarkEdit {
    std::optional<HeldBack> held_back;
    std::optional<std::vector<std::string>> aliases;
    std::optional<bool> is_closed;

    [[nodiscard]] FollowMark applied_to(FollowMark mark) const;
};

[[nodiscard]] Json to_json(const FollowMark& mark);

/// The mark in a mapping, or nothing where the index has none. Strict: a schema, key or type that
/// this version does not know is `refused`, because rewriting the mark would lose it.
[[nodiscard]] Result<std::optional<FollowMark>> read_mark(const Json& mappings);
/// The mark in a mapping's `_meta`, which was read once already: there is one.
[[nodiscard]] FollowMark mark_in(const std::string& meta);

/// Whether what the mark says by shard is of an index of so many: `refused` where it is not.
/// Whoever takes origins from a mark asks this first.
[[nodiscard]] Result<void> check_shards(const FollowMark& mark, int shards);

/// What the index's documents come from, the plain case written out.
[[nodiscard]] Origins origins_of(const FollowMark& mark);

/// Puts the mark into the mapping's `_meta`, beside the keys of others.
void set_mark(Json& mappings, const FollowMark& mark);

/// The hidden alias that every write of this epoch goes through.
[[nodiscard]] std::string fence_alias_of(const IndexName& index, std::int64_t epoch);
/// Of any index and epoch.
[[nodiscard]] bool is_fence_alias(std::string_view alias);

}  // namespace followd::es
