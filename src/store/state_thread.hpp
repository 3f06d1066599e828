#pragma once

#include "followd/base/result.hpp"

#include "store/state_file.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

/// The one thread that touches the state file, so that no event loop ever waits for a disk.

namespace followd::store {

/// One piece of work on the state file. run() and finish() are each called once and in this order,
/// but run() not at all where the job was turned away.
class StateJob {
public:
    virtual ~StateJob() = default;
    /// Jobs that write share a transaction with the writers queued beside them.
    [[nodiscard]] virtual bool writes() const = 0;
    /// On the state thread. A Failure of a writer undoes its whole transaction.
    [[nodiscard]] virtual Result<void> run(Database& database) = 0;
    /// On any thread; must only hand the answer over. `outcome` is success once what run() did is
    /// stored for good.
    virtual void finish(const Result<void>& outcome) = 0;
};

/// Runs jobs in the order they came. Writers that queue up while a transaction is being stored go
/// into the next one together (group commit): one wait for the disk, all or none stored.
class StateThread {
public:
    /// Jobs that may wait beside those in hand, which are as many at most. A shard has one waiting
    /// as a rule, so the limit is not met unless the disk hangs under a very large configuration.
    static constexpr std::size_t waiting_jobs_max = 65536;

    explicit StateThread(StateFile file);
    /// As close().
    ~StateThread();
    StateThread(const StateThread&) = delete;
    StateThread& operator=(const StateThread&) = delete;

    /// Any thread. After close(), or above the limit, the job is finished at once with a Failure.
    void submit(std::unique_ptr<StateJob> job);

    /// Finishes what is queued, joins the thread and lets go of the file; takes as long as the disk
    /// does. From the owner's thread; again without effect.
    void close();

private:
    using Jobs = std::deque<std::unique_ptr<StateJob>>;

    void run_until_closed();
    void run_in_order(Jobs jobs);
    [[nodiscard]] Result<void> write_together(const Jobs& group);

    std::unique_ptr<StateFile> file_;  ///< the thread's own until it is joined
    std::mutex mutex_;                 ///< guards the three below
    std::condition_variable changed_;
    Jobs waiting_;
    bool closing_ = false;
    std::jthread thread_;  ///< last: it starts when all else is there
};

}  // namespace followd::store
