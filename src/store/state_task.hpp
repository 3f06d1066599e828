#pragma once

#include "followd/base/result.hpp"

#include "engine/task.hpp"
#include "store/state_thread.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <memory>
#include <utility>

/// The bridge between coroutines and the state thread.

namespace followd::store {

enum class Access { read, write };

/// A StateJob whose answer wakes a coroutine on the coroutine's own executor, never on the state
/// thread. Keeps that executor's context running meanwhile.
template <class T, class Handler>
class AwaitedJob final : public StateJob {
public:
    using Work = std::function<Result<T>(Database&)>;

    AwaitedJob(Access access, Work work, Handler handler)
        : access_(access),
          work_(std::move(work)),
          handler_(std::move(handler)),
          guard_(boost::asio::make_work_guard(handler_)) {}

    [[nodiscard]] bool writes() const override { return access_ == Access::write; }

    [[nodiscard]] Result<void> run(Database& database) override {
        answer_ = work_(database);
        return answer_ ? Result<void>{} : Result<void>{answer_.failure()};
    }

    void finish(const Result<void>& outcome) override {
        if (!outcome) {
            answer_ = outcome.failure();
        }
        const auto executor = guard_.get_executor();
        boost::asio::post(executor,
                          [handler = std::move(handler_),
                           guard = std::move(guard_),
                           answer = std::move(answer_)]() mutable {
                              guard.reset();
                              std::move(handler)(std::move(answer));
                          });
    }

private:
    Access access_;
    Work work_;
    Handler handler_;
    boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler>> guard_;
    Result<T> answer_ = Failure{FailureKind::storage, "the state was not touched", {}};
};

/// Runs `work` on the state thread; the result comes once it is stored. `thread` must outlive the
/// returned task. Not a coroutine itself, so that it may take a reference.
template <class T>
[[nodiscard]] Task<Result<T>> run_on(StateThread& thread,
                                     Access access,
                                     std::function<Result<T>(Database&)> work) {
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Result<T>)>(
        [&thread, access, work = std::move(work)](auto handler) mutable {
            using Job = AwaitedJob<T, decltype(handler)>;
            thread.submit(std::make_unique<Job>(access, std::move(work), std::move(handler)));
        },
        boost::asio::use_awaitable);
}

}  // namespace followd::store
