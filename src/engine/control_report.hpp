#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include "engine/holds.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

/// Whom a command is about, and what became of each.

namespace followd::engine {

struct ControlTargets {
    /// Names or patterns with *, of followers; where no follower has the name, of leader indices.
    std::vector<std::string> indices;
    bool all = false;
};

/// Whether one of the names or patterns, or all, means it.
[[nodiscard]] bool is_meant(const ControlTargets& targets, const IndexName& name);

/// Those of which one of the follower's names is meant; where there are none, those whose leader
/// index is. Both functions give names.
template <class T, class Follower, class Leader>
[[nodiscard]] std::vector<T> choose(const std::vector<T>& all,
                                    const ControlTargets& targets,
                                    const Follower& follower,
                                    const Leader& leader) {
    const auto is_any_meant = [&targets](const std::vector<IndexName>& names) {
        return std::ranges::any_of(
            names, [&targets](const IndexName& name) { return is_meant(targets, name); });
    };
    std::vector<T> chosen;
    std::ranges::copy_if(
        all, std::back_inserter(chosen), [&](const T& one) { return is_any_meant(follower(one)); });
    if (chosen.empty()) {
        std::ranges::copy_if(all, std::back_inserter(chosen), [&](const T& one) {
            return is_any_meant(leader(one));
        });
    }
    return chosen;
}

/// `what` was looked for, in the singular.
[[nodiscard]] Failure nothing_matched(const ControlTargets& targets, const std::string& what);

/// What became of one follower.
struct ControlRow {
    ClusterName cluster;  ///< of the follower
    IndexName index;      ///< its name
    /// What was done, as a sentence; with a failure, nothing more than the failure says.
    std::string what;
    std::optional<Failure> failure;
    std::optional<std::int64_t> lost_writes;  ///< of a failback or of discarded writes
    std::optional<std::string> lost_writes_file;
    /// Of a promotion: the leader's operations that are known to be missing; -1: not known.
    std::optional<std::int64_t> missing_operations;
};

[[nodiscard]] ControlRow done_row(const IndexPlace& place, std::string what);
[[nodiscard]] ControlRow failed_row(const IndexPlace& place, Failure failure);

struct ControlReport {
    std::vector<ControlRow> rows;
    std::vector<std::string> warnings;  ///< sentences
    /// Of the command as a whole: nothing matched, a cluster could not be asked.
    std::optional<Failure> failure;
};

}  // namespace followd::engine
