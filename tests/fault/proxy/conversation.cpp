#include "fault/proxy/conversation.hpp"

#include "followd/base/assert.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace followd::fault {

using boost::system::error_code;

Conversation::Conversation(boost::asio::any_io_executor executor, Socket accepted, Schedule* faults)
    : client(std::move(accepted)),
      server(executor),
      schedule(faults),
      timers_{boost::asio::steady_timer{executor}, boost::asio::steady_timer{executor}} {
    FOLLOWD_ASSERT(schedule != nullptr);
}

void Conversation::reset() {
    error_code ignored;
    for (Socket* const socket : {&client, &server}) {
        socket->set_option(boost::asio::socket_base::linger{true, 0}, ignored);
    }
    end();
}

void Conversation::close() {
    end();
}

void Conversation::end() {
    open_ = false;
    error_code ignored;
    client.close(ignored);
    server.close(ignored);
    for (auto& timer : timers_) {
        timer.cancel();
    }
}

bool Conversation::is_client_there() {
    tcp_info info{};
    socklen_t size = sizeof info;
    return client.is_open() &&
           ::getsockopt(client.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
           info.tcpi_state == TCP_ESTABLISHED;
}

Conversation::Socket& Conversation::source(Direction direction) {
    return direction == Direction::request ? client : server;
}

Conversation::Socket& Conversation::target(Direction direction) {
    return direction == Direction::request ? server : client;
}

boost::asio::steady_timer& Conversation::timer(Direction direction) {
    return timers_.at(direction == Direction::request ? 0 : 1);
}

}  // namespace followd::fault
