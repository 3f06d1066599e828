#pragma once

#include "engine/ports.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>

/// The Timers port over the machine's steady clock.

namespace followd::engine {

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
