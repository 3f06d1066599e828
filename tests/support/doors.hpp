#pragma once

#include "followd/base/result.hpp"

#include "engine/task.hpp"
#include "engine/wakeup.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>

/// Every call of a fake port goes through the door of its name, where a test counts it, holds it up
/// or makes it fail.

namespace followd::test {

class Doors {
public:
    explicit Doors(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    /// From now on calls wait; admit() lets one of them through.
    void shut(const std::string& call) { doors_[call].is_shut = true; }
    void open(const std::string& call) {
        doors_[call].is_shut = false;
        wake(doors_[call]);
    }
    void admit(const std::string& call) {
        ++doors_[call].admitted;
        wake(doors_[call]);
    }
    void open_all() {
        for (auto& [call, door] : doors_) {
            open(call);
        }
    }

    /// The next `times` calls fail, or all until heal().
    void fail(const std::string& call,
              FailureKind kind,
              int times = std::numeric_limits<int>::max()) {
        doors_[call].failure = Failure{kind, "the test says so", call};
        doors_[call].failures_left = times;
    }
    void heal(const std::string& call) { doors_[call].failure.reset(); }

    /// After so many more calls of whatever name all of them fail: whoever asks is as good as
    /// dead, and what it did by then is all that it did.
    void die_after(int calls) { calls_left_ = calls; }
    void live_on() { calls_left_.reset(); }
    [[nodiscard]] bool are_dead() const { return calls_left_ == 0; }

    [[nodiscard]] int asked(const std::string& call) { return doors_[call].asked; }
    [[nodiscard]] std::size_t waiting(const std::string& call) {
        return doors_[call].waiting.size();
    }

    [[nodiscard]] Task<Result<void>> pass(std::string call) {
        Door& door = doors_[call];
        ++door.asked;
        if (are_dead()) {
            co_return Failure{FailureKind::unreachable, "nobody is there", call};
        }
        if (calls_left_) {
            --*calls_left_;
        }
        if (door.is_shut) {
            const auto place = door.waiting.emplace(door.waiting.end(), engine::Wakeup{executor_});
            while (door.is_shut && door.admitted == 0) {
                co_await place->wait();
            }
            door.waiting.erase(place);
            door.admitted -= door.is_shut ? 1 : 0;
        }
        if (door.failure) {
            const Failure failure = *door.failure;
            if (--door.failures_left == 0) {
                door.failure.reset();
            }
            co_return failure;
        }
        co_return Result<void>{};
    }

private:
    struct Door {
        bool is_shut = false;
        int admitted = 0;
        int asked = 0;
        int failures_left = 0;
        std::optional<Failure> failure;
        std::list<engine::Wakeup> waiting;
    };

    static void wake(Door& door) {
        for (engine::Wakeup& place : door.waiting) {
            place.notify();
        }
    }

    boost::asio::any_io_executor executor_;
    std::optional<int> calls_left_;
    std::map<std::string, Door> doors_;  // none ever goes: calls hold on to theirs while they wait
};

}  // namespace followd::test
