#include "client_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <optional>

/// How requests find connections, and how they end.

namespace followd::http {
namespace {

using std::chrono::milliseconds;
using test::answer;
using test::ScriptedPeer;
using test::ScriptedServer;
using testing::HasSubstr;
using testing::Not;

void serve_all(ScriptedPeer& peer, int /*number*/) {
    while (!peer.read_request().empty()) {
        peer.send(answer("{}"));
    }
}

TEST_F(ClientTest, SendsWhatItIsTold) {
    std::string seen;
    ScriptedServer server{[&seen](ScriptedPeer& peer, int) {
        seen = peer.read_request();
        peer.send(answer("{\"a\":1}", "Content-Type: application/json\r\n"));
    }};
    auto url = server.url();
    url.prefix = "/es";
    connect_to({url}, {.authorization = "Basic c2VjcmV0"});
    const auto response = send(request(Method::post, "/a%2Fb/_bulk?x=1", "{\"b\":2}\n"));
    ASSERT_TRUE(response.ok()) << to_string(response.failure());
    EXPECT_EQ(response.value().status, 200);
    EXPECT_EQ(response.value().body, "{\"a\":1}");
    EXPECT_EQ(response.value().content_type, "application/json");
    EXPECT_EQ(response.value().location, url.text());
    EXPECT_THAT(seen, testing::StartsWith("POST /es/a%2Fb/_bulk?x=1 HTTP/1.1\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nHost: " + url.authority() + "\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nUser-Agent: followd/"));
    EXPECT_THAT(seen, HasSubstr("\r\nAuthorization: Basic c2VjcmV0\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nContent-Type: application/json\r\n"));
    EXPECT_THAT(seen, Not(HasSubstr("Accept-Encoding")));
    EXPECT_THAT(seen, testing::EndsWith("\r\n\r\n{\"b\":2}\n"));
}

TEST_F(ClientTest, ASecretPathIsSentAndNeverTold) {
    std::string seen;
    auto server = std::make_unique<ScriptedServer>([&seen](ScriptedPeer& peer, int) {
        seen = peer.read_request();
        peer.send(answer("{}"));
    });
    auto url = server->url();
    url.prefix = "/proxy";
    connect_to({url}, {.secret_path = "/t0ken"});
    const auto response = get("/index-7");
    ASSERT_TRUE(response.ok()) << to_string(response.failure());
    EXPECT_THAT(seen, testing::StartsWith("GET /proxy/t0ken/index-7 HTTP/1.1\r\n"));
    EXPECT_THAT(response.value().location, Not(HasSubstr("t0ken")));
    server.reset();
    const auto failed = get("/index-7");
    ASSERT_FALSE(failed.ok());
    EXPECT_THAT(to_string(failed.failure()), HasSubstr("GET /index-7"));
    EXPECT_THAT(to_string(failed.failure()), Not(HasSubstr("t0ken")));
}

TEST_F(ClientTest, AsksForAPartAndSaysWhatCame) {
    std::string seen;
    ScriptedServer server{[&seen](ScriptedPeer& peer, int) {
        seen = peer.read_request();
        peer.send(
            "HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\nETag: \"1-9\"\r\n"
            "Content-Range: bytes 4-6/9\r\n\r\nabc");
    }};
    connect_to({server.url()});
    auto asked = request(Method::get, "/file");
    asked.range = ByteRange{.first = 4, .count = 3};
    const auto response = send(std::move(asked));
    ASSERT_TRUE(response.ok()) << to_string(response.failure());
    EXPECT_THAT(seen, HasSubstr("\r\nRange: bytes=4-6\r\n"));
    EXPECT_EQ(response.value().status, 206);
    EXPECT_EQ(response.value().body, "abc");
    EXPECT_EQ(response.value().etag, "\"1-9\"");
    EXPECT_EQ(response.value().content_range, "bytes 4-6/9");
}

TEST_F(ClientTest, BodiesOfAnySizeArriveWhole) {
    std::vector<std::size_t> sizes;
    ScriptedServer server{[&sizes](ScriptedPeer& peer, int) {
        for (auto text = peer.read_request(); !text.empty(); text = peer.read_request()) {
            const auto body = text.substr(text.find("\r\n\r\n") + 4);
            EXPECT_EQ(body, std::string(body.size(), 'x'));
            sizes.push_back(body.size());
            peer.send(answer("{}"));
        }
    }};
    connect_to({server.url()});
    const std::vector<std::size_t> wanted{0, 1, 8U << 10U, (8U << 10U) + 1, 5'000'000};
    for (const auto size : wanted) {
        ASSERT_TRUE(send(request(Method::put, "/", std::string(size, 'x'))).ok());
    }
    EXPECT_EQ(sizes, wanted);
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(ClientTest, AnyStatusIsAnAnswer) {
    ScriptedServer server{[](ScriptedPeer& peer, int) {
        peer.read_request();
        peer.send(
            "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\n"
            "Content-Length: 13\r\n\r\n<html></html>");
    }};
    connect_to({server.url()});
    const auto response = get();
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response.value().status, 503);
    EXPECT_EQ(response.value().body, "<html></html>");
}

TEST_F(ClientTest, KeepsTheConnection) {
    ScriptedServer server{serve_all};
    connect_to({server.url()});
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(get().ok());
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(ClientTest, ObeysConnectionClose) {
    ScriptedServer server{[](ScriptedPeer& peer, int) {
        peer.read_request();
        peer.send(answer("{}", "Connection: close\r\n"));
        peer.wait_for_close();
    }};
    connect_to({server.url()});
    ASSERT_TRUE(get().ok());
    ASSERT_TRUE(get().ok());
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, ConnectionClosedWhileIdleIsNotUsedForAWrite) {
    ScriptedServer server{[](ScriptedPeer& peer, int) {
        peer.read_request();
        peer.send(answer("{}"));
        peer.half_close();
        peer.wait_for_close();
    }};
    connect_to({server.url()});
    ASSERT_TRUE(send(request(Method::post, "/", "{}")).ok());
    // half_close() may come a little after its answer.
    boost::asio::steady_timer pause{context_, milliseconds{50}};
    pause.wait();
    EXPECT_TRUE(send(request(Method::post, "/", "{}")).ok());
    EXPECT_EQ(server.connections(), 2);
}

/// Answers the first request of its first connection and hangs up on the second.
void answer_once(ScriptedPeer& peer, int number) {
    peer.read_request();
    peer.send(answer("{}"));
    peer.read_request();
    if (number > 0) {
        peer.send(answer("{}"));
    }
}

TEST_F(ClientTest, AReadStartsAfreshWhereAnIdleConnectionBreaks) {
    ScriptedServer server{answer_once};
    connect_to({server.url()});
    ASSERT_TRUE(get().ok());
    EXPECT_TRUE(get().ok());
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, AWriteIsNeverSentTwice) {
    for (const auto method : {Method::post, Method::put, Method::del}) {
        ScriptedServer server{answer_once};
        connect_to({server.url()});
        ASSERT_TRUE(get().ok());
        const auto response = send(request(method, "/a/_bulk?secret=1", "{}"));
        ASSERT_FALSE(response.ok());
        EXPECT_EQ(response.failure().kind, FailureKind::unreachable);
        EXPECT_THAT(response.failure().what, HasSubstr("may have been carried out"));
        EXPECT_THAT(response.failure().what, HasSubstr("/a/_bulk"));
        EXPECT_THAT(response.failure().what, Not(HasSubstr("secret")));
        EXPECT_EQ(response.failure().where, "cluster_x at " + server.url().text());
        EXPECT_EQ(server.connections(), 1);
        client_->close();
        client_.reset();
    }
}

TEST_F(ClientTest, AFreshConnectionThatBreaksIsNotTriedAgain) {
    ScriptedServer server{[](ScriptedPeer& peer, int) { peer.read_request(); }};
    connect_to({server.url()});
    const auto response = get();
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.failure().kind, FailureKind::unreachable);
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(ClientTest, AnEarlyRefusalCountsMoreThanThatWritingFailed) {
    ScriptedServer server{[](ScriptedPeer& peer, int) {
        peer.send("HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 0\r\n\r\n");
        peer.half_close();
        peer.wait_for_close();
    }};
    connect_to({server.url()});
    const auto response = send(request(Method::post, "/", std::string(1U << 20U, 'x')));
    ASSERT_TRUE(response.ok()) << to_string(response.failure());
    EXPECT_EQ(response.value().status, 413);
}

TEST_F(ClientTest, FailsOverWithinOneSend) {
    ScriptedServer server{serve_all};
    connect_to({test::dead_url(), server.url()});
    for (int i = 0; i < 3; ++i) {
        const auto response = send(request(Method::post, "/", "{}"));
        ASSERT_TRUE(response.ok()) << to_string(response.failure());
        EXPECT_EQ(response.value().location, server.url().text());
    }
}

TEST_F(ClientTest, SaysWhatFailedAtEveryAddress) {
    const auto first = test::dead_url();
    auto second = test::dead_url();
    second.host = "no-such-host.invalid";
    connect_to({first, second});
    const auto response = get();
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.failure().kind, FailureKind::unreachable);
    EXPECT_THAT(response.failure().what, HasSubstr(first.text()));
    EXPECT_THAT(response.failure().what, HasSubstr("Connection refused"));
    EXPECT_THAT(response.failure().what, HasSubstr(second.text()));
    EXPECT_THAT(response.failure().what, HasSubstr("not found"));
}

TEST_F(ClientTest, NewConnectionsTakeTheAddressesInTurn) {
    const auto close_each = [](ScriptedPeer& peer, int) {
        peer.read_request();
        peer.send(answer("{}", "Connection: close\r\n"));
    };
    ScriptedServer first{close_each};
    ScriptedServer second{close_each};
    connect_to({first.url(), second.url()});
    for (int i = 0; i < 6; ++i) {
        ASSERT_TRUE(get().ok());
    }
    EXPECT_EQ(first.connections(), 3);
    EXPECT_EQ(second.connections(), 3);
}

TEST_F(ClientTest, NamesAreLookedUp) {
    ScriptedServer server{serve_all};
    auto url = server.url();
    url.host = "localhost";
    connect_to({url});
    const auto response = get();
    EXPECT_TRUE(response.ok()) << to_string(response.failure());
}

TEST_F(ClientTest, TimeoutCoversTheAnswerAndClosesTheConnection) {
    ScriptedServer server{[](ScriptedPeer& peer, int number) {
        if (number == 0) {
            peer.read_request();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{");
            peer.wait_for_close();
        } else {
            serve_all(peer, number);
        }
    }};
    connect_to({server.url()});
    auto slow = request(Method::get, "/slow");
    slow.deadline = milliseconds{100};
    const auto response = send(std::move(slow));
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.failure().kind, FailureKind::timeout);
    EXPECT_THAT(response.failure().what, HasSubstr("100 ms"));
    EXPECT_TRUE(get().ok());
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, ASilentHandshakeEndsWithTheConnectTimeout) {
    ScriptedServer server{[](ScriptedPeer& peer, int) { peer.wait_for_close(); }};
    auto url = server.url();
    url.tls = true;
    connect_to({url}, {.connect_timeout = milliseconds{100}});
    const auto response = get();
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.failure().kind, FailureKind::unreachable);
    EXPECT_THAT(response.failure().what, HasSubstr("no connection within 100 ms"));
}

/// Starts a send without waiting for it.
void start(boost::asio::io_context& context,
           Client& client,
           Request request,
           std::optional<Result<Response>>& result) {
    boost::asio::co_spawn(context,
                          test::detail::store(client.send(std::move(request)), &result),
                          [](const std::exception_ptr& thrown) { EXPECT_FALSE(thrown); });
}

TEST_F(ClientTest, CloseEndsWhatIsUnderWay) {
    ScriptedServer server{[](ScriptedPeer& peer, int) { peer.wait_for_close(); }};
    connect_to({server.url()}, {.connections_max = 2});
    std::vector<std::optional<Result<Response>>> results(5);
    for (auto& result : results) {
        start(context_, *client_, request(Method::post, "/", "{}"), result);
    }
    while (server.connections() < 2) {
        context_.run_for(milliseconds{5});
        context_.restart();
    }
    client_->close();
    context_.run();
    for (const auto& result : results) {
        ASSERT_TRUE(result.has_value());
        ASSERT_FALSE(result->ok());
        EXPECT_EQ(result->failure().kind, FailureKind::cancelled);
    }
    EXPECT_EQ(get().failure().kind, FailureKind::cancelled);
    client_.reset();
}

TEST_F(ClientTest, SendsWaitTheirTurnInOrder) {
    std::mutex mutex;
    std::vector<std::string> order;
    ScriptedServer server{[&](ScriptedPeer& peer, int) {
        for (auto text = peer.read_request(); !text.empty(); text = peer.read_request()) {
            {
                const std::scoped_lock lock{mutex};
                order.push_back(text.substr(4, 2));
            }
            peer.send(answer("{}"));
        }
    }};
    connect_to({server.url()}, {.connections_max = 1});
    std::vector<std::optional<Result<Response>>> results(9);
    std::vector<std::string> wanted;
    for (std::size_t i = 0; i < results.size(); ++i) {
        wanted.push_back("/" + std::to_string(i));
        start(context_, *client_, request(Method::get, wanted.back()), results[i]);
    }
    context_.run();
    for (const auto& result : results) {
        EXPECT_TRUE(result.has_value() && result->ok());
    }
    EXPECT_EQ(order, wanted);
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(ClientTest, WaitingForATurnIsWithinTheDeadline) {
    ScriptedServer server{[](ScriptedPeer& peer, int) { peer.wait_for_close(); }};
    connect_to({server.url()}, {.connections_max = 1});
    std::optional<Result<Response>> first;
    std::optional<Result<Response>> second;
    start(context_, *client_, request(Method::get), first);
    auto hurried = request(Method::get);
    hurried.deadline = milliseconds{50};
    start(context_, *client_, std::move(hurried), second);
    while (!second) {
        context_.run_one();
    }
    EXPECT_FALSE(first.has_value());
    EXPECT_EQ(second->failure().kind, FailureKind::timeout);
    EXPECT_THAT(second->failure().what, HasSubstr("free connection"));
    client_->close();
    context_.run();
    EXPECT_TRUE(first.has_value());
}

TEST_F(ClientTest, RefusesCredentialsThatSplitTheHead) {
    const auto client = Client::create(
        context_.get_executor(), {.urls = {test::dead_url()}, .authorization = "Basic hunter2\n"});
    ASSERT_FALSE(client.ok());
    EXPECT_THAT(client.failure().what, Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace followd::http
