#include "store/state_thread.hpp"

#include "followd/base/assert.hpp"

#include <utility>

namespace followd::store {

StateThread::StateThread(StateFile file)
    : file_(std::make_unique<StateFile>(std::move(file))),
      thread_([this] { run_until_closed(); }) {}

StateThread::~StateThread() {
    close();
}

void StateThread::submit(std::unique_ptr<StateJob> job) {
    FOLLOWD_ASSERT(job != nullptr);
    Failure refusal{FailureKind::cancelled, "the state file is closed: followd is stopping", {}};
    {
        const std::lock_guard lock(mutex_);
        if (!closing_ && waiting_.size() < waiting_jobs_max) {
            waiting_.push_back(std::move(job));
            changed_.notify_one();
            return;
        }
        if (!closing_) {
            refusal.kind = FailureKind::storage;
            refusal.what = "the disk does not keep up: " + std::to_string(waiting_jobs_max) +
                           " reads and writes of the state already wait for it";
        }
    }
    job->finish(refusal);
}

void StateThread::close() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
        changed_.notify_one();
    }
    if (thread_.joinable()) {
        thread_.join();
    }
    FOLLOWD_ASSERT(waiting_.empty());
    file_.reset();
}

void StateThread::run_until_closed() {
    while (true) {
        Jobs jobs;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
            if (waiting_.empty()) {
                return;
            }
            jobs = std::exchange(waiting_, {});
        }
        run_in_order(std::move(jobs));
    }
}

void StateThread::run_in_order(Jobs jobs) {
    while (!jobs.empty()) {
        if (!jobs.front()->writes()) {
            const Result<void> outcome = jobs.front()->run(file_->database());
            jobs.front()->finish(outcome);
            jobs.pop_front();
            continue;
        }
        Jobs group;
        while (!jobs.empty() && jobs.front()->writes()) {
            group.push_back(std::move(jobs.front()));
            jobs.pop_front();
        }
        const Result<void> outcome = write_together(group);
        for (const std::unique_ptr<StateJob>& job : group) {
            job->finish(outcome);
        }
    }
}

Result<void> StateThread::write_together(const Jobs& group) {
    Result<Transaction> transaction = Transaction::begin(file_->database());
    if (!transaction) {
        return std::move(transaction).failure();
    }
    for (const std::unique_ptr<StateJob>& job : group) {
        Result<void> written = job->run(file_->database());
        if (!written) {
            return written;
        }
    }
    return transaction->commit();
}

}  // namespace followd::store
