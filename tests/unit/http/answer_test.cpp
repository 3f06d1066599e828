#include "client_fixture.hpp"
#include "http/gzip.hpp"

#include <gmock/gmock.h>

/// The shapes of answers: lengths, chunks, packing, and what is none.

namespace followd::http {
namespace {

using test::answer;
using test::ScriptedPeer;
using test::ScriptedServer;
using testing::HasSubstr;

std::string chunked(std::string_view body, std::size_t chunk, std::string_view headers = {}) {
    std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";
    text += headers;
    text += "\r\n";
    for (std::size_t at = 0; at < body.size(); at += chunk) {
        const auto piece = body.substr(at, chunk);
        constexpr std::string_view digits = "0123456789abcdef";
        std::string size;
        for (auto left = piece.size(); left > 0; left /= 16) {
            size.insert(size.begin(), digits[left % 16]);
        }
        text += size + "\r\n";
        text += piece;
        text += "\r\n";
    }
    text += "0\r\n\r\n";
    return text;
}

std::string some_text(std::size_t size) {
    std::string text;
    for (std::size_t i = 0; text.size() < size; ++i) {
        text += std::to_string(i * 7919) + " ";
    }
    text.resize(size);
    return text;
}

class AnswerTest : public ClientTest {
protected:
    /// Sends the bytes for each request, sliced in two at `cut` where that lies within.
    Result<Response> ask(std::string bytes, Method method = Method::get, std::size_t cut = 0) {
        client_.reset();
        server_ = std::make_unique<ScriptedServer>([bytes, cut](ScriptedPeer& peer, int) {
            while (!peer.read_request().empty()) {
                peer.send(std::string_view{bytes}.substr(0, cut));
                peer.send(std::string_view{bytes}.substr(cut));
                if (bytes.find("X-Hang-Up") != std::string::npos) {
                    peer.half_close();
                    peer.wait_for_close();
                    return;
                }
            }
        });
        connect_to({server_->url()}, {.compression = compression_});
        return send(request(method));
    }

    void expect_text(const Result<Response>& response, const std::string& text) {
        ASSERT_TRUE(response.ok()) << to_string(response.failure());
        EXPECT_EQ(response.value().body.size(), text.size());
        EXPECT_TRUE(response.value().body == text);
        EXPECT_GE(response.value().body.capacity(), text.size() + 64);
    }

