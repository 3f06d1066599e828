#pragma once

#include "followd/base/time.hpp"

#include "engine/ports.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>

/// The machine's clocks: the steady one as the Timers port, and the one on the wall.

namespace followd::engine {

[[nodiscard]] WallTime wall_time_now();

class RealTimers final : public Timers {
public:
    explicit RealTimers(boost::asio::any_io_executor executor);

    [[nodiscard]] Instant now() const override;
    [[nodiscard]] Task<void> sleep_until(Instant when) override;
    void wake_all() override;

private:
    boost::asio::any_io_executor executor_;
    std::list<boost::asio::steady_timer> sleepers_;
};

}  // namespace followd::engine
