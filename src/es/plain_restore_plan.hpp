#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include "engine/snapshot_ports.hpp"
#include "es/json.hpp"
#include "es/stored_snapshot.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a restore that a person asks for is to do: indices of their own, no followers. Pure.

namespace followd::es {

/// Stands for the index's name in the snapshot.
inline constexpr std::string_view index_placeholder = "{{index}}";

/// An index of the snapshot and what its copy is called.
struct RestoredName {
    IndexName index;
    IndexName restored_as;

    friend bool operator==(const RestoredName&, const RestoredName&) = default;
};

/// Why this cannot say what copies are called, as the end of a sentence that begins with it;
/// nothing where it can.
[[nodiscard]] std::optional<std::string> rename_problem(std::string_view rename);

/// Whether a cluster of that release may restore it: `unavailable` while it is being taken,
/// `refused` where it failed or is of another product or a newer version.
[[nodiscard]] Result<void> judge_restorable(const StoredSnapshot& snapshot,
                                            const engine::Release& target);

/// What is to be restored, by index name. `patterns`: names and patterns of the snapshot's own
/// indices; none: all of them. Patterns do not mean the server's own indices, nor followd's.
/// `not_found` where one of them means nothing; `refused` where the snapshot has not all shards of
/// one, a copy's name cannot be, or two would have the same.
[[nodiscard]] Result<std::vector<RestoredName>> select_indices(
    const StoredSnapshot& snapshot,
    const std::vector<std::string>& patterns,
    const std::string& rename);

/// Body of the restore request for all of them. `tag`: what restore_tag (restore_plan.hpp) says of
/// each, so that they are told from indices of others.
[[nodiscard]] Json plan_plain_restore(const std::vector<RestoredName>& names,
                                      const std::string& rename,
                                      const std::string& tag);

}  // namespace followd::es
