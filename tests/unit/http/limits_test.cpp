#include "client_fixture.hpp"
#include "http/gzip.hpp"

#include <gmock/gmock.h>

/// Nothing that a server says makes the client take more than it was told to.

namespace followd::http {
namespace {

using test::answer;
using test::ScriptedPeer;
using test::ScriptedServer;

class LimitsTest : public ClientTest {
protected:
    Result<Response> ask(std::string bytes, std::size_t bytes_max) {
        client_.reset();
        server_ = std::make_unique<ScriptedServer>([bytes](ScriptedPeer& peer, int) {
            while (!peer.read_request().empty()) {
                peer.send(bytes);
            }
        });
        connect_to({server_->url()});
        auto limited = request(Method::get);
        limited.response_bytes_max = bytes_max;
        return send(std::move(limited));
    }

    void expect_fits(const std::string& bytes, std::size_t size) {
        const auto fits = ask(bytes, size);
        ASSERT_TRUE(fits.ok()) << to_string(fits.failure());
        EXPECT_EQ(fits.value().body.size(), size);
        const auto over = ask(bytes, size - 1);
        ASSERT_FALSE(over.ok());
        EXPECT_EQ(over.failure().kind, FailureKind::too_large);
        EXPECT_THAT(over.failure().what, testing::HasSubstr(std::to_string(size - 1) + " bytes"));
    }

    std::unique_ptr<ScriptedServer> server_;
};

TEST_F(LimitsTest, BodyWithALength) {
    expect_fits(answer(std::string(100'000, 'x')), 100'000);
}

TEST_F(LimitsTest, ALengthTooLargeIsRefusedBeforeTheBodyComes) {
    const auto response = ask("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", 1000);
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.failure().kind, FailureKind::too_large);
}

TEST_F(LimitsTest, ChunkedBody) {
    std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 10; ++i) {
        bytes += "3e8\r\n" + std::string(1000, 'x') + "\r\n";
    }
    expect_fits(bytes + "0\r\n\r\n", 10'000);
    const auto endless =
        ask("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n", 10'000);
    EXPECT_EQ(endless.failure().kind, FailureKind::too_large);
}

TEST_F(LimitsTest, BodyWithoutEnd) {
    const auto response = ask("HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x'), 10'000);
    EXPECT_EQ(response.failure().kind, FailureKind::too_large);
}

TEST_F(LimitsTest, PackedBody) {
    const auto packed = gzip(std::string(30U << 20U, ' ')).value();
    const auto bomb = ask(answer(packed, "Content-Encoding: gzip\r\n"), 1U << 20U);
    ASSERT_FALSE(bomb.ok());
    EXPECT_EQ(bomb.failure().kind, FailureKind::too_large);
    expect_fits(answer(gzip(std::string(100'000, 'y')).value(), "Content-Encoding: gzip\r\n"),
                100'000);
}

TEST_F(LimitsTest, Header) {
    EXPECT_TRUE(ask(answer("{}", "X-A: " + std::string(60'000, 'x') + "\r\n"), 1000).ok());
    const auto response = ask(answer("{}", "X-A: " + std::string(70'000, 'x') + "\r\n"), 1000);
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.failure().kind, FailureKind::too_large);
    std::string many;
    for (int i = 0; i < 20'000; ++i) {
        many += "X-A: b\r\n";
    }
    EXPECT_EQ(ask(answer("{}", many), 1000).failure().kind, FailureKind::too_large);
}

TEST_F(LimitsTest, TooLargeClosesTheConnection) {
    ASSERT_FALSE(ask(answer(std::string(1000, 'x')), 10).ok());
    EXPECT_TRUE(send(request(Method::get)).ok());
    EXPECT_EQ(server_->connections(), 2);
}

}  // namespace
}  // namespace followd::http
