#include "engine/task_group.hpp"

#include "followd/base/assert.hpp"

#include <boost/asio/co_spawn.hpp>

#include <utility>

namespace followd::engine {

TaskGroup::TaskGroup(boost::asio::any_io_executor executor, OnDefect on_defect)
    : executor_(std::move(executor)), on_defect_(std::move(on_defect)), one_ended_(executor_) {}

TaskGroup::~TaskGroup() {
    FOLLOWD_ASSERT(running_ == 0);
}

void TaskGroup::spawn(Task<void> task) {
    ++running_;
    boost::asio::co_spawn(
        executor_, std::move(task), [this](std::exception_ptr error) { ended(std::move(error)); });
}

void TaskGroup::ended(std::exception_ptr error) {
    FOLLOWD_ASSERT(running_ >= 1);
    --running_;
    one_ended_.notify();
    if (!error) {
        return;
    }
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& defect) {
        on_defect_(defect.what());
    }
}

Task<void> TaskGroup::join() {
    while (running_ > 0) {
        co_await one_ended_.wait();
    }
}

}  // namespace followd::engine
