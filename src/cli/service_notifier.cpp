#include "cli/service_notifier.hpp"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace followd::cli {

namespace {

// How old the status line may be where no watchdog asks for more.
constexpr Duration beat_interval_max = std::chrono::seconds{5};

/// Half of what the watchdog waits, as sd_watchdog_enabled(3) recommends.
Duration beat_interval() {
    if (std::getenv("NOTIFY_SOCKET") == nullptr) {
        return Duration::zero();
    }
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0) {
        return beat_interval_max;
    }
    const Duration half = std::chrono::microseconds{microseconds / 2};
    return std::min(half, beat_interval_max);
}

/// A manager that does not take it is no reason to stop following.
void tell(const std::string& state) {
    (void)sd_notify(0, state.c_str());
}

bool has_error(const engine::FollowerStatus& follower) {
    return follower.last_error ||
           std::ranges::any_of(follower.shards, [](const core::ShardStatus& shard) {
               return shard.last_error.has_value();
           });
}

}  // namespace

ServiceNotifier::ServiceNotifier(const boost::asio::any_io_executor& executor,
                                 std::function<std::string()> status)
    : status_(std::move(status)), timer_(executor), interval_(beat_interval()) {}

void ServiceNotifier::ready() {
    last_status_ = status_();
    tell("READY=1\nSTATUS=" + last_status_);
    if (!is_beating_ && interval_ > Duration::zero()) {
        is_beating_ = true;
        schedule_beat();
    }
}

void ServiceNotifier::reloading() {
    // The time is for managers that know Type=notify-reload; others leave it alone.
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void ServiceNotifier::stopping() {
    tell("STOPPING=1");
}

void ServiceNotifier::end() {
    is_beating_ = false;
    timer_.cancel();
}

void ServiceNotifier::schedule_beat() {
    timer_.expires_after(interval_);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error && is_beating_) {
            beat();
            schedule_beat();
        }
    });
}

void ServiceNotifier::beat() {
    std::string state = "WATCHDOG=1";
    std::string status = status_();
    if (status != last_status_) {
        state += "\nSTATUS=" + status;
        last_status_ = std::move(status);
    }
    tell(state);
}

std::string service_status(const admin::StatusReport& report) {
    const auto followed = std::ranges::count(
        report.followers, engine::IndexPhase::following, &engine::FollowerStatus::phase);
    const auto troubled = std::ranges::count_if(report.followers, has_error);
    std::string line = std::to_string(followed) + " of " + std::to_string(report.followers.size()) +
                       " indices followed";
    if (troubled > 0) {
        line += ", " + std::to_string(troubled) + " with an error";
    }
    return line;
}

}  // namespace followd::cli
