#include "es/shard_exchange.hpp"

#include "es/error_decoder.hpp"
#include "es/state_decoder.hpp"

#include <utility>

namespace followd::es {

namespace {

constexpr std::string_view refreshing = "refresh the index";

bool is_success(int status) {
    return status >= 200 && status < 300;
}

}  // namespace

ShardExchange::ShardExchange(http::Client& client, Place place)
    : client_(client), place_(std::move(place)) {}

Task<Result<Answer>> ShardExchange::send(http::Request request, std::string_view attempt) {
    Result<http::Response> response = co_await client_.send(std::move(request));
    if (!response.ok()) {
        co_return std::move(response).failure();
    }
    std::string where = place_.text(response->location);
    if (!is_success(response->status)) {
        co_return failure_of(read_error(*response), ErrorScope::request, attempt, std::move(where));
    }
    co_return Answer{std::move(response->body), std::move(where)};
}

Task<Result<Answer>> ShardExchange::send_removal(http::Request request, std::string_view attempt) {
    Result<http::Response> response = co_await client_.send(std::move(request));
    if (!response.ok()) {
        co_return std::move(response).failure();
    }
    std::string where = place_.text(response->location);
    const ServerError error = read_error(*response);
    const bool is_gone = response->status == 404 && error.type.empty();
    if (!is_success(response->status) && !is_gone) {
        co_return failure_of(error, ErrorScope::request, attempt, std::move(where));
    }
    co_return Answer{std::move(response->body), std::move(where)};
}

Task<Result<std::vector<KeyedCount>>> ShardExchange::count(http::Request request) {
    Result<Answer> answer = co_await send(std::move(request), "count documents");
    if (!answer.ok()) {
        co_return std::move(answer).failure();
    }
    co_return decode_histogram(answer->body, std::move(answer->where));
}

Task<Result<void>> ShardExchange::refresh(ShardRequests requests) {
    http::Request ask = requests.refresh();
    Result<Answer> answer = co_await send(std::move(ask), refreshing);
    if (!answer.ok()) {
        co_return std::move(answer).failure();
    }
    const Result<ReachedCopies> refreshed =
        decode_reached_copies(answer->body, refreshing, answer->where);
    if (!refreshed.ok()) {
        co_return refreshed.failure();
    }
    const Failure missed{FailureKind::unavailable,
                         "could not refresh the index: not every copy in service was reached",
                         answer->where};
    if (refreshed.value().failed > 0 || refreshed.value().successful == 0) {
        co_return missed;
    }
    if (refreshed.value().successful >= refreshed.value().total) {
        co_return Result<void>{};
    }
    // A copy that is not assigned is fine. One whose node did not answer is not, and servers count
    // it among neither the failed nor the successful: ask how many are in service.
    http::Request ask_copies = requests.copies();
    Result<Answer> count = co_await send(std::move(ask_copies), refreshing);
    if (!count.ok()) {
        co_return std::move(count).failure();
    }
    const Result<ReachedCopies> in_service =
        decode_reached_copies(count->body, refreshing, count->where);
    if (!in_service.ok()) {
        co_return in_service.failure();
    }
    if (in_service.value().failed > 0 ||
        refreshed.value().successful < in_service.value().successful) {
        co_return missed;
    }
    co_return Result<void>{};
}

}  // namespace followd::es
