#pragma once

#include "followd/base/result.hpp"

#include "engine/task_group.hpp"
#include "fault/proxy/pump.hpp"
#include "fault/proxy/schedule.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <list>
#include <optional>

namespace followd::fault {

/// Listens on one port of the loopback, connects each client to another one, and lets the schedule
/// come between. At most `sessions_max` at a time: more wait to be accepted.
class Proxy {
public:
    Proxy(boost::asio::any_io_executor executor, std::uint16_t server_port, std::uint64_t seed);

    /// Port 0: any that is free.
    [[nodiscard]] Result<void> start(std::uint16_t port);
    [[nodiscard]] std::uint16_t port() const { return endpoint_.port(); }

    [[nodiscard]] Result<void> inject(Rule rule);
    /// No faults from now on; what is connected stays as it is, also where it hangs.
    [[nodiscard]] Result<void> clear();
    /// The same, and connections that bytes were lost on are reset.
    [[nodiscard]] Result<void> heal();

    /// Ends everything; awaited before the proxy dies.
    [[nodiscard]] Task<void> stop();

    [[nodiscard]] const Schedule& schedule() const { return schedule_; }
    [[nodiscard]] std::uint64_t accepted() const { return accepted_; }
    [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }

private:
    using Tcp = boost::asio::ip::tcp;

    struct Session {
        Session(boost::asio::any_io_executor executor, Tcp::socket accepted, Schedule* schedule)
            : conversation(executor, std::move(accepted), schedule),
              requests(&conversation, Direction::request),
              answers(&conversation, Direction::answer) {}

        Conversation conversation;
        Pump requests;
        Pump answers;
        int pumps = 0;  ///< that still run
    };
    using Place = std::list<Session>::iterator;

    [[nodiscard]] Result<void> open_door();
    void close_door();
    [[nodiscard]] Task<void> accept_all(std::uint64_t door);
    [[nodiscard]] Task<void> connect(Place place);
    [[nodiscard]] Task<void> pump(Place place, Pump* pump);
    [[nodiscard]] Task<void> rest();

    boost::asio::any_io_executor executor_;
    Tcp::endpoint endpoint_;
    Tcp::endpoint server_;
    Schedule schedule_;
    std::optional<Tcp::acceptor> acceptor_;
    std::uint64_t door_ = 0;  ///< how often the door was opened
    std::uint64_t accepted_ = 0;
    std::list<Session> sessions_;
    engine::TaskGroup tasks_;
};

inline constexpr std::size_t sessions_max = 256;

}  // namespace followd::fault
