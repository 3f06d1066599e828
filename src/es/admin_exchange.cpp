#include "es/admin_exchange.hpp"

#include "es/error_decoder.hpp"
#include "es/place.hpp"
#include "http/message.hpp"

#include <utility>

namespace followd::es {

namespace {

/// What a refused mapping says last, such as the one parameter that is unknown. Bounded.
std::string innermost_cause(const Json& body) {
    const Json* error = member(body, "error");
    const Json* cause = error == nullptr ? nullptr : member(*error, "caused_by");
    if (cause == nullptr) {
        return {};
    }
    while (const Json* inner = member(*cause, "caused_by")) {
        cause = inner;
    }
    const ServerError innermost{0, text_of(*cause, "type"), text_of(*cause, "reason")};
    return describe(innermost, ErrorScope::request);
}

}  // namespace

AdminExchange::AdminExchange(http::Client& client, ClusterName cluster)
    : client_(client), cluster_(std::move(cluster)) {}

Task<Result<AdminAnswer>> AdminExchange::send(http::Request request) {
    Result<http::Response> response = co_await client_.send(std::move(request));
    if (!response.ok()) {
        co_return std::move(response).failure();
    }
    AdminAnswer answer;
    answer.status = response->status;
    if (!answer.ok()) {
        answer.error = read_error(*response);
    }
    Result<Json> body = parse_json(response->body, "the answer");
    if (body.ok()) {
        answer.body = std::move(body).value();
    } else if (answer.ok()) {
        Failure failure = std::move(body).failure();
        failure.where = where({});
        co_return failure;
    }
    co_return answer;
}

Task<Result<Json>> AdminExchange::send_expecting_success(http::Request request,
                                                         std::string attempt) {
    Result<AdminAnswer> answer = co_await send(std::move(request));
    if (!answer.ok()) {
        co_return std::move(answer).failure();
    }
    if (!answer->ok()) {
        co_return failure_of(*answer, attempt);
    }
    co_return std::move(answer->body);
}

Task<Result<void>> AdminExchange::send_expecting_acknowledgement(http::Request request,
                                                                 std::string attempt) {
    const Result<Json> answer = co_await send_expecting_success(std::move(request), attempt);
    if (!answer.ok()) {
        co_return answer.failure();
    }
    if (is_true(*answer, "acknowledged")) {
        co_return Result<void>{};
    }
    if (is_false(*answer, "acknowledged")) {
        co_return Failure{FailureKind::unavailable,
                          "could not " + attempt + ": not every node has taken it over in time",
                          where({})};
    }
    co_return malformed(attempt, "it acknowledges nothing", where({}));
}

Failure AdminExchange::failure_of(const AdminAnswer& answer, std::string_view attempt) const {
    Failure failure = es::failure_of(answer.error, ErrorScope::request, attempt, {});
    const std::string cause = innermost_cause(answer.body);
    if (!cause.empty() && failure.what.find(cause) == std::string::npos) {
        failure.what += "; cause: " + cause;
    }
    return failure;
}

std::string AdminExchange::where(const IndexName& index) const {
    return Place{cluster_, index, std::nullopt}.text();
}

bool may_have_arrived(FailureKind kind) {
    return kind == FailureKind::unreachable || kind == FailureKind::timeout ||
           kind == FailureKind::unavailable || kind == FailureKind::malformed ||
           kind == FailureKind::too_large || kind == FailureKind::cancelled;
}

http::Request admin_request(http::Method method, std::string target, std::string body) {
    http::Request request;
    request.method = method;
    request.target = std::move(target);
    if (!body.empty()) {
        request.content_type = "application/json";
    }
    request.body = std::move(body);
    return request;
}

http::Request change_request(http::Method method, std::string target, std::string body) {
    target += target.find('?') == std::string::npos ? '?' : '&';
    target += "timeout=30s&master_timeout=30s";
    http::Request request = admin_request(method, std::move(target), std::move(body));
    // Longer than both waits one after the other.
    request.deadline = std::chrono::seconds{90};
    return request;
}

}  // namespace followd::es
