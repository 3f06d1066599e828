#pragma once

#include "followd/base/assert.hpp"
#include "followd/base/result.hpp"

#include "engine/task.hpp"
#include "simulation/process_time.hpp"
#include "simulation/scene.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

/// One process's way to one cluster. A request takes its time, and everything may become of it that
/// can on a network: not sent, executed unheard, executed long after it was given up.

namespace followd::sim {

/// What one process may have under way at a time.
class Gauge {
public:
    Gauge(Scene& scene, const char* what, std::size_t most)
        : scene_(scene), what_(what), most_(most) {}

    void take(std::size_t amount) {
        taken_ += amount;
        if (taken_ > most_) {
            scene_.violated(std::string("more under way than ") + what_);
        }
    }
    void give_back(std::size_t amount) { taken_ -= amount; }

private:
    Scene& scene_;
    const char* what_;
    std::size_t most_;
    std::size_t taken_ = 0;
};

/// Whether a request may be executed long after its sender gave it up.
enum class Lateness { any, none };

class Link {
public:
    /// `name`: of the process and the cluster, for the trace. All referred to outlives the link.
    Link(Scene& scene, ProcessTime& time, std::string name, Lateness lateness = Lateness::any)
        : bulks(scene,
                "limits.max_outstanding_write_requests",
                scene.weather.limits().max_outstanding_write_requests),
          page_bytes(scene, "limits.memory", scene.weather.limits().memory_bytes),
          scene_(scene),
          time_(time),
          name_(std::move(name)),
          lateness_(lateness) {}

    Gauge bulks;
    Gauge page_bytes;

    /// What the server does with a request, all at one moment.
    template <class T>
    using Serve = std::function<Result<T>()>;

    /// Sends `what` and waits for its answer. `before`: what the server does a moment earlier, or
    /// `apart` more than that.
    template <class T>
    [[nodiscard]] Task<Result<T>> ask(std::string what,
                                      Serve<T> serve,
                                      std::function<void()> before = {},
                                      Duration apart = {}) {
        if (!time_.is_alive()) {
            co_return gone();
        }
        ++asked_;
        const Fate fate = draw();
        auto answer = std::make_shared<std::optional<Result<T>>>();
        const Instant executed = scene_.clock.now() + fate.way + apart;
        if (fate.is_executed) {
            const Instant begun = executed - apart - fate.way / 4;
            if (before) {
                scene_.clock.at(begun + fate.delay, std::move(before));
            }
            scene_.clock.at(executed + fate.delay,
                            [answer, serve = std::move(serve)] { *answer = serve(); });
        }
        co_await time_.wait_until(executed + fate.back);
        if (!time_.is_alive()) {
            co_return gone();
        }
        if (fate.failure) {
            note(what, fate.failure->what);
            co_return *fate.failure;
        }
        FOLLOWD_ASSERT(answer->has_value());
        const bool is_ok = (*answer)->ok();
        note(what, is_ok ? "ok" : (*answer)->failure().what);
        co_return std::move(**answer);
    }

    /// Nothing gets through until then.
    void cut_until(Instant when) { cut_until_ = when; }
    /// Requests since this was asked last.
    [[nodiscard]] int take_asked() { return std::exchange(asked_, 0); }

private:
    struct Fate {
        bool is_executed = true;
        Duration way{};    // until it is executed
        Duration delay{};  // beyond that: it was given up long before
        Duration back{};   // until its answer is here, or its deadline is over
        std::optional<Failure> failure;
    };

    [[nodiscard]] Fate draw();
    [[nodiscard]] Failure failure(FailureKind kind, const char* what) const;
    [[nodiscard]] Failure gone() const;
    void note(const std::string& what, const std::string& result);

    Scene& scene_;
    ProcessTime& time_;
    std::string name_;
    Lateness lateness_;
    Instant cut_until_{};
    int asked_ = 0;
};

}  // namespace followd::sim
