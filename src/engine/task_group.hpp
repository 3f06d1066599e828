#pragma once

#include "engine/task.hpp"
#include "engine/wakeup.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <exception>
#include <functional>

/// Coroutines that belong to one owner. The only place that spawns, and the only catch-all: an
/// exception that leaves a task is a defect of ours, is told to `on_defect` and does not reach the
/// other tasks. Whoever owns a group joins it before it dies; the destructor checks.

namespace followd::engine {

class TaskGroup {
public:
    using OnDefect = std::function<void(const char* what)>;

    TaskGroup(boost::asio::any_io_executor executor, OnDefect on_defect);
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;
    ~TaskGroup();

    void spawn(Task<void> task);
    /// Returns once no task runs. At most one coroutine joins at a time.
    [[nodiscard]] Task<void> join();
    [[nodiscard]] std::size_t running() const { return running_; }

private:
    void ended(std::exception_ptr error);

    boost::asio::any_io_executor executor_;
    OnDefect on_defect_;
    std::size_t running_ = 0;
    Wakeup one_ended_;
};

}  // namespace followd::engine
