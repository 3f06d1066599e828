#pragma once

#include "followd/core/follow_matcher.hpp"
#include "followd/model/settings.hpp"

#include "engine/cluster_watcher.hpp"
#include "engine/follower_status.hpp"
#include "engine/generation_ports.hpp"
#include "engine/holds.hpp"
#include "engine/index_ports.hpp"
#include "engine/ports.hpp"
#include "engine/recoveries.hpp"
#include "engine/recovery_status.hpp"
#include "engine/role_ports.hpp"
#include "engine/semaphore.hpp"
#include "engine/snapshot_bootstrap.hpp"
#include "engine/snapshot_recovery.hpp"
#include "engine/snapshot_taker.hpp"
#include "engine/task.hpp"
#include "engine/task_group.hpp"
#include "engine/wall_clock.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Everything that follows under one set of settings: a watcher a leader cluster, a recovery a rule
/// of mode snapshot, and the budgets that all of them share. A change of settings is a new
/// supervisor.

namespace followd::engine {

/// The adapters of one configured cluster.
struct ClusterPorts {
    LeaderCluster* leader = nullptr;
    FollowerCluster* follower = nullptr;
    RoleCluster* roles = nullptr;
    SnapshotSource* snapshot_source = nullptr;
    SnapshotTarget* snapshot_target = nullptr;
    GenerationTarget* generations = nullptr;
};

/// What snapshots need beside the settings. Without a part of it, rules of mode snapshot are not
/// carried out, and say so.
struct SnapshotContext {
    std::string daemon_id;  ///< of this daemon's state file; empty: every follower begins by stream
    std::map<RepositoryName, std::string> tokens;  ///< secret
    WallClock clock{};                             ///< for schedules
};

struct ClusterStatus {
    ClusterName name;
    std::optional<Failure> failure;  ///< why its last poll as a leader failed
};

class Supervisor {
public:
    /// `clusters` holds every cluster that a rule names. All referred to outlives the supervisor.
    Supervisor(boost::asio::any_io_executor executor,
               Settings settings,
               std::map<ClusterName, ClusterPorts> clusters,
               ShardFactory& shards,
               CheckpointStore& store,
               Timers& timers,
               std::uint64_t seed,
               Holds holds = {},
               SnapshotContext snapshots = {});

    /// Until stop(); returns when nothing is under way.
    [[nodiscard]] Task<void> run();
    void stop();

    /// Holds a place back from now on: whatever follows there has ended when this returns.
    [[nodiscard]] Task<void> hold(IndexPlace place, Hold hold);
    /// The rules decide about the place again.
    void release(const IndexPlace& place);
    [[nodiscard]] const Holds& holds() const { return holds_; }
    /// Who follows there now; null where nobody does. Until the next await.
    [[nodiscard]] IndexFollower* find(const IndexPlace& place);
    /// Rules that came, went or changed; what is followed by others is not touched.
    void apply_rules(std::vector<FollowRule> rules);
    [[nodiscard]] const Settings& settings() const { return settings_; }

    [[nodiscard]] std::vector<FollowerStatus> followers() const;
    [[nodiscard]] std::vector<ClusterStatus> clusters() const;
    /// One a rule of mode snapshot.
    [[nodiscard]] std::vector<RecoveryRuleStatus> recoveries() const;

private:
    ClusterWatcher& make_watcher(const ClusterName& leader);
    [[nodiscard]] std::unique_ptr<IndexFollower> make_follower(const FollowRule& rule,
                                                               const LeaderIndex& index,
                                                               const IndexName& follower_index);
    /// Nothing where the rule's followers begin by stream.
    [[nodiscard]] std::optional<SnapshotPorts> snapshots_of(const FollowRule& rule);
    [[nodiscard]] Result<std::unique_ptr<SnapshotRecovery>> make_recovery(const FollowRule& rule);
    [[nodiscard]] RuleRepository repository_of(const FollowRule& rule,
                                               const RepositorySettings& settings) const;
    void add_rule(const FollowRule& rule);
    void remove_rule(const FollowRule& rule);
    void turned(const FollowRule& rule, const LeaderIndex& index, const Following& following);
    /// Whose claims they are: those of a leader's rules of mode history together, with an empty
    /// name, or of one rule of mode snapshot.
    using Claimant = std::pair<ClusterName, RuleName>;
    [[nodiscard]] core::FollowPlan settle(const Claimant& claimant,
                                          std::vector<core::FollowClaim> claims);

    boost::asio::any_io_executor executor_;
    Settings settings_;
    std::map<ClusterName, ClusterPorts> clusters_;
    ShardFactory& shards_;
    CheckpointStore& store_;
    Timers& timers_;
    core::Random random_;
    Semaphore memory_;
    Semaphore starts_;
    std::map<ClusterName, Semaphore> write_slots_;  // by follower cluster
    std::map<Claimant, std::vector<core::FollowClaim>> claims_;
    Holds holds_;
    SnapshotContext snapshot_context_;
    std::map<std::pair<ClusterName, RepositoryName>, SnapshotTaker> takers_;
    std::map<ClusterName, std::unique_ptr<ClusterWatcher>> watchers_;
    Recoveries recoveries_;
    bool is_running_ = false;
    bool is_stopping_ = false;
    TaskGroup group_;
};

}  // namespace followd::engine
