#pragma once

#include "followd/base/result.hpp"
#include "followd/base/time.hpp"
#include "followd/model/ids.hpp"

#include "engine/control_store.hpp"
#include "engine/lost_writes.hpp"
#include "engine/promoter.hpp"
#include "engine/supervisor.hpp"
#include "engine/task.hpp"
#include "engine/turner.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// The commands that change what is followed, and which side leads: the daemon runs them for the
/// admin API, and the command line alone where no daemon answers. All may be given again.

namespace followd::engine {

/// Which followers a command is about.
struct ControlTargets {
    /// Names or patterns with *, of followers; where no follower has the name, of leader indices.
    std::vector<std::string> indices;
    bool all = false;
};

struct PromoteOptions {
    Duration drain = std::chrono::seconds{30};
    bool no_drain = false;
    bool force = false;  ///< go on where the drain could not be done
};

/// What became of one follower.
struct ControlRow {
    ClusterName cluster;  ///< of the follower
    IndexName index;      ///< its name
    /// What was done, as a sentence; with a failure, nothing more than the failure says.
    std::string what;
    std::optional<Failure> failure;
    std::optional<std::int64_t> lost_writes;  ///< of a failback or of discarded writes
    std::optional<std::string> lost_writes_file;
    std::optional<std::int64_t> missing_operations;  ///< known to be missing at a promotion
};

struct ControlReport {
    std::vector<ControlRow> rows;
    std::vector<std::string> warnings;  ///< sentences
    /// Of the command as a whole: nothing matched, a cluster could not be asked.
    std::optional<Failure> failure;
};

/// What a Control works with; outlives it. Clusters are those of the supervisor.
struct ControlPorts {
    Supervisor& supervisor;
    std::map<ClusterName, ClusterPorts> clusters;
    ShardFactory& shards;
    CheckpointStore& checkpoints;
    ControlStore& store;
    LostWritesFolder& lost_writes;
    Timers& timers;
};

class Control {
public:
    Control(boost::asio::any_io_executor executor, ControlPorts ports);

    [[nodiscard]] Task<ControlReport> pause(ControlTargets targets, Requester requester);
    [[nodiscard]] Task<ControlReport> unfollow(ControlTargets targets, Requester requester);
    /// Takes an unfollow back. A target may be a rule's name.
    [[nodiscard]] Task<ControlReport> follow(ControlTargets targets, Requester requester);
    /// Takes a pause back, or a promotion: one that was written to since only with
    /// `discard_local`, which saves those writes and takes them away.
    [[nodiscard]] Task<ControlReport> resume(ControlTargets targets,
                                             bool discard_local,
                                             Requester requester);
    [[nodiscard]] Task<ControlReport> promote(ControlTargets targets,
                                              PromoteOptions options,
                                              Requester requester);
    /// The old leaders of promoted followers follow them.
    [[nodiscard]] Task<ControlReport> failback(ControlTargets targets, Requester requester);
    /// Once they are level: the direction is turned round again. Writers wait meanwhile.
    [[nodiscard]] Task<ControlReport> switch_back(ControlTargets targets,
                                                  Duration drain,
                                                  Requester requester);
    /// What promote() or failback() would do.
    [[nodiscard]] Task<ControlReport> plan(ControlTargets targets);

private:
    /// A marked index on one side of a rule.
    struct Marked {
        FollowRule rule;      ///< as it is configured
        ClusterName cluster;  ///< of the index
        RoleIndex index;

        [[nodiscard]] bool is_away() const { return cluster == rule.follower; }
        [[nodiscard]] const ClusterName& other() const {
            return is_away() ? rule.leader : rule.follower;
        }
        [[nodiscard]] FollowerPlace place() const { return {cluster, index.name}; }
    };
    class Busy;

    [[nodiscard]] Task<std::vector<Marked>> find_marked(ControlTargets targets,
                                                        ControlReport* report);
    static void drop_former(std::vector<Marked>& found);
    [[nodiscard]] std::vector<FollowerStatus> find_followed(const ControlTargets& targets,
                                                            ControlReport& report) const;
    [[nodiscard]] Task<ControlReport> keep_intent(ControlTargets targets,
                                                  IntentKind kind,
                                                  Requester requester);
    [[nodiscard]] Task<ControlRow> undo_promotion(Marked marked,
                                                  bool discard_local,
                                                  Requester requester);
    /// Those whose role is being changed already, by their journals.
    [[nodiscard]] Task<std::set<FollowerPlace>> find_begun(std::vector<Marked> marked);
    /// Drains what can be drained; a failed row is not promoted.
    [[nodiscard]] Task<ControlRow> drain(Marked marked, PromoteOptions options, Instant until);
    [[nodiscard]] Task<Result<void>> wait_drained(FollowerPlace place,
                                                  ClusterName leader,
                                                  IndexName leader_index,
                                                  Instant until);
    [[nodiscard]] Task<std::vector<SeqNo>> applied_through(Marked marked);
    [[nodiscard]] Task<void> promote_all(std::vector<Marked> marked,
                                         Requester requester,
                                         ControlReport* report);
    [[nodiscard]] Task<ControlRow> turn(Marked leading, Requester requester);
    [[nodiscard]] Task<Result<void>> hand_over(Marked following,
                                               RoleIndex leading,
                                               Duration drain,
                                               Requester requester);
    [[nodiscard]] Task<ControlRow> switch_pair(Marked following,
                                               Duration drain,
                                               Requester requester);
    /// A promotion of it that was begun and stopped: it goes on as a follower.
    [[nodiscard]] Task<Result<void>> take_back_begun(Marked following, Requester requester);
    [[nodiscard]] Task<ControlRow> run_turn(TurnTask task);
    [[nodiscard]] TurnPorts turn_ports(const ClusterName& index, const ClusterName& leader);
    [[nodiscard]] RoleCluster& roles(const ClusterName& cluster);

    boost::asio::any_io_executor executor_;
    ControlPorts ports_;
    std::set<FollowerPlace> busy_;
};

}  // namespace followd::engine
