#pragma once

#include "followd/core/follow_matcher.hpp"
#include "followd/core/retry.hpp"
#include "followd/model/settings.hpp"

#include "engine/holds.hpp"
#include "engine/index_follower.hpp"
#include "engine/index_ports.hpp"
#include "engine/ports.hpp"
#include "engine/task.hpp"
#include "engine/task_group.hpp"
#include "engine/version_watcher.hpp"
#include "observe/log.hpp"
#include "observe/repeat_limiter.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// Watches one leader cluster: one shared poll of its shards' counters for all indices followed
/// from it, and now and then a listing that shows indices come and go. Owns their followers.

namespace followd::engine {

class ClusterWatcher {
public:
    /// Makes the follower of a claim; whoever composes the daemon knows the other cluster.
    using MakeFollower = std::function<std::unique_ptr<IndexFollower>(
        const FollowRule& rule, const LeaderIndex& index, const IndexName& follower_index)>;
    /// A follower of one of these rules turns out to lead its leader: `index`, listed here, follows
    /// `following` on the rule's other side.
    using OnTurned = std::function<void(
        const FollowRule& rule, const LeaderIndex& index, const Following& following)>;
    /// Told this leader's claims, says which of them stand among those of all leaders.
    using Settle = std::function<core::FollowPlan(std::vector<core::FollowClaim> claims)>;

    struct Options {
        ClusterName cluster;
        std::vector<FollowRule> rules;  ///< those with this leader
        TailSettings tail;
        std::uint64_t seed = 0;
    };

    ClusterWatcher(const boost::asio::any_io_executor& executor,
                   Options options,
                   LeaderCluster& leader,
                   Timers& timers,
                   MakeFollower make_follower,
                   Settle settle,
                   OnTurned on_turned,
                   const Holds& holds);

    /// Until stop(); then joins every follower.
    [[nodiscard]] Task<void> run();
    void stop();

    void add_rule(FollowRule rule);
    /// Its followers end.
    void remove_rule(const RuleName& name);
    [[nodiscard]] const std::vector<FollowRule>& rules() const { return options_.rules; }
    /// That an index of the leader, by UUID, leads what a turned rule names: its old leader
    /// follows.
    void add_turned(const IndexUuid& leader);
    /// Looks again at what there is, soon.
    void list_soon();
    /// The follower of that place; null where there is none.
    [[nodiscard]] IndexFollower* find(const IndexPlace& place);
    /// Ends that follower, if it is there, and returns when nothing of it is under way.
    [[nodiscard]] Task<void> release(IndexPlace place);

    [[nodiscard]] std::vector<FollowerStatus> status() const;
    /// The last poll's failure; nothing while the leader answers.
    [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }

private:
    /// A rule and the leader index's name: one index may have several followers.
    using Key = std::pair<RuleName, IndexName>;
    /// What two polls of an index are compared by.
    struct Shown {
        IndexUuid uuid;
        std::int64_t movement = 0;
        friend bool operator==(const Shown&, const Shown&) = default;
    };

    [[nodiscard]] Task<void> poll();
    [[nodiscard]] Task<void> list();
    void spread(const std::vector<IndexSample>& samples, Instant began);
    void follow(const std::vector<LeaderIndex>& indices);
    void spread_versions(const std::vector<IndexVersions>& indices);
    /// `before`: the rows of the last listing, which tell since when.
    void refuse(const core::FollowClaim& claim,
                const std::string& why,
                const std::map<Key, FollowerStatus>& before);
    void start(const core::FollowClaim& claim, const LeaderIndex& index);
    /// Rules of mode snapshot have the same leaders.
    [[nodiscard]] bool is_ours(const core::FollowClaim& claim) const;
    /// Whether the rules, as they stand now, are to be asked about this index.
    [[nodiscard]] bool may_lead(const LeaderIndex& index, const FollowRule& rule) const;
    void tell_turned(const LeaderIndex& index);
    void show_held(const core::FollowClaim& claim, const Hold& hold);
    void end_follower(std::map<Key, std::unique_ptr<IndexFollower>>::iterator follower);
    /// Something of a follower of that place that was ended is under way yet.
    [[nodiscard]] bool is_ending(const IndexPlace& place) const;
    void forget_ended();
    /// Of a follower that nobody is going to complete.
    void tell_incomplete(const IndexFollower& follower);
    void failed(const Failure& failure);
    [[nodiscard]] bool is_busy(Instant now) const;
    [[nodiscard]] const FollowRule& rule(const RuleName& name) const;

    Options options_;
    LeaderCluster& leader_;
    Timers& timers_;
    MakeFollower make_follower_;
    Settle settle_;
    OnTurned on_turned_;
    const Holds& holds_;
    core::FollowMatcher matcher_;
    std::vector<std::string> patterns_;
    observe::Logger log_;
    observe::RepeatLimiter repeats_;
    core::Random random_;
    core::Backoff backoff_;

    std::map<Key, std::unique_ptr<IndexFollower>> followers_;
    std::vector<std::unique_ptr<IndexFollower>> replaced_;  // stopping; joined with the group
    std::map<Key, FollowerStatus> refused_;                 // claims that cannot stand
    std::map<Key, FollowerStatus> held_;                    // claims that are not to be followed
    std::set<IndexUuid> turned_;                            // that lead by a turned rule
    std::map<IndexName, Shown> shown_;                      // by the last poll
    Instant moved_at_{};
    Instant changed_at_{};  // indices came, went or were made anew
    Instant list_at_{};
    std::optional<Failure> failure_;
    bool stopping_ = false;
    VersionWatcher versions_;
    TaskGroup group_;
};

}  // namespace followd::engine
