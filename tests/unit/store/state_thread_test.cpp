#include "store/state_thread.hpp"

#include "store_fixture.hpp"

#include <atomic>
#include <future>
#include <optional>

namespace followd::store {
namespace {

/// Says that it runs, waits for the disk's signal, and counts itself finished.
class CountedJob final : public StateJob {
public:
    CountedJob(std::atomic<bool>* running,
               std::atomic<int>* finished,
               std::atomic<int>* refused,
               std::shared_future<void> signal)
        : running_(running), finished_(finished), refused_(refused), signal_(std::move(signal)) {}

    [[nodiscard]] bool writes() const override { return false; }
    [[nodiscard]] Result<void> run(Database&) override {
        *running_ = true;
        running_->notify_all();
        signal_.wait();
        return {};
    }
    void finish(const Result<void>& outcome) override {
        ++*finished_;
        if (!outcome) {
            EXPECT_EQ(outcome.failure().kind, FailureKind::storage);
            ++*refused_;
        }
    }

private:
    std::atomic<bool>* running_;
    std::atomic<int>* finished_;
    std::atomic<int>* refused_;
    std::shared_future<void> signal_;
};

class StateThreadTest : public StoreTest {};

TEST_F(StateThreadTest, a_queue_that_is_full_refuses_at_once_and_keeps_the_rest) {
    auto file = StateFile::open(path_);
    ASSERT_TRUE(file.ok());
    StateThread thread(std::move(file).value());
    std::atomic<bool> running = false;
    std::atomic<int> finished = 0;
    std::atomic<int> refused = 0;
    std::promise<void> disk;
    const std::shared_future<void> signal = disk.get_future().share();
    const auto submit = [&] {
        thread.submit(std::make_unique<CountedJob>(&running, &finished, &refused, signal));
    };
    submit();
    running.wait(false);
    for (std::size_t i = 0; i < StateThread::waiting_jobs_max; ++i) {
        submit();
    }
    EXPECT_EQ(finished, 0);
    submit();
    EXPECT_EQ(refused, 1);
    disk.set_value();
    thread.close();
    EXPECT_EQ(finished, static_cast<int>(StateThread::waiting_jobs_max) + 2);
    EXPECT_EQ(refused, 1);
}

}  // namespace
}  // namespace followd::store
