#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <optional>
#include <utility>

/// Runs coroutines to their end from a test that is none itself.

namespace followd::test {

/// Turns the context until `work` has ended, and rethrows what it threw.
inline void run(boost::asio::io_context& context, boost::asio::awaitable<void> work) {
    std::exception_ptr thrown;
    bool done = false;
    boost::asio::co_spawn(context, std::move(work), [&](const std::exception_ptr& error) {
        thrown = error;
        done = true;
    });
    context.restart();
    while (!done) {
        context.run_one();
    }
    if (thrown) {
        std::rethrow_exception(thrown);
    }
}

namespace detail {

// co_spawn wants a result that can be made from nothing; a Result<T> cannot.
template <class T>
boost::asio::awaitable<void> store(boost::asio::awaitable<T> work, std::optional<T>* result) {
    T value = co_await std::move(work);
    result->emplace(std::move(value));
}

}  // namespace detail

template <class T>
T run(boost::asio::io_context& context, boost::asio::awaitable<T> work) {
    std::optional<T> result;
    run(context, detail::store(std::move(work), &result));
    return std::move(*result);
}

}  // namespace followd::test
