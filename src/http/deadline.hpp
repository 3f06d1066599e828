#pragma once

#include "followd/base/time.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <memory>

/// Ends one piece of work early: by its own clock, or because someone says so.

namespace followd::http {

/// Fires at most once and then calls whatever closes the thing that the work is waiting for. Level
/// triggered: a closer set after the firing is called at once, and the work asks cause() after
/// every await. One executor's thread only; may be destroyed at any time.
class Deadline {
public:
    enum class Cause : std::uint8_t {
        none,       ///< has not fired
        expired,    ///< the time ran out
        cancelled,  ///< cancel() was called first
    };

    Deadline(const boost::asio::any_io_executor& executor, Duration limit);
    ~Deadline();
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    /// Replaces the closer; an empty one means that nothing is pending. It must not throw.
    void set_closer(std::function<void()> closer);
    void cancel();
    [[nodiscard]] Cause cause() const noexcept;
    [[nodiscard]] Instant ends() const noexcept;
    [[nodiscard]] Duration remaining() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

/// This process's monotonic clock.
[[nodiscard]] Instant now() noexcept;

}  // namespace followd::http
