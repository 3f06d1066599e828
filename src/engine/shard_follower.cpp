#include "engine/shard_follower.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <variant>

namespace followd::engine {

ShardFollower::ShardFollower(const boost::asio::any_io_executor& executor,
                             ShardPorts ports,
                             ShardKey key,
                             core::PlannerOptions options,
                             OnDefect on_defect)
    : ports_(ports),
      key_(std::move(key)),
      planner_(std::move(options)),
      events_(executor),
      group_(executor, std::move(on_defect)) {}

Task<core::PlannerEnd> ShardFollower::run() {
    perform(planner_.begin(ports_.timers.now()));
    while (!planner_.ended()) {
        core::Event event = co_await events_.take();
        if (std::holds_alternative<core::SampleTaken>(event)) {
            sample_waiting_ = false;
        }
        perform(planner_.step(ports_.timers.now(), std::move(event)));
    }
    // What still sleeps slept for this planner.
    ports_.timers.wake_all();
    co_await group_.join();
    co_return *planner_.ended();
}

void ShardFollower::sample_taken(ShardSample sample, Instant began) {
    // One unread sample is enough: the next poll brings a newer one.
    if (!sample_waiting_ && !planner_.ended()) {
        sample_waiting_ = true;
        events_.put(core::SampleTaken{std::move(sample), began});
    }
}

void ShardFollower::primary_missing() {
    if (!planner_.ended()) {
        events_.put(core::PrimaryMissing{});
    }
}

void ShardFollower::drain(SeqNo through) {
    if (!planner_.ended()) {
        events_.put(core::DrainRequested{through});
    }
}

void ShardFollower::stop() {
    if (!planner_.ended()) {
        events_.put(core::StopRequested{});
        ports_.timers.wake_all();
    }
}

void ShardFollower::perform(core::Actions actions) {
    for (core::Action& action : actions) {
        std::visit([this](auto& what) { group_.spawn(perform(std::move(what))); }, action);
    }
}

Task<void> ShardFollower::perform(core::ReadIdentity /*action*/) {
    Result<LeaderIdentity> result = co_await ports_.leader.read_identity();
    events_.put(core::IdentityRead{std::move(result)});
}

Task<void> ShardFollower::perform(core::ReadSample /*action*/) {
    Result<ShardSample> result = co_await ports_.leader.read_sample();
    events_.put(core::SampleRead{std::move(result)});
}

Task<void> ShardFollower::perform(core::RefreshLeader /*action*/) {
    Result<void> result = co_await ports_.leader.refresh();
    events_.put(core::LeaderRefreshed{std::move(result)});
}

Task<void> ShardFollower::perform(core::OpenView /*action*/) {
    Result<ViewId> result = co_await ports_.leader.open_view();
    events_.put(core::ViewOpened{std::move(result)});
}

Task<void> ShardFollower::perform(core::CloseView action) {
    Result<void> result = co_await ports_.leader.close_view(std::move(action.view));
    events_.put(core::ViewClosed{std::move(result)});
}

Task<void> ShardFollower::perform(core::ReadPage action) {
    const std::size_t reserved = co_await ports_.memory.acquire(action.request.bytes_max);
    Result<Page> result = co_await ports_.leader.read_page(std::move(action.request));
    if (result.ok() && result->batch.bytes) {
        account(*result, reserved);
    } else {
        ports_.memory.release(reserved);
    }
    events_.put(core::PageRead{std::move(result)});
}

void ShardFollower::account(Page& page, std::size_t reserved) {
    // The body and the bulk request that is made of it.
    const std::size_t kept = std::min(reserved, 2 * page.batch.bytes->size());
    ports_.memory.release(reserved - kept);
    std::shared_ptr<const std::string> bytes = std::move(page.batch.bytes);
    const std::string* text = bytes.get();
    Semaphore& memory = ports_.memory;
    page.batch.bytes = std::shared_ptr<const std::string>(
        text, [bytes = std::move(bytes), &memory, kept](const std::string*) mutable {
            bytes.reset();
            memory.release(kept);
        });
}

Task<void> ShardFollower::perform(core::SyncMapping action) {
    Result<core::MappingState> result = co_await ports_.mapping.sync_mapping(action.version);
    events_.put(core::MappingSynced{std::move(result)});
}

Task<void> ShardFollower::perform(core::SendBulk action) {
    const std::size_t slot = co_await ports_.write_slots.acquire(1);
    Result<BulkOutcome> result = co_await ports_.follower.apply(std::move(action.bulk));
    ports_.write_slots.release(slot);
    events_.put(core::BulkDone{action.id, std::move(result)});
}

Task<void> ShardFollower::perform(core::SaveCheckpoint action) {
    Result<void> result = co_await ports_.store.save(key_, std::move(action.checkpoint));
    events_.put(core::CheckpointSaved{std::move(result)});
}

Task<void> ShardFollower::perform(core::ReadFollowerIdentity /*action*/) {
    Result<FollowerIdentity> result = co_await ports_.follower.read_identity();
    events_.put(core::FollowerIdentityRead{std::move(result)});
}

Task<void> ShardFollower::perform(core::RefreshFollower /*action*/) {
    Result<void> result = co_await ports_.follower.refresh();
    events_.put(core::FollowerRefreshed{std::move(result)});
}

Task<void> ShardFollower::perform(core::CountLeader action) {
    Result<std::vector<Bucket>> result =
        co_await ports_.leader.count(std::move(action.view), action.request);
    events_.put(core::LeaderCounted{std::move(result)});
}

Task<void> ShardFollower::perform(core::CountFollower action) {
    Result<std::vector<Bucket>> result =
        co_await ports_.follower.count(action.base, action.request);
    events_.put(core::FollowerCounted{std::move(result)});
}

Task<void> ShardFollower::perform(core::ListLeader action) {
    Result<std::vector<SeqNo>> result =
        co_await ports_.leader.list(std::move(action.view), action.range, action.limit);
    events_.put(core::LeaderListed{std::move(result)});
}

Task<void> ShardFollower::perform(core::ListFollower action) {
    Result<std::vector<FollowerDocument>> result =
        co_await ports_.follower.list(action.base, std::move(action.ranges), action.limit);
    events_.put(core::FollowerListed{std::move(result)});
}

Task<void> ShardFollower::perform(core::LookUp action) {
    Result<std::vector<LookupResult>> result =
        co_await ports_.leader.look_up(std::move(action.lookups));
    events_.put(core::LookedUp{std::move(result)});
}

Task<void> ShardFollower::perform(core::CountDocuments action) {
    Result<std::int64_t> result = co_await ports_.leader.count_documents(std::move(action.view));
    events_.put(core::DocumentsCounted{std::move(result)});
}

Task<void> ShardFollower::perform(core::Sleep action) {
    co_await ports_.timers.sleep_until(action.until);
    events_.put(core::Woke{});
}

}  // namespace followd::engine
