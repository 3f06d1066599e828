#pragma once

#include "fuzz/choices.hpp"
#include "http/client.hpp"
#include "http/message.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// A cluster whose answers have the right shape, so that decoders read them to their end, and any
/// number in any place: what a broken or hostile server could send. It holds no state but a rising
/// sequence number, so that some of what it says may pass for the truth.

namespace followd::fuzz {

class LyingServer final : public http::Client {
public:
    /// `choices` must outlive it.
    explicit LyingServer(Choices& choices) : choices_(choices) {}

    /// Answers at once.
    [[nodiscard]] boost::asio::awaitable<Result<http::Response>> send(
        http::Request request) override;
    void close() override {}

private:
    [[nodiscard]] std::string body_for(const http::Request& request);
    [[nodiscard]] std::string search_body(std::string_view asked);
    [[nodiscard]] std::string identity();
    [[nodiscard]] std::string stats();
    [[nodiscard]] std::string copies();
    [[nodiscard]] std::string view();
    [[nodiscard]] std::string histogram(std::string_view asked);
    [[nodiscard]] std::string total();
    [[nodiscard]] std::string seq_nos(std::string_view asked);
    [[nodiscard]] std::string versions(std::string_view asked);
    [[nodiscard]] std::string page(std::string_view asked);
    [[nodiscard]] std::string lookups(std::string_view asked);
    [[nodiscard]] std::string outcome(std::string_view asked);

    /// `likely`, or once in a while any number.
    [[nodiscard]] std::string number(std::int64_t likely);
    /// How many documents to show.
    [[nodiscard]] std::size_t documents();

    Choices& choices_;
    std::int64_t checkpoint_ = 3;
    int views_opened_ = 0;
};

}  // namespace followd::fuzz
