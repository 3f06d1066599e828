#include "http/server.hpp"

#include "certificates.hpp"
#include "http/client.hpp"
#include "support/run.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/// The admin API's server, asked by the client of this folder and by raw sockets.

namespace followd::http {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using testing::HasSubstr;

asio::awaitable<Response> echo(ServerRequest request) {
    Response response;
    response.status = request.target == "/absent" ? 404 : 200;
    response.content_type = "text/plain";
    response.body = std::string{to_string(request.method)} + " " + request.target + " " +
                    request.host + " " + request.authorization + " " + request.body;
    if (request.target == "/throw") {
        throw std::runtime_error{"hunter2"};
    }
    co_return response;
}

class ServerTest : public testing::Test {
protected:
    ~ServerTest() override {
        client_.reset();
        if (server_) {
            test::run(context_, server_->stop());
        }
    }

    Result<void> start(const std::string& listen, ServerOptions options = {}) {
        options.listen = parse_listen_address(listen).value();
        server_.emplace(context_.get_executor(), std::move(options), echo);
        auto started = server_->start();
        if (started) {
            client_ =
                Client::create(context_.get_executor(),
                               {.urls = {server_->address()}, .authorization = "Bearer token"})
                    .value();
        }
        return started;
    }

    Result<Response> ask(Method method, std::string target, std::string body = {}) {
        Request request;
        request.method = method;
        request.target = std::move(target);
        request.body = std::move(body);
        request.deadline = std::chrono::seconds{10};
        return test::run(context_, client_->send(std::move(request)));
    }

    /// What the server says to bytes that no client of ours would send, until it closes.
    std::string say(std::string bytes) {
        return test::run(context_, say_raw(server_->address().port, std::move(bytes)));
    }

    static asio::awaitable<std::string> say_raw(std::uint16_t port, std::string bytes) {
        const auto executor = co_await asio::this_coro::executor;
        asio::ip::tcp::socket socket{executor};
        const asio::ip::tcp::endpoint endpoint{asio::ip::address_v4::loopback(), port};
        co_await socket.async_connect(endpoint, asio::use_awaitable);
        std::string heard;
        std::string piece(4096, '\0');
        const auto buffer = asio::buffer(piece);
        try {
            co_await asio::async_write(socket, asio::buffer(bytes), asio::use_awaitable);
            for (;;) {
                const auto got = co_await socket.async_read_some(buffer, asio::use_awaitable);
                heard.append(piece, 0, got);
            }
        } catch (const boost::system::system_error&) {
            // Closed: that is the end of what there is to hear.
        }
        co_return heard;
    }

    asio::io_context context_;
    std::optional<Server> server_;
    std::unique_ptr<Client> client_;
    test::TemporaryFolder folder_;
};

TEST_F(ServerTest, PassesRequestsToTheHandler) {
    ASSERT_TRUE(start("127.0.0.1:0").ok());
    const auto host = server_->address().authority();
    const auto response = ask(Method::post, "/pause?index=a", "{\"a\":1}");
    ASSERT_TRUE(response.ok()) << to_string(response.failure());
    EXPECT_EQ(response.value().body, "POST /pause?index=a " + host + " Bearer token {\"a\":1}");
    EXPECT_EQ(response.value().content_type, "text/plain");
    EXPECT_EQ(ask(Method::get, "/absent").value().status, 404);
    EXPECT_EQ(ask(Method::head, "/").value().body, "");
    EXPECT_THAT(ask(Method::del, "/x").value().body, HasSubstr("DELETE /x"));
}

TEST_F(ServerTest, WhatAHandlerThrowsStaysInside) {
    ASSERT_TRUE(start("127.0.0.1:0").ok());
    const auto response = ask(Method::get, "/throw");
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response.value().status, 500);
    EXPECT_THAT(response.value().body, testing::Not(HasSubstr("hunter2")));
    EXPECT_EQ(ask(Method::get, "/").value().status, 200);
}

TEST_F(ServerTest, UnixSocket) {
    const auto path = folder_.file("followd.sock");
    ASSERT_TRUE(start("unix:" + path).ok());
    struct stat found{};
    ASSERT_EQ(::stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0660U);
    const auto response = ask(Method::get, "/status");
    ASSERT_TRUE(response.ok()) << to_string(response.failure());
    EXPECT_EQ(response.value().location, "unix:" + path);
    EXPECT_EQ(response.value().body, "GET /status localhost Bearer token ");
    client_.reset();
    test::run(context_, server_->stop());
    EXPECT_NE(::stat(path.c_str(), &found), 0);
}

