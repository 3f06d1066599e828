#pragma once

#include "http/client.hpp"

#include <cstdint>
#include <map>
#include <memory>

/// A client that counts what goes through it. Only for showing: nothing is decided by it.

namespace followd::http {

/// Since the client was made. Bodies are counted as they are before compression and after it.
struct Traffic {
    std::int64_t requests = 0;
    std::int64_t body_bytes_sent = 0;
    std::int64_t body_bytes_received = 0;
    std::map<int, std::int64_t> responses;         ///< by HTTP status
    std::map<FailureKind, std::int64_t> failures;  ///< requests without a response
};

class CountedClient final : public Client {
public:
    explicit CountedClient(std::unique_ptr<Client> client);

    [[nodiscard]] boost::asio::awaitable<Result<Response>> send(Request request) override;
    void close() override { client_->close(); }

    [[nodiscard]] const Traffic& traffic() const { return traffic_; }

private:
    std::unique_ptr<Client> client_;
    Traffic traffic_;
};

}  // namespace followd::http
