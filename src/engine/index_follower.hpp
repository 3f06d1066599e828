#pragma once

#include "followd/core/retry.hpp"
#include "followd/model/follow_rule.hpp"
#include "followd/model/settings.hpp"

#include "engine/follower_status.hpp"
#include "engine/index_ports.hpp"
#include "engine/metadata_sync.hpp"
#include "engine/ports.hpp"
#include "engine/semaphore.hpp"
#include "engine/shard_follower.hpp"
#include "engine/snapshot_bootstrap.hpp"
#include "engine/task.hpp"
#include "engine/task_group.hpp"
#include "observe/log.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// One followed index: makes or adopts its follower, runs its shards, keeps its definition level,
/// and begins anew when the leader's past turns out to be another one. One worker thread.

namespace followd::engine {

/// What an index follower works with. All of it outlives the follower.
struct IndexPorts {
    LeaderCluster& leader;
    FollowerCluster& follower;
    ShardFactory& shards;
    CheckpointStore& store;
    Timers& timers;
    Semaphore& memory;
    Semaphore& write_slots;
    Semaphore& starts;                         ///< indices being made ready at the same time
    std::optional<SnapshotPorts> snapshots{};  ///< nothing: followers begin by stream
};

struct IndexFollowerOptions {
    FollowRule rule;
    LeaderIndex leader_index;
    IndexName follower_index;
    LimitSettings limits;
    TailSettings tail;
    std::uint64_t seed = 0;
};

/// Of a shard's marks: through which of the leader's operations certainly all are on the follower;
/// none() where that is not known.
[[nodiscard]] SeqNo certainly_applied(SeqNo applied_through, SeqNo swept_through);

class IndexFollower final {
public:
    IndexFollower(boost::asio::any_io_executor executor,
                  IndexPorts ports,
                  IndexFollowerOptions options);

    /// Follows until stop(); never gives up by itself.
    [[nodiscard]] Task<void> run();
    void stop();

    /// From the leader's shared poll.
    void sampled(const IndexSample& sample, Instant began);
    /// The poll failed: what we know of the leader grows old.
    void poll_failed(const Failure& failure);
    /// The versions of the leader index's mapping, settings and aliases, as they are now.
    void versions_seen(const MetadataVersions& versions) { metadata_.seen(versions); }
    /// The leader no longer lists this index (or lists another under its name): the follower is
    /// kept.
    void leader_gone();

    /// Asks every shard to apply and sweep what the leader had when it was sampled; false where
    /// the shards do not run, or the sample lacks one.
    [[nodiscard]] bool begin_drain(const IndexSample& sample);
    [[nodiscard]] bool is_drained() const;
    /// The leader's operations that are certainly on the follower, by shard; empty before the
    /// shards ran. Stays after the end.
    [[nodiscard]] std::vector<SeqNo> applied_through() const;
    /// run() has returned, or is about to without another request.
    [[nodiscard]] bool has_ended() const { return has_ended_; }

    [[nodiscard]] FollowerStatus status() const;
    [[nodiscard]] bool is_busy() const;
    [[nodiscard]] const IndexUuid& leader_uuid() const { return options_.leader_index.uuid; }
    [[nodiscard]] bool is_leader_gone() const { return gone_; }
    [[nodiscard]] const FollowRule& rule() const { return options_.rule; }
    [[nodiscard]] const IndexName& follower_index() const { return options_.follower_index; }

private:
    struct Shard {
        std::unique_ptr<LeaderShard> leader;
        std::unique_ptr<FollowerShard> follower;
        std::unique_ptr<ShardFollower> loop;
        std::optional<core::PlannerEnd> end;
    };

    /// One life: from preparing to the end of all shards. A Failure is why it could not begin, or
    /// why it ended for good.
    [[nodiscard]] Task<Result<void>> follow();
    [[nodiscard]] Task<Result<void>> prepare();
    /// The leader's, of an index that can be followed.
    [[nodiscard]] Task<Result<IndexDefinition>> read_definition();
    /// Makes the follower index from a snapshot where it is not there yet and that can be; where it
    /// cannot, prepare() makes it, or the rule does not want that.
    [[nodiscard]] Task<Result<void>> begin_from_snapshot();
    [[nodiscard]] Task<Result<std::vector<HistoryUuid>>> read_histories();
    [[nodiscard]] Task<Result<void>> make_shards(std::vector<HistoryUuid> histories,
                                                 std::int64_t generation);
    [[nodiscard]] Task<void> run_shard(std::size_t number);
    /// One attempt; polls ask for the next.
    [[nodiscard]] Task<void> finish_loading();
    [[nodiscard]] Task<void> rest(Failure failure);
    [[nodiscard]] Task<void> rest_until(Instant when);
    /// Nothing more is asked or written for the index.
    [[nodiscard]] bool is_ended() const { return stopping_ || gone_; }
    /// Of the leader index, for failures.
    [[nodiscard]] std::string leader_place() const;
    /// The failure that a promoted follower shows.
    [[nodiscard]] Failure promoted(const Promotion& promotion);
    void set_phase(IndexPhase phase);
    void stop_shards();
    void log_shards();
    void log_error_of(std::size_t number, const core::ShardStatus& status);

    boost::asio::any_io_executor executor_;
    IndexPorts ports_;
    IndexFollowerOptions options_;
    observe::Logger log_;
    core::Random random_;
    core::Backoff backoff_;

    IndexPhase phase_ = IndexPhase::discovered;
    std::optional<core::ShardError> last_error_;
    std::optional<core::ShardError> poll_error_;
    std::vector<std::string> warnings_;
    std::optional<SnapshotBootstrap> snapshot_;
    std::string why_no_snapshot_;  // empty: there was nothing against one
    std::optional<FollowerIndex> follower_;
    Origins leader_origins_;
    std::vector<Shard> shards_;
    std::vector<core::ShardPhase> logged_phases_;
    std::vector<std::optional<FailureKind>> logged_errors_;
    bool stopping_ = false;
    bool gone_ = false;
    bool has_ended_ = false;
    bool is_promoted_ = false;
    std::vector<SeqNo> drain_through_;    // by shard, while a drain is wanted
    std::vector<SeqNo> applied_through_;  // when the shards ended
    bool is_finishing_ = false;           // finish_loading() is under way
    Instant finish_not_before_{};
    core::Backoff finish_backoff_;
    bool fence_lost_ = false;  // for good: only a person knows whether to make it again

    MetadataSync metadata_;
    TaskGroup group_;
};

}  // namespace followd::engine
