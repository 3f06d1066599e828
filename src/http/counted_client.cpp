#include "http/counted_client.hpp"

#include "followd/base/assert.hpp"

#include <utility>

namespace followd::http {

CountedClient::CountedClient(std::unique_ptr<Client> client) : client_(std::move(client)) {
    FOLLOWD_ASSERT(client_ != nullptr);
}

boost::asio::awaitable<Result<Response>> CountedClient::send(Request request) {
    ++traffic_.requests;
    traffic_.body_bytes_sent += static_cast<std::int64_t>(request.body.size());
    Result<Response> result = co_await client_->send(std::move(request));
    if (result.ok()) {
        ++traffic_.responses[result->status];
        traffic_.body_bytes_received += static_cast<std::int64_t>(result->body.size());
    } else {
        ++traffic_.failures[result.failure().kind];
    }
    co_return result;
}

}  // namespace followd::http
