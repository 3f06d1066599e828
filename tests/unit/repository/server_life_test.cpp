#include "server_fixture.hpp"

#include <unistd.h>

/// Beginning, limits and end.

namespace followd::repository::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr std::size_t large_bytes = std::size_t{96} << 20U;

class ServerLife : public ServerTest {
protected:
    void put_large() {
        put("large", "");
        ASSERT_EQ(::truncate(folder_.file("large").c_str(), large_bytes), 0);
    }

    /// Of a new connection's first answer.
    int status_of_next() {
        try {
            return connect().ask("GET /file").status;
        } catch (const boost::system::system_error&) {
            return 0;  // Closed before the question was sent.
        }
    }

    /// A client that asked for much and read little of it.
    std::unique_ptr<Peer> begin_large() {
        auto peer = std::make_unique<Peer>(port_);
        peer->send("GET /large HTTP/1.1\r\n\r\n");
        EXPECT_THAT(peer->read_head(), HasSubstr("200 OK"));
        EXPECT_EQ(peer->read(1000).size(), 1000U);
        return peer;
    }
};

TEST_F(ServerLife, ASilentClientIsSentAway) {
    ASSERT_TRUE(start({.idle_max = milliseconds{50}}).ok());
    Peer peer = connect();
    peer.send("GET / HT");
    EXPECT_EQ(peer.read_to_end(), "");
}

TEST_F(ServerLife, AClientThatReadsNothingIsCutOff) {
    put_large();
    ASSERT_TRUE(start({.idle_max = milliseconds{50}}).ok());
    const auto peer = begin_large();
    std::this_thread::sleep_for(milliseconds{500});
    EXPECT_LT(peer->read_to_end().size() + 1000, large_bytes);
}

TEST_F(ServerLife, ConnectionsAreBounded) {
    put("file", "hello");
    ASSERT_TRUE(start({.connections_max = 2, .idle_max = seconds{5}}).ok());
    Peer first = connect();
    EXPECT_EQ(first.ask("GET /file").status, 200);
    {
        Peer second = connect();
        EXPECT_EQ(second.ask("GET /file").status, 200);
        Peer third = connect();
        EXPECT_THAT(third.read_to_end(), HasSubstr("HTTP/1.1 503"));
    }
    EXPECT_EQ(first.ask("GET /file").status, 200);
    // The second one's place is free again as soon as its end was seen.
    int status = 0;
    for (int attempt = 0; attempt < 1000 && status != 200; ++attempt) {
        std::this_thread::sleep_for(milliseconds{5});
        status = status_of_next();
    }
    EXPECT_EQ(status, 200);
}

TEST_F(ServerLife, ManyClientsAtOnce) {
    put_large();
    put("file", "hello");
    ASSERT_TRUE(start().ok());
    std::vector<std::unique_ptr<Peer>> slow;
    for (int i = 0; i < 20; ++i) {
        slow.push_back(begin_large());
    }
    Peer quick = connect();
    EXPECT_EQ(quick.ask("GET /file").body, "hello");
    EXPECT_EQ(slow.back()->read(large_bytes - 1000).size(), large_bytes - 1000);
}

TEST_F(ServerLife, StopEndsIdleConnectionsAtOnce) {
    put("file", "hello");
    ASSERT_TRUE(start().ok());
    Peer peer = connect();
    EXPECT_EQ(peer.ask("GET /file").status, 200);
    const Peer silent = connect();
    auto stopped = begin_stop(seconds{60});
    ASSERT_EQ(stopped.wait_for(seconds{10}), std::future_status::ready);
    thread_.join();
    EXPECT_EQ(peer.read_to_end(), "");
}

TEST_F(ServerLife, StopLetsAnAnswerUnderWayEnd) {
    put_large();
    ASSERT_TRUE(start().ok());
    const auto peer = begin_large();
    auto stopped = begin_stop(seconds{60});
    EXPECT_EQ(stopped.wait_for(milliseconds{100}), std::future_status::timeout);
    EXPECT_THROW(connect().ask("GET /large"), boost::system::system_error);
    EXPECT_EQ(peer->read_to_end().size() + 1000, large_bytes);
    stopped.wait();
    thread_.join();
}

TEST_F(ServerLife, StopWaitsNoLongerThanItsGrace) {
    put_large();
    ASSERT_TRUE(start().ok());
    const auto peer = begin_large();
    stop(milliseconds{50});
    EXPECT_LT(peer->read_to_end().size() + 1000, large_bytes);
}

TEST_F(ServerLife, TheGraceCanBeEnded) {
    put_large();
    ASSERT_TRUE(start().ok());
    const auto peer = begin_large();
    auto stopped = begin_stop(seconds{60});
    boost::asio::post(context_, [this] { server_->cut_off(); });
    stopped.wait();
    thread_.join();
    EXPECT_LT(peer->read_to_end().size() + 1000, large_bytes);
}

TEST_F(ServerLife, WhatCannotBegin) {
    std::filesystem::remove(folder_.path());
    auto started = start();
    ASSERT_FALSE(started.ok());
    EXPECT_EQ(started.failure().kind, FailureKind::not_found);
    std::filesystem::create_directory(folder_.path());
    ASSERT_TRUE(start().ok());
    ServerOptions same;
    same.root = folder_.path();
    same.listen = server_->address();
    same.listen_setting = "--listen";
    RepositoryServer second{context_.get_executor(), std::move(same)};
    started = second.start();
    ASSERT_FALSE(started.ok());
    EXPECT_EQ(started.failure().kind, FailureKind::conflict);
    EXPECT_THAT(to_string(started.failure()), HasSubstr("stop it or change --listen"));
}

}  // namespace
}  // namespace followd::repository::test