    std::unique_ptr<ScriptedServer> server_;
    bool compression_ = false;
};

TEST_F(AnswerTest, LengthsGivenChunkedAndPacked) {
    for (const std::size_t size : {0U, 1U, 100U, 16'384U, 100'000U, 3'000'000U}) {
        const std::string text = some_text(size);
        const std::string packed = gzip(text).value();
        expect_text(ask(answer(text)), text);
        expect_text(ask(chunked(text, 1000)), text);
        expect_text(ask(chunked(text, 300'000)), text);
        expect_text(ask(answer(packed, "Content-Encoding: gzip\r\n")), text);
        expect_text(ask(chunked(packed, 700, "Content-Encoding: gzip\r\n")), text);
        // The connection must be level after each: another exchange fits.
        expect_text(send(request(Method::get)), text);
        EXPECT_EQ(server_->connections(), 1);
    }
}

TEST_F(AnswerTest, AsLongAsTheConnectionLasts) {
    const std::string text = some_text(200'000);
    expect_text(ask("HTTP/1.1 200 OK\r\nX-Hang-Up: 1\r\n\r\n" + text), text);
    expect_text(ask("HTTP/1.0 200 OK\r\nX-Hang-Up: 1\r\n\r\n" + text), text);
}

TEST_F(AnswerTest, AnswersSlicedAnywhereAreTheSame) {
    const std::string text = "{\"took\":1}";
    const std::string packed = gzip(text).value();
    for (const auto& bytes :
         {answer(text), chunked(text, 3), chunked(packed, 5, "Content-Encoding: gzip\r\n")}) {
        for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
            expect_text(ask(bytes, Method::get, cut), text);
        }
    }
}

TEST_F(AnswerTest, AnAnswerCutAnywhereIsNeverASuccess) {
    const std::string text = "{\"took\":1}";
    const std::string packed = gzip(text).value();
    const std::string mark = "X-Hang-Up: 1\r\n";
    for (const auto& bytes : {answer(text, mark),
                              chunked(text, 3, mark),
                              answer(packed, "Content-Encoding: gzip\r\n" + mark),
                              chunked(packed, 5, "Content-Encoding: gzip\r\n" + mark)}) {
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            client_.reset();
            server_ = std::make_unique<ScriptedServer>([bytes, size](ScriptedPeer& peer, int) {
                peer.read_request();
                peer.send(std::string_view{bytes}.substr(0, size));
                peer.half_close();
                peer.wait_for_close();
            });
            connect_to({server_->url()});
            const auto response = send(request(Method::get));
            ASSERT_FALSE(response.ok()) << size << " of " << bytes;
            EXPECT_EQ(response.failure().kind,
                      size == 0 ? FailureKind::unreachable : FailureKind::malformed);
        }
    }
}

TEST_F(AnswerTest, HeadHasNoBody) {
    const auto response = ask("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", Method::head);
    expect_text(response, "");
    expect_text(send(request(Method::head)), "");
    EXPECT_EQ(server_->connections(), 1);
    expect_text(ask("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"
                    "\r\n",
                    Method::head),
                "");
}

TEST_F(AnswerTest, NoContent) {
    const auto response = ask("HTTP/1.1 204 No Content\r\n\r\n");
    expect_text(response, "");
    EXPECT_EQ(response.value().status, 204);
}

TEST_F(AnswerTest, InterimAnswersAreSkipped) {
    const std::string interim =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n";
    expect_text(ask(interim + answer("{}")), "{}");
}

TEST_F(AnswerTest, InterimAnswersAreBounded) {
    std::string bytes;
    for (int i = 0; i < 50; ++i) {
        bytes += "HTTP/1.1 100 Continue\r\n\r\n";
    }
    EXPECT_EQ(ask(bytes).failure().kind, FailureKind::malformed);
    EXPECT_EQ(ask("HTTP/1.1 101 Switching Protocols\r\n\r\n").failure().kind,
              FailureKind::malformed);
}

TEST_F(AnswerTest, WhatIsNotHttpIsMalformed) {
    for (const char* const bytes :
         {"SSH-2.0-OpenSSH_9.2\r\n\r\n",
          "HTTP/1.1 abc OK\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n"
          "\r\nab",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
        const auto response = ask(bytes);
        ASSERT_FALSE(response.ok()) << bytes;
        EXPECT_EQ(response.failure().kind, FailureKind::malformed) << bytes;
    }
}

TEST_F(AnswerTest, DamagedPackingIsMalformed) {
    auto packed = gzip(some_text(5000)).value();
    packed[packed.size() / 2] = static_cast<char>(~packed[packed.size() / 2]);
    EXPECT_EQ(ask(answer(packed, "Content-Encoding: gzip\r\n")).failure().kind,
              FailureKind::malformed);
    packed = gzip(some_text(5000)).value();
    packed.resize(packed.size() - 4);
    EXPECT_EQ(ask(answer(packed, "Content-Encoding: gzip\r\n")).failure().kind,
              FailureKind::malformed);
    EXPECT_EQ(ask(answer("x", "Content-Encoding: br\r\n")).failure().kind, FailureKind::malformed);
}

TEST_F(AnswerTest, MoreThanTheAnswerSpoilsTheConnection) {
    expect_text(ask(answer("{}") + "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad"), "{}");
    expect_text(send(request(Method::get)), "{}");
    EXPECT_EQ(server_->connections(), 2);
}

TEST_F(AnswerTest, LargeRequestsArePackedWhereThatIsAskedFor) {
    std::vector<std::string> seen;
    ScriptedServer server{[&seen](ScriptedPeer& peer, int) {
        for (auto text = peer.read_request(); !text.empty(); text = peer.read_request()) {
            seen.push_back(text);
            peer.send(answer("{}"));
        }
    }};
    connect_to({server.url()}, {.compression = true});
    ASSERT_TRUE(send(request(Method::post, "/", std::string(1023, 'x'))).ok());
    ASSERT_TRUE(send(request(Method::post, "/", std::string(1024, 'x'))).ok());
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_THAT(seen[0], testing::Not(HasSubstr("Content-Encoding")));
    EXPECT_THAT(seen[0], HasSubstr("\r\nAccept-Encoding: gzip\r\n"));
    EXPECT_THAT(seen[1], HasSubstr("\r\nContent-Encoding: gzip\r\n"));
    const auto packed = seen[1].substr(seen[1].find("\r\n\r\n") + 4);
    Inflater inflater;
    std::string text;
    ASSERT_EQ(inflater.feed(packed, text, 10'000), Inflater::Outcome::ok);
    EXPECT_TRUE(inflater.is_complete());
    EXPECT_EQ(text, std::string(1024, 'x'));
}

}  // namespace
}  // namespace followd::http
