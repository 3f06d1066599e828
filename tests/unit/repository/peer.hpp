#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

/// A client of one connection that waits for what it reads, and sends whatever a test wants.

namespace followd::repository::test {

namespace asio = boost::asio;

class Peer {
public:
    struct Answer {
        int status = 0;    ///< 0 where the connection ended before an answer
        std::string head;  ///< as it came
        std::string body;
        bool is_whole = false;  ///< as long as its Content-Length
    };

    /// Keeps little unread, so that a sender notices soon when nobody reads.
    explicit Peer(std::uint16_t port, bool tls = false) : socket_{context_} {
        socket_.open(asio::ip::tcp::v4());
        socket_.set_option(asio::socket_base::receive_buffer_size{64 << 10});
        socket_.connect({asio::ip::address_v4::loopback(), port});
        if (tls) {
            tls_ = std::make_unique<asio::ssl::stream<asio::ip::tcp::socket&>>(socket_, trusting_);
            tls_->handshake(asio::ssl::stream_base::client);
        }
    }

    void send(const std::string& text) {
        if (tls_) {
            asio::write(*tls_, asio::buffer(text));
        } else {
            asio::write(socket_, asio::buffer(text));
        }
    }

    /// Up to and with the empty line.
    std::string read_head() {
        while (unread_.find("\r\n\r\n") == std::string::npos && read_some()) {
        }
        return take(std::min(unread_.find("\r\n\r\n"), unread_.size()) + 4);
    }

    /// That many bytes, fewer where the connection ends before.
    std::string read(std::size_t bytes) {
        while (unread_.size() < bytes && read_some()) {
        }
        return take(bytes);
    }

    std::string read_to_end() {
        while (read_some()) {
        }
        return take(unread_.size());
    }

    Answer read_answer(bool has_body = true) {
        Answer answer;
        answer.head = read_head();
        answer.status = answer.head.empty() ? 0 : std::stoi(answer.head.substr(9, 3));
        const std::string length = field(answer.head, "Content-Length");
        if (has_body && !length.empty()) {
            answer.body = read(std::stoull(length));
            answer.is_whole = answer.body.size() == std::stoull(length);
        }
        return answer;
    }

    Answer ask(const std::string& request_line, const std::string& fields = {}) {
        send(request_line + " HTTP/1.1\r\nHost: here\r\n" + fields + "\r\n");
        return read_answer(!request_line.starts_with("HEAD "));
    }

    /// Of the head's field; empty where there is none.
    static std::string field(const std::string& head, const std::string& name) {
        const auto at = head.find("\r\n" + name + ": ");
        if (at == std::string::npos) {
            return {};
        }
        const auto begin = at + name.size() + 4;
        return head.substr(begin, head.find("\r\n", begin) - begin);
    }

private:
    bool read_some() {
        std::string piece(64U << 10U, '\0');
        boost::system::error_code error;
        const std::size_t got = tls_ ? tls_->read_some(asio::buffer(piece), error)
                                     : socket_.read_some(asio::buffer(piece), error);
        unread_.append(piece, 0, got);
        return !error;
    }

    std::string take(std::size_t bytes) {
        const std::string taken = unread_.substr(0, bytes);
        unread_.erase(0, taken.size());
        return taken;
    }

    asio::io_context context_;
    asio::ssl::context trusting_{asio::ssl::context::tls_client};
    asio::ip::tcp::socket socket_;
    std::unique_ptr<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
    std::string unread_;
};

}  // namespace followd::repository::test
