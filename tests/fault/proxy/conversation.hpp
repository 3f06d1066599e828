#pragma once

#include "fault/proxy/schedule.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <deque>

namespace followd::fault {

/// What the two directions of one connection share. Everything runs on one thread.
class Conversation {
public:
    using Socket = boost::asio::ip::tcp::socket;

    Conversation(boost::asio::any_io_executor executor, Socket accepted, Schedule* schedule);

    /// As a cable that was cut and a host that knows of nothing: both sides get a reset.
    void reset();
    /// Both sides get what was sent to them so far, and an orderly end.
    void close();
    [[nodiscard]] bool is_open() const noexcept { return open_; }
    /// False once the client has ended its side, also where nobody reads what it sent.
    [[nodiscard]] bool is_client_there();

    [[nodiscard]] Socket& source(Direction direction);
    [[nodiscard]] Socket& target(Direction direction);
    [[nodiscard]] boost::asio::steady_timer& timer(Direction direction);

    Socket client;
    Socket server;
    Schedule* schedule;
    /// Requests that reached the server and are not answered yet, the oldest first.
    std::deque<RequestLine> asked;
    /// Bytes were lost, held back or changed: nothing sensible will come over it any more.
    bool is_spoilt = false;

private:
    void end();

    std::array<boost::asio::steady_timer, 2> timers_;
    bool open_ = true;
};

}  // namespace followd::fault