TEST_F(ServerTest, UnixSocketOfADeadProcessIsReplaced) {
    const auto path = folder_.file("followd.sock");
    const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    ASSERT_EQ(::bind(dead, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
    ::close(dead);
    ASSERT_TRUE(start("unix:" + path).ok());
    EXPECT_TRUE(ask(Method::get, "/").ok());
}

TEST_F(ServerTest, UnixSocketOfALivingProcessIsNot) {
    const auto path = folder_.file("followd.sock");
    ASSERT_TRUE(start("unix:" + path).ok());
    Server second{
        context_.get_executor(), {.listen = parse_listen_address("unix:" + path).value()}, echo};
    const auto started = second.start();
    ASSERT_FALSE(started.ok());
    EXPECT_EQ(started.failure().kind, FailureKind::conflict);
    EXPECT_THAT(started.failure().what, HasSubstr("another process"));
    EXPECT_TRUE(ask(Method::get, "/").ok());
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
    auto started = start("unix:" + folder_.file("absent/followd.sock"));
    ASSERT_FALSE(started.ok());
    EXPECT_THAT(to_string(started.failure()),
                testing::AllOf(HasSubstr("admin.listen: cannot listen on unix:/"),
                               HasSubstr("No such file or directory"),
                               HasSubstr("create the folder")));
    const auto file = folder_.file("file");
    std::ofstream{file} << "precious";
    started = start("unix:" + file);
    ASSERT_FALSE(started.ok());
    EXPECT_THAT(started.failure().what, HasSubstr("no socket"));
    EXPECT_EQ(::access(file.c_str(), F_OK), 0);
    EXPECT_FALSE(start("203.0.113.1:9610").ok());
    ASSERT_TRUE(start("127.0.0.1:0").ok());
    Server second{context_.get_executor(), {.listen = server_->address()}, echo};
    EXPECT_EQ(second.start().failure().kind, FailureKind::conflict);
}

TEST_F(ServerTest, RefusesWhatIsTooLongOrNotHttp) {
    ASSERT_TRUE(start("127.0.0.1:0").ok());
    EXPECT_THAT(say("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"),
                HasSubstr("HTTP/1.1 431"));
    EXPECT_THAT(say("POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n"),
                HasSubstr("HTTP/1.1 413"));
    EXPECT_THAT(say("what is this\r\n\r\n"), HasSubstr("HTTP/1.1 400"));
    EXPECT_THAT(say("BREW / HTTP/1.1\r\nConnection: close\r\n\r\n"), HasSubstr("HTTP/1.1 405"));
    EXPECT_THAT(say("GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\nConnection: close\r\n\r\n"),
                testing::AllOf(HasSubstr("GET /a"), HasSubstr("GET /b")));
    EXPECT_TRUE(ask(Method::get, "/").ok());
}

TEST_F(ServerTest, ASilentConnectionIsClosed) {
    ASSERT_TRUE(start("127.0.0.1:0", {.idle_max = milliseconds{50}}).ok());
    EXPECT_EQ(say("GET / HT"), "");
}

TEST_F(ServerTest, ConnectionsAreBounded) {
    ASSERT_TRUE(start("127.0.0.1:0", {.connections_max = 1}).ok());
    ASSERT_TRUE(ask(Method::get, "/").ok());  // and stays connected
    EXPECT_THAT(say(""), HasSubstr("HTTP/1.1 503"));
}

TEST_F(ServerTest, StopEndsIdleSessionsAndWaitsForHandlers) {
    asio::steady_timer gate{context_, asio::steady_timer::time_point::max()};
    bool answered = false;
    const auto wait_for_gate = [&](ServerRequest) -> asio::awaitable<Response> {
        return [](asio::steady_timer* timer, bool* done) -> asio::awaitable<Response> {
            boost::system::error_code ignored;
            auto token = asio::redirect_error(asio::use_awaitable, ignored);
            co_await timer->async_wait(token);
            *done = true;
            Response response;
            response.status = 200;
            co_return response;
        }(&gate, &answered);
    };
    Server server{context_.get_executor(),
                  {.listen = parse_listen_address("127.0.0.1:0").value()},
                  wait_for_gate};
    ASSERT_TRUE(server.start().ok());
    auto client = Client::create(context_.get_executor(), {.urls = {server.address()}}).value();
    std::optional<Result<Response>> result;
    Request request;
    request.target = "/";
    asio::co_spawn(context_,
                   test::detail::store(client->send(std::move(request)), &result),
                   [](const std::exception_ptr& thrown) { EXPECT_FALSE(thrown); });
    bool stopped = false;
    context_.run_for(milliseconds{50});
    asio::co_spawn(context_, server.stop(), [&](const std::exception_ptr&) { stopped = true; });
    context_.restart();
    context_.run_for(milliseconds{50});
    EXPECT_FALSE(stopped);
    gate.cancel();
    context_.restart();
    context_.run();
    EXPECT_TRUE(stopped);
    EXPECT_TRUE(answered);
    ASSERT_TRUE(result.has_value());
    EXPECT_FALSE(result->ok());
}

}  // namespace
}  // namespace followd::http
