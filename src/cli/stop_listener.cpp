#include "cli/stop_listener.hpp"

#include <csignal>
#include <utility>

namespace followd::cli {

StopListener::StopListener(boost::asio::io_context& context, std::function<void()> on_signal)
    : signals_(context, SIGTERM, SIGINT), on_signal_(std::move(on_signal)) {
    listen();
}

void StopListener::listen() {
    signals_.async_wait([this](const boost::system::error_code& error, int /*number*/) {
        if (!error) {
            on_signal_();
            listen();
        }
    });
}

}  // namespace followd::cli
