#pragma once

#include "http/url.hpp"

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

/// A server that does exactly what a test says, right or wrong, on real loopback sockets.

namespace followd::test {

/// One accepted connection, in a thread of its own. Reads give up after 10 s.
class ScriptedPeer {
public:
    ScriptedPeer(int descriptor, SSL_CTX* tls);
    ~ScriptedPeer();
    ScriptedPeer(const ScriptedPeer&) = delete;
    ScriptedPeer& operator=(const ScriptedPeer&) = delete;

    /// Head and body (by Content-Length) of the next request; empty when the client has closed.
    std::string read_request();
    /// False where the client is gone.
    bool send(std::string_view bytes);
    /// Ends this side only; over TLS with the closing message.
    void half_close();
    /// Returns when the client has closed.
    void wait_for_close();
    /// Wakes whatever the script is waiting for. From any thread.
    void interrupt();

private:
    int read_some(char* into, int size);

    int descriptor_;
    SSL* tls_ = nullptr;
    bool broken_ = false;
    std::string read_ahead_;
};

struct ScriptedTls {
    std::string cert_file;
    std::string key_file;
    std::string client_ca_file;  ///< when set, clients must show a certificate
};

/// Runs the script for each connection (numbered from 0) and closes the connection when it ends.
class ScriptedServer {
public:
    using Script = std::function<void(ScriptedPeer&, int)>;

    explicit ScriptedServer(Script script);
    ScriptedServer(Script script, const ScriptedTls& tls);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    /// http:// or https:// at 127.0.0.1.
    [[nodiscard]] http::Url url() const;
    /// Connections accepted so far.
    [[nodiscard]] int connections() const { return connections_; }

private:
    void accept_all();
    void serve(int descriptor, int number);

    Script script_;
    SSL_CTX* tls_ = nullptr;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_{0};
    std::mutex mutex_;
    std::list<ScriptedPeer*> peers_;
    std::list<std::thread> threads_;
    bool stopping_ = false;
    std::thread acceptor_;
};

/// A whole answer: "HTTP/1.1 200 OK", the headers given (each ends in CRLF), Content-Length, body.
[[nodiscard]] std::string answer(std::string_view body, std::string_view headers = {});

/// A port of the loopback on which nobody listens.
[[nodiscard]] http::Url dead_url();

}  // namespace followd::test
