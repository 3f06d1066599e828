#pragma once

#include "followd/core/shard_planner.hpp"
#include "followd/model/checkpoint.hpp"

#include "engine/mailbox.hpp"
#include "engine/ports.hpp"
#include "engine/semaphore.hpp"
#include "engine/task.hpp"
#include "engine/task_group.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>

/// The loop of one shard: event -> planner -> actions -> ports -> event. It decides nothing; it
/// only performs. One worker thread.

namespace followd::engine {

/// What a shard works with. All of it outlives the follower.
struct ShardPorts {
    LeaderShard& leader;
    FollowerShard& follower;
    CheckpointStore& store;
    MappingSync& mapping;
    Timers& timers;
    Semaphore& memory;       ///< bytes of documents in flight, of the whole daemon
    Semaphore& write_slots;  ///< bulk requests under way, of the follower's cluster
};

class ShardFollower {
public:
    using OnDefect = TaskGroup::OnDefect;

    ShardFollower(const boost::asio::any_io_executor& executor,
                  ShardPorts ports,
                  ShardKey key,
                  core::PlannerOptions options,
                  OnDefect on_defect);

    /// Follows until the planner ends, and everything it began has.
    [[nodiscard]] Task<core::PlannerEnd> run();

    void sample_taken(ShardSample sample, Instant began);
    void primary_missing();
    void drain(SeqNo through);
    void stop();

    [[nodiscard]] core::ShardStatus status() const { return planner_.status(ports_.timers.now()); }
    [[nodiscard]] bool is_busy() const { return planner_.is_busy(); }
    [[nodiscard]] const ShardKey& key() const { return key_; }

private:
    void perform(core::Actions actions);
    /// The same, for each kind of action; every one puts exactly one event into the mailbox.
    [[nodiscard]] Task<void> perform(core::ReadIdentity action);
    [[nodiscard]] Task<void> perform(core::ReadSample action);
    [[nodiscard]] Task<void> perform(core::RefreshLeader action);
    [[nodiscard]] Task<void> perform(core::OpenView action);
    [[nodiscard]] Task<void> perform(core::CloseView action);
    [[nodiscard]] Task<void> perform(core::ReadPage action);
    [[nodiscard]] Task<void> perform(core::SyncMapping action);
    [[nodiscard]] Task<void> perform(core::SendBulk action);
    [[nodiscard]] Task<void> perform(core::SaveCheckpoint action);
    [[nodiscard]] Task<void> perform(core::ReadFollowerIdentity action);
    [[nodiscard]] Task<void> perform(core::RefreshFollower action);
    [[nodiscard]] Task<void> perform(core::CountLeader action);
    [[nodiscard]] Task<void> perform(core::CountFollower action);
    [[nodiscard]] Task<void> perform(core::ListLeader action);
    [[nodiscard]] Task<void> perform(core::ListFollower action);
    [[nodiscard]] Task<void> perform(core::LookUp action);
    [[nodiscard]] Task<void> perform(core::CountDocuments action);
    [[nodiscard]] Task<void> perform(core::Sleep action);
    /// Keeps the page's share of memory taken until its bytes are freed.
    void account(Page& page, std::size_t reserved);

    ShardPorts ports_;
    ShardKey key_;
    core::ShardPlanner planner_;
    Mailbox<core::Event> events_;
    bool sample_waiting_ = false;
    TaskGroup group_;
};

}  // namespace followd::engine
