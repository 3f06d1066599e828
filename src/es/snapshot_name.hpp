#pragma once

#include "es/json.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Names of snapshots: which can be, and who took a snapshot of that name. Pure.

namespace followd::es {

/// Why a snapshot cannot have this name, as the end of a sentence that begins with the name;
/// nothing where it can. The same as servers say, so that no name of a request means several
/// snapshots.
[[nodiscard]] std::optional<std::string> snapshot_name_problem(std::string_view name);

/// Names of daemons' snapshots, whose lives they decide on by themselves.
inline constexpr std::string_view daemon_prefix = "followd-";
[[nodiscard]] bool is_daemons(std::string_view snapshot);

enum class OwnerKind {
    somebody,   ///< a person, or another program
    policy,     ///< a lifecycle policy of its cluster
    bootstrap,  ///< a daemon, for followers that begin; deleted when they have
    schedule,   ///< a daemon, by a rule of `mode: snapshot`
};

[[nodiscard]] std::string_view to_string(OwnerKind kind) noexcept;

struct SnapshotOwner {
    OwnerKind kind = OwnerKind::somebody;
    std::string policy;  ///< its name
    std::string daemon;  ///< its id; empty where the name holds none
    std::string rule;    ///< of a schedule

    friend bool operator==(const SnapshotOwner&, const SnapshotOwner&) = default;
};

/// `snapshot` as a server lists it: its name, and what its metadata says.
[[nodiscard]] SnapshotOwner owner_of(const Json& snapshot);

}  // namespace followd::es
