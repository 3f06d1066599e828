#pragma once

#include "followd/base/assert.hpp"

#include "engine/task.hpp"
#include "engine/task_group.hpp"

#include <boost/asio/io_context.hpp>

#include <iostream>
#include <optional>
#include <utility>

/// Runs one coroutine to its end, for commands that are none themselves.

namespace followd::cli {

namespace detail {

template <class T>
Task<void> store(Task<T> task, std::optional<T>* result) {
    T value = co_await std::move(task);
    result->emplace(std::move(value));
}

}  // namespace detail

/// Nothing where an exception ended it: a defect of ours, told on standard error.
template <class T>
[[nodiscard]] std::optional<T> run_task(boost::asio::io_context& context, Task<T> task) {
    std::optional<T> result;
    engine::TaskGroup group(context.get_executor(), [](const char* what) {
        std::cerr << "followd: defect: " << what << '\n';
    });
    group.spawn(detail::store(std::move(task), &result));
    context.restart();
    while (group.running() > 0) {
        const std::size_t ran = context.run_one();
        FOLLOWD_ASSERT(ran > 0);
    }
    return result;
}

}  // namespace followd::cli
