#pragma once

#include "http/client.hpp"
#include "http/message.hpp"

#include <deque>
#include <string>
#include <utility>
#include <vector>

/// A cluster that answers by a script, without sockets.

namespace followd::test {

/// Answers each request by the first unused line of the script whose method and target prefix are
/// the request's; a line may be kept for good. A request that no line answers gets HTTP 599, so the
/// test fails with the request among `requests()`.
class FakeHttpClient final : public http::Client {
public:
    /// Answers one request.
    void answer(http::Method method, std::string target_prefix, int status, std::string body) {
        script_.push_back(Line{method,
                               std::move(target_prefix),
                               http::Response{status, std::move(body), "application/json", {}},
                               false});
    }
    /// Answers every such request that no earlier line answers.
    void answer_always(http::Method method,
                       std::string target_prefix,
                       int status,
                       std::string body) {
        answer(method, std::move(target_prefix), status, std::move(body));
        script_.back().for_good = true;
    }
    /// The request is recorded and fails: nobody knows whether it was executed.
    void lose(http::Method method, std::string target_prefix) {
        script_.push_back(Line{method,
                               std::move(target_prefix),
                               Failure{FailureKind::timeout, "no answer in time", "fake"},
                               false});
    }

    [[nodiscard]] const std::vector<http::Request>& requests() const { return requests_; }
    /// "PUT /logs-a" of every request so far, without queries.
    [[nodiscard]] std::vector<std::string> calls() const {
        std::vector<std::string> calls;
        for (const http::Request& request : requests_) {
            calls.push_back(std::string(http::to_string(request.method)) + " " +
                            request.target.substr(0, request.target.find('?')));
        }
        return calls;
    }
    /// How many lines nobody asked for.
    [[nodiscard]] std::size_t unused() const {
        std::size_t count = 0;
        for (const Line& line : script_) {
            count += line.for_good ? 0 : 1;
        }
        return count;
    }

    [[nodiscard]] boost::asio::awaitable<Result<http::Response>> send(
        http::Request request) override {
        requests_.push_back(request);
        for (auto line = script_.begin(); line != script_.end(); ++line) {
            if (line->method != request.method || !request.target.starts_with(line->prefix)) {
                continue;
            }
            Result<http::Response> response = line->response;
            if (response.ok()) {
                response->body.reserve(response->body.size() + 64);
            }
            if (!line->for_good) {
                script_.erase(line);
            }
            co_return response;
        }
        co_return http::Response{599, "{}", "application/json", {}};
    }

    void close() override {}

private:
    struct Line {
        http::Method method;
        std::string prefix;
        Result<http::Response> response;
        bool for_good;
    };

    std::deque<Line> script_;
    std::vector<http::Request> requests_;
};

}  // namespace followd::test
