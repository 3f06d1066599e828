#pragma once

#include "followd/base/time.hpp"
#include "followd/model/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Names of the snapshots that a rule has taken by its schedule:
/// `followd-every-DAEMONID-RULE-STAMP`, with the stamp of a generation (generation_name.hpp). Pure.

namespace followd::core {

/// Invariant: of two rules, or two daemons, neither takes the other's names for its own, nor one
/// that a person gave; a temporary snapshot of a bootstrap never has such a name.
class ScheduledSnapshotNames {
public:
    /// `daemon_id`: digits and lower-case letters, and not "every".
    ScheduledSnapshotNames(std::string_view daemon_id, const RuleName& rule);

    /// What all of them begin with. Names of other rules may, too.
    [[nodiscard]] const std::string& prefix() const { return prefix_; }
    [[nodiscard]] std::string name_of(WallTime as_of) const;
    /// Nothing where it is none of this rule's.
    [[nodiscard]] std::optional<WallTime> moment_of(std::string_view snapshot) const;

private:
    std::string prefix_;
};

}  // namespace followd::core
