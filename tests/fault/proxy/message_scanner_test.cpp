#include "fault/proxy/message_scanner.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace followd::fault {
namespace {

using Kind = MessageScanner::Piece::Kind;
using Side = MessageScanner::Side;

/// What came out: for each message its bytes, as far as they came.
struct Messages {
    std::vector<std::string> texts;
    std::vector<std::string> targets;
    int ended = 0;
    std::string incomplete;
};

/// Hands the stream over in pieces of that size, as a socket might.
Messages scan(Side side, std::string_view stream, std::size_t step, bool answers_head = false) {
    MessageScanner scanner{side};
    Messages found;
    std::string& pending = found.incomplete;
    for (std::size_t at = 0; at < stream.size(); at += step) {
        pending += stream.substr(at, step);
        while (!pending.empty()) {
            const auto piece = scanner.next(pending, answers_head);
            if (piece.kind == Kind::incomplete) {
                break;
            }
            if (piece.kind == Kind::head) {
                found.texts.emplace_back();
                found.targets.push_back(scanner.line().target);
            }
            if (piece.kind != Kind::interim) {
                found.texts.back() += pending.substr(0, piece.size);
            }
            found.ended += piece.ends_message ? 1 : 0;
            pending.erase(0, piece.size);
        }
    }
    return found;
}

constexpr std::string_view bulk =
    "POST /logs/_bulk?x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab\r\n\n";
constexpr std::string_view stats = "GET /_stats HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view sized = "HTTP/1.1 200 OK\r\ncontent-length:  3 \r\n\r\n{ }";
constexpr std::string_view empty = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
constexpr std::string_view chunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n"
    "A;x=\"y\"\r\n0\r\n\r\n45678\r\n1\r\n\n\r\n0\r\nX: y\r\n\r\n";

std::string text(std::initializer_list<std::string_view> parts) {
    std::string whole;
    for (const auto part : parts) {
        whole += part;
    }
    return whole;
}

TEST(MessageScanner, FindsRequestsHoweverTheyAreSliced) {
    for (const std::size_t step : {1U, 2U, 7U, 1000U}) {
        const auto found = scan(Side::requests, text({bulk, stats, bulk}), step);
        EXPECT_EQ(found.texts,
                  (std::vector<std::string>{text({bulk}), text({stats}), text({bulk})}))
            << step;
        EXPECT_EQ(found.targets,
                  (std::vector<std::string>{"/logs/_bulk?x", "/_stats", "/logs/_bulk?x"}));
        EXPECT_EQ(found.ended, 3);
    }
}

TEST(MessageScanner, FindsAnswersHoweverTheyAreSliced) {
    for (const std::size_t step : {1U, 2U, 7U, 1000U}) {
        const auto found = scan(Side::answers, text({sized, chunked, empty, chunked}), step);
        EXPECT_EQ(found.texts,
                  (std::vector<std::string>{
                      text({sized}), text({chunked}), text({empty}), text({chunked})}))
            << step;
        EXPECT_EQ(found.ended, 4);
    }
}

TEST(MessageScanner, AnswersWithoutBodies) {
    const std::string_view not_modified = "HTTP/1.1 304 N\r\ncontent-length: 9\r\n\r\n";
    const auto found = scan(Side::answers, text({not_modified, sized}), 1);
    EXPECT_EQ(found.texts, (std::vector<std::string>{text({not_modified}), text({sized})}));
    const std::string_view head = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n";
    EXPECT_EQ(scan(Side::answers, text({head, head}), 1, true).ended, 2);
}

TEST(MessageScanner, AnInterimAnswerIsNotTheAnswer) {
    const auto found = scan(Side::answers, text({"HTTP/1.1 100 Continue\r\n\r\n", sized}), 1);
    EXPECT_EQ(found.texts, std::vector<std::string>{text({sized})});
    EXPECT_EQ(found.ended, 1);
}

TEST(MessageScanner, AnAnswerWithoutALengthLastsAsLongAsTheConnection) {
    const auto whole = text({"HTTP/1.1 200 OK\r\n\r\n", sized});
    const auto found = scan(Side::answers, whole, 1);
    EXPECT_EQ(found.texts, std::vector<std::string>{whole});
    EXPECT_EQ(found.ended, 0);
}

TEST(MessageScanner, WhatIsNotHttpIsOneMessageWithoutALine) {
    const std::string endless(head_bytes_max, 'A');
    for (const std::string_view stream : {std::string_view{"\x16\x03\x01 hello"},
                                          std::string_view{"get / HTTP/1.1\r\n\r\n"},
                                          std::string_view{endless}}) {
        const auto found = scan(Side::requests, stream, stream.size());
        EXPECT_EQ(found.texts, std::vector<std::string>{std::string{stream}});
        EXPECT_EQ(found.targets, std::vector<std::string>{""});
        EXPECT_EQ(found.ended, 0);
    }
    EXPECT_EQ(scan(Side::answers, "HTTQ", 1).texts.size(), 1U);
}

TEST(MessageScanner, AHeadThatIsNotOverIsHeldBack) {
    EXPECT_EQ(scan(Side::requests, stats.substr(0, stats.size() - 1), 3).texts.size(), 0U);
    EXPECT_EQ(scan(Side::answers, "HTT", 1).incomplete, "HTT");
}

TEST(MessageScanner, ABrokenChunkHasNoEnd) {
    const auto whole =
        text({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc", empty});
    const auto found = scan(Side::answers, whole, 1);
    EXPECT_EQ(found.texts, std::vector<std::string>{whole});
    EXPECT_EQ(found.ended, 0);
}

}  // namespace
}  // namespace followd::fault
