#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <functional>

namespace followd::cli {

/// Calls `on_signal` for each SIGTERM and SIGINT, on the context, until it is destroyed.
class StopListener {
public:
    StopListener(boost::asio::io_context& context, std::function<void()> on_signal);

private:
    void listen();

    boost::asio::signal_set signals_;
    std::function<void()> on_signal_;
};

}  // namespace followd::cli
