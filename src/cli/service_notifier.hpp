#pragma once

#include "admin/status_document.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <string>

/// Tells the service manager how the daemon is (sd_notify(3)). Without a manager that listens,
/// nothing happens.

namespace followd::cli {

class ServiceNotifier {
public:
    /// `status` makes the line that `systemctl status` shows.
    ServiceNotifier(const boost::asio::any_io_executor& executor,
                    std::function<std::string()> status);

    /// At the start and after a reload; from then on the heart beats, on the executor's own thread:
    /// a loop that hangs is restarted by the manager.
    void ready();
    void reloading();
    void stopping();
    /// No more heartbeats, so that the loop may end.
    void end();

private:
    void schedule_beat();
    void beat();

    std::function<std::string()> status_;
    boost::asio::steady_timer timer_;
    Duration interval_{};  ///< zero where nobody listens
    bool is_beating_ = false;
    std::string last_status_;
};

/// "3 of 4 indices followed, 1 with an error".
[[nodiscard]] std::string service_status(const admin::StatusReport& report);

}  // namespace followd::cli
