#pragma once

#include "followd/model/ids.hpp"
#include "followd/model/schedule.hpp"

#include <string>
#include <utility>
#include <vector>

/// One follow rule of the configuration.

namespace followd {

/// What becomes of a follower whose leader index was deleted.
enum class OnLeaderDelete {
    keep,     ///< it stays as it is, a follower without a leader
    promote,  ///< it is made an index of its own
};

/// How a follower index gets its first documents (design.md section 7).
enum class Bootstrap {
    automatic,  ///< from a snapshot where that can be, else by stream
    snapshot,   ///< from a snapshot of the leader, or not at all
    stream,     ///< document by document
};

/// How a follower is kept like its leader (decisions.md, "Words").
enum class FollowMode {
    history,   ///< operation by operation
    snapshot,  ///< restored whole, as one generation after another, by a schedule
};

struct FollowRule {
    RuleName name;
    ClusterName leader;
    ClusterName follower;
    /// Index patterns with `*`; those that begin with '-' exclude, whatever the order
    /// (decisions.md, "Roles and ownership").
    std::vector<std::string> indices;
    /// The follower index's name, with `{{leader_index}}` standing for the leader's. In mode
    /// snapshot that of an alias, which shows one generation (generation_name.hpp).
    std::string follow_index_pattern = "{{leader_index}}";
    /// Index settings that the follower gets instead of the leader's: flat name -> value as JSON.
    std::vector<std::pair<std::string, std::string>> settings;
    /// A follower index may be closed for a moment, to be given settings that no open one takes.
    bool allow_close = false;
    OnLeaderDelete on_leader_delete = OnLeaderDelete::keep;
    Bootstrap bootstrap = Bootstrap::automatic;
    RepositoryName repository;  ///< for snapshots; empty: none
    FollowMode mode = FollowMode::history;
    Schedule every;              ///< mode snapshot: when a new generation is made
    int snapshots_to_keep = 24;  ///< mode snapshot: the newest so many stay in the repository
    /// Turned round by a failback: `leader` and `follower` are exchanged, patterns and names still
    /// say what they say in the configuration. No key of it.
    bool is_turned = false;

    friend bool operator==(const FollowRule&, const FollowRule&) = default;
};

/// The same indices the other way.
[[nodiscard]] FollowRule turned_round(FollowRule rule);

}  // namespace followd
