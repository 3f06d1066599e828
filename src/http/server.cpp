#include "http/server.hpp"

#include "followd/base/assert.hpp"

#include "http/deadline.hpp"
#include "http/reception.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace followd::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

namespace {

using Socket = Reception::Socket;
using Parser = beast::http::request_parser<beast::http::string_body>;
using Query = beast::http::request<beast::http::string_body>;
using Answer = beast::http::response<beast::http::string_body>;

constexpr std::string_view busy_answer =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

std::optional<Method> method_of(beast::http::verb verb) {
    for (const auto& [theirs, ours] : {std::pair{beast::http::verb::get, Method::get},
                                       std::pair{beast::http::verb::head, Method::head},
                                       std::pair{beast::http::verb::post, Method::post},
                                       std::pair{beast::http::verb::put, Method::put},
                                       std::pair{beast::http::verb::delete_, Method::del}}) {
        if (theirs == verb) {
            return ours;
        }
    }
    return std::nullopt;
}

Response plain_response(int status, std::string text) {
    return {
        .status = status, .body = std::move(text), .content_type = "text/plain", .location = {}};
}

/// Nothing to answer where the peer is gone; otherwise what was wrong with its request.
std::optional<Response> answer_to_broken_request(const error_code& error) {
    namespace http = beast::http;
    if (error == http::error::header_limit) {
        return plain_response(431, "the header is too long\n");
    }
    if (error == http::error::body_limit) {
        return plain_response(413, "the body is too long\n");
    }
    if (error == http::error::end_of_stream || error == http::error::partial_message ||
        error.category() != http::make_error_code(http::error::bad_method).category()) {
        return std::nullopt;
    }
    return plain_response(400, "this is not HTTP/1.1\n");
}

}  // namespace

class Server::Impl {
public:
    Impl(asio::any_io_executor executor, ServerOptions options, Handler handler)
        : executor_{executor},
          options_{std::move(options)},
          handler_{std::move(handler)},
          reception_{executor,
                     {.listen = options_.listen,
                      .setting = "admin.listen",
                      .connections_max = options_.connections_max,
                      .busy_answer = std::string{busy_answer}},
                     [this](Socket socket) { return serve(std::move(socket)); }} {
        FOLLOWD_ASSERT(handler_ != nullptr);
    }

    Result<void> start() { return reception_.start(); }
    asio::awaitable<void> stop();
    [[nodiscard]] const Url& address() const { return reception_.address(); }

private:
    struct Session {
        explicit Session(Socket accepted) : socket{std::move(accepted)} {}

        void close() {
            error_code ignored;
            socket.close(ignored);
        }

        Socket socket;
        beast::flat_buffer buffer;
    };

    asio::awaitable<void> serve(Socket socket);
    asio::awaitable<std::optional<Query>> read_request(Session* session, error_code* error);
    asio::awaitable<Response> ask_handler(ServerRequest request);
    asio::awaitable<bool> serve_one(Session* session);
    asio::awaitable<bool> write_answer(Session* session, Answer answer);
    [[nodiscard]] static Answer make_answer(Response response, bool keep_alive, bool is_head);

    asio::any_io_executor executor_;
    ServerOptions options_;
    Handler handler_;
    std::list<Session> sessions_;
    Reception reception_;
};

asio::awaitable<void> Server::Impl::stop() {
    reception_.close();
    for (auto& session : sessions_) {
        session.close();
    }
    co_await reception_.join();
}

asio::awaitable<void> Server::Impl::serve(Socket socket) {
    const auto session = sessions_.emplace(sessions_.end(), std::move(socket));
    bool more = true;
    while (more && !reception_.is_closing()) {
        more = co_await serve_one(&*session);
    }
    error_code ignored;
    session->socket.shutdown(Socket::shutdown_both, ignored);
    sessions_.erase(session);
}

/// One request and its answer. False where the connection ends.
asio::awaitable<bool> Server::Impl::serve_one(Session* session) {
    error_code error;
    auto query = co_await read_request(session, &error);
    if (!query) {
        auto refusal = answer_to_broken_request(error);
        if (refusal) {
            auto answer = make_answer(std::move(*refusal), false, false);
            co_await write_answer(session, std::move(answer));
        }
        co_return false;
    }
    const bool keep_alive = query->keep_alive();
    const auto method = method_of(query->method());
    Response response;
    if (method) {
        ServerRequest request{
            .method = *method,
            .target = std::string{query->target()},
            .host = std::string{(*query)[beast::http::field::host]},
            .authorization = std::string{(*query)[beast::http::field::authorization]},
            .body = std::move(query->body())};
        response = co_await ask_handler(std::move(request));
    } else {
        response = plain_response(405, "no such method here\n");
    }
    auto answer = make_answer(std::move(response), keep_alive, method == Method::head);
    const bool written = co_await write_answer(session, std::move(answer));
    co_return written&& keep_alive;
}

asio::awaitable<std::optional<Query>> Server::Impl::read_request(Session* session,
                                                                 error_code* error) {
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(options_.header_bytes_max));
    parser.body_limit(options_.body_bytes_max);
    Deadline deadline{executor_, options_.idle_max};
    deadline.set_closer([session] { session->close(); });
    auto token = asio::redirect_error(asio::use_awaitable, *error);
    co_await beast::http::async_read(session->socket, session->buffer, parser, token);
    if (*error || reception_.is_closing()) {
        co_return std::nullopt;
    }
    co_return parser.release();
}

asio::awaitable<Response> Server::Impl::ask_handler(ServerRequest request) {
    try {
        auto response = co_await handler_(std::move(request));
        co_return response;
    } catch (...) {
        // Its text may hold anything: the handler is the one to log.
    }
    co_return plain_response(500, "the request failed inside followd\n");
}

Answer Server::Impl::make_answer(Response response, bool keep_alive, bool is_head) {
    FOLLOWD_ASSERT(response.status >= 200 && response.status <= 599);
    Answer answer{static_cast<beast::http::status>(response.status), 11};
    answer.set(beast::http::field::server, "followd/" FOLLOWD_VERSION);
    answer.set(beast::http::field::cache_control, "no-store");
    answer.set("X-Content-Type-Options", "nosniff");
    if (!response.content_type.empty()) {
        answer.set(beast::http::field::content_type, response.content_type);
    }
    answer.keep_alive(keep_alive);
    answer.content_length(response.body.size());
    if (!is_head) {
        answer.body() = std::move(response.body);
    }
    return answer;
}

asio::awaitable<bool> Server::Impl::write_answer(Session* session, Answer answer) {
    Deadline deadline{executor_, options_.idle_max};
    deadline.set_closer([session] { session->close(); });
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await beast::http::async_write(session->socket, answer, token);
    co_return !error;
}

Server::Server(asio::any_io_executor executor, ServerOptions options, Handler handler)
    : impl_{std::make_unique<Impl>(executor, std::move(options), std::move(handler))} {}

Server::~Server() = default;

Result<void> Server::start() {
    return impl_->start();
}

asio::awaitable<void> Server::stop() {
    return impl_->stop();
}

const Url& Server::address() const {
    return impl_->address();
}

}  // namespace followd::http
