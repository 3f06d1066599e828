#include "support/scripted_server.hpp"

#include "followd/base/assert.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <cstdlib>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace followd::test {

namespace {

constexpr int patience_s = 10;

struct Bound {
    int descriptor;
    std::uint16_t port;
};

Bound bind_loopback() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    FOLLOWD_ASSERT(::bind(descriptor, reinterpret_cast<sockaddr*>(&name), size) == 0);
    FOLLOWD_ASSERT(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &size) == 0);
    return {descriptor, ntohs(name.sin_port)};
}

SSL_CTX* make_context(const ScriptedTls& options) {
    SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
    FOLLOWD_ASSERT(SSL_CTX_use_certificate_chain_file(context, options.cert_file.c_str()) == 1);
    FOLLOWD_ASSERT(
        SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) == 1);
    if (!options.client_ca_file.empty()) {
        FOLLOWD_ASSERT(
            SSL_CTX_load_verify_locations(context, options.client_ca_file.c_str(), nullptr) == 1);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    return context;
}

std::size_t content_length(std::string_view head) {
    constexpr std::string_view name = "\r\nContent-Length: ";
    const auto found = head.find(name);
    if (found == std::string_view::npos) {
        return 0;
    }
    return std::strtoull(head.data() + found + name.size(), nullptr, 10);
}

}  // namespace

ScriptedPeer::ScriptedPeer(int descriptor, SSL_CTX* tls) : descriptor_{descriptor} {
    const timeval patience{.tv_sec = patience_s, .tv_usec = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (tls != nullptr) {
        tls_ = SSL_new(tls);
        SSL_set_fd(tls_, descriptor_);
        broken_ = SSL_accept(tls_) != 1;
    }
}

ScriptedPeer::~ScriptedPeer() {
    if (tls_ != nullptr) {
        SSL_free(tls_);
    }
    ::close(descriptor_);
}

int ScriptedPeer::read_some(char* into, int size) {
    if (broken_) {
        return 0;
    }
    if (tls_ != nullptr) {
        return SSL_read(tls_, into, size);
    }
    return static_cast<int>(::recv(descriptor_, into, static_cast<std::size_t>(size), 0));
}

std::string ScriptedPeer::read_request() {
    std::string text = std::exchange(read_ahead_, {});
    std::string piece(64U << 10U, '\0');
    for (;;) {
        const auto head_end = text.find("\r\n\r\n");
        if (head_end != std::string::npos) {
            const std::size_t whole = head_end + 4 + content_length(text.substr(0, head_end + 2));
            if (text.size() >= whole) {
                read_ahead_ = text.substr(whole);
                text.resize(whole);
                return text;
            }
        }
        const int got = read_some(piece.data(), static_cast<int>(piece.size()));
        if (got <= 0) {
            return {};
        }
        text.append(piece, 0, static_cast<std::size_t>(got));
    }
}

bool ScriptedPeer::send(std::string_view bytes) {
    if (broken_) {
        return false;
    }
    if (tls_ != nullptr) {
        return bytes.empty() || SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) > 0;
    }
    while (!bytes.empty()) {
        const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void ScriptedPeer::half_close() {
    if (tls_ != nullptr) {
        SSL_shutdown(tls_);
    }
    ::shutdown(descriptor_, SHUT_WR);
}

void ScriptedPeer::wait_for_close() {
    std::string piece(4096, '\0');
    while (read_some(piece.data(), static_cast<int>(piece.size())) > 0) {
    }
}

void ScriptedPeer::interrupt() {
    ::shutdown(descriptor_, SHUT_RDWR);
}

ScriptedServer::ScriptedServer(Script script) : script_{std::move(script)} {
    const Bound bound = bind_loopback();
    listener_ = bound.descriptor;
    port_ = bound.port;
    FOLLOWD_ASSERT(::listen(listener_, 64) == 0);
    acceptor_ = std::thread{[this] { accept_all(); }};
}

ScriptedServer::ScriptedServer(Script script, const ScriptedTls& tls)
    : script_{std::move(script)}, tls_{make_context(tls)} {
    const Bound bound = bind_loopback();
    listener_ = bound.descriptor;
    port_ = bound.port;
    FOLLOWD_ASSERT(::listen(listener_, 64) == 0);
    acceptor_ = std::thread{[this] { accept_all(); }};
}

ScriptedServer::~ScriptedServer() {
    {
        const std::scoped_lock lock{mutex_};
        stopping_ = true;
        for (ScriptedPeer* const peer : peers_) {
            peer->interrupt();
        }
    }
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (auto& thread : threads_) {
        thread.join();
    }
    ::close(listener_);
    if (tls_ != nullptr) {
        SSL_CTX_free(tls_);
    }
}

http::Url ScriptedServer::url() const {
    http::Url url;
    url.tls = tls_ != nullptr;
    url.host = "127.0.0.1";
    url.port = port_;
    return url;
}

void ScriptedServer::accept_all() {
    for (;;) {
        const int accepted = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (accepted < 0) {
            return;
        }
        const int number = connections_++;
        threads_.emplace_back([this, accepted, number] { serve(accepted, number); });
    }
}

void ScriptedServer::serve(int descriptor, int number) {
    // OpenSSL writes without MSG_NOSIGNAL.
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    ScriptedPeer peer{descriptor, tls_};
    std::list<ScriptedPeer*>::iterator place;
    {
        const std::scoped_lock lock{mutex_};
        place = peers_.insert(peers_.end(), &peer);
        if (stopping_) {
            peer.interrupt();
        }
    }
    script_(peer, number);
    const std::scoped_lock lock{mutex_};
    peers_.erase(place);
}

std::string answer(std::string_view body, std::string_view headers) {
    std::string text = "HTTP/1.1 200 OK\r\n";
    text += headers;
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    text += body;
    return text;
}

http::Url dead_url() {
    const Bound bound = bind_loopback();
    ::close(bound.descriptor);
    http::Url url;
    url.host = "127.0.0.1";
    url.port = bound.port;
    return url;
}

}  // namespace followd::test
