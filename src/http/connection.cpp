#include "http/connection.hpp"

#include "followd/base/assert.hpp"

#include "http/answer_body.hpp"
#include "http/stream.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>

namespace followd::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

namespace {

constexpr std::size_t header_bytes_max = 64U << 10U;
constexpr std::size_t header_read_bytes = 16U << 10U;
constexpr std::size_t body_read_bytes = 256U << 10U;
constexpr std::size_t buffer_read_bytes = 128U << 10U;
constexpr std::size_t joined_bytes_max = 8U << 10U;  // a copy cheaper than one more TLS record
constexpr int interim_answers_max = 8;
constexpr char tls_alert_byte = 0x15;

using Parser = beast::http::response_parser<AnswerBody>;

Failure fail(FailureKind kind, std::string what) {
    return {kind, std::move(what), {}};
}

Failure tls_instead() {
    return fail(FailureKind::untrusted,
                "the server speaks TLS on this port: write https:// in the url");
}

}  // namespace

class Connection::Impl {
public:
    Impl(const asio::any_io_executor& executor, Peer peer)
        : peer_{std::move(peer)}, stream_{executor}, dial_{executor, &stream_} {}

    asio::awaitable<Result<void>> open(Duration limit);
    asio::awaitable<Result<Response>> exchange(const Outgoing* outgoing);

    void close() { dial_.cancel(); }
    [[nodiscard]] bool was_answered() const noexcept { return answered_; }
    [[nodiscard]] bool is_reusable() { return reusable_ && stream_.is_quiet(); }
    [[nodiscard]] const Url& url() const noexcept { return peer_.url; }

private:
    asio::awaitable<error_code> send(const Outgoing* outgoing);
    asio::awaitable<Result<void>> read_head();
    asio::awaitable<Result<void>> read_final_head();
    asio::awaitable<Result<std::string>> read_plain_body(std::size_t size);
    asio::awaitable<Result<std::string>> read_parsed_body();
    asio::awaitable<error_code> fill(std::size_t bytes);

    [[nodiscard]] Failure no_answer(const error_code& error);
    [[nodiscard]] Failure cut_off(const error_code& error);
    [[nodiscard]] Failure bad_answer(const error_code& error) const;
    [[nodiscard]] bool is_tls_alert() const;
    [[nodiscard]] Result<bool> is_packed() const;
    void start_parser();

    Peer peer_;
    Stream stream_;
    Dial dial_;
    beast::flat_buffer buffer_;       ///< stays as large as it became, below 300 KiB
    std::size_t usual_bytes_ = 0;     ///< of the bodies that read_parsed_body read lately
    std::unique_ptr<Parser> parser_;  ///< of the answer being read
    const Outgoing* outgoing_ = nullptr;
    bool answered_ = false;
    bool reusable_ = false;
};

asio::awaitable<Result<void>> Connection::Impl::open(Duration limit) {
    auto opened = co_await dial_.open(peer_, limit);
    reusable_ = opened.ok();
    co_return opened;
}

asio::awaitable<Result<Response>> Connection::Impl::exchange(const Outgoing* outgoing) {
    FOLLOWD_ASSERT(outgoing != nullptr);
    FOLLOWD_ASSERT(reusable_);
    outgoing_ = outgoing;
    answered_ = false;
    reusable_ = false;
    buffer_.clear();

    // A server may answer (413, a TLS alert) and close before it has read everything: what it said
    // counts more than that writing failed.
    const error_code unsent = co_await send(outgoing);
    auto head = co_await read_final_head();
    if (!head) {
        co_return std::move(head).failure();
    }

    Response response;
    const auto& fields = parser_->get();
    response.status = static_cast<int>(fields.result_int());
    response.content_type = fields[beast::http::field::content_type];
    response.location = peer_.url.text();
    response.etag = fields[beast::http::field::etag];
    response.content_range = fields[beast::http::field::content_range];
    auto packed = is_packed();
    if (!packed) {
        co_return std::move(packed).failure();
    }
    const auto length = parser_->content_length();
    const bool is_plain = !*packed && length && !parser_->chunked() && !parser_->is_done();
    if (*packed) {
        parser_->get().body().inflater.emplace();
    }
    const bool keep_alive = parser_->keep_alive();
    Result<std::string> body = std::string{};
    if (is_plain) {
        body = co_await read_plain_body(static_cast<std::size_t>(*length));
    } else {
        body = co_await read_parsed_body();
    }
    if (!body) {
        co_return std::move(body).failure();
    }
    response.body = std::move(*body);
    reusable_ = keep_alive && !unsent && buffer_.size() == 0;
    parser_.reset();
    co_return response;
}

asio::awaitable<error_code> Connection::Impl::send(const Outgoing* outgoing) {
    std::string head = write_head(*outgoing, peer_.url);
    const std::string& body = outgoing->request.body;
    std::array<asio::const_buffer, 2> pieces{};
    if (body.size() <= joined_bytes_max) {
        head += body;
        pieces[0] = asio::buffer(head);
    } else {
        pieces[0] = asio::buffer(head);
        pieces[1] = asio::buffer(body);
    }
    const auto sent = co_await stream_.write(pieces);
    co_return sent.error;
}

void Connection::Impl::start_parser() {
    const std::size_t bytes_max = outgoing_->request.response_bytes_max;
    parser_ = std::make_unique<Parser>();
    parser_->header_limit(static_cast<std::uint32_t>(header_bytes_max));
    parser_->body_limit(bytes_max);
    parser_->get().body().bytes_max = bytes_max;
    parser_->skip(outgoing_->request.method == Method::head);
}

/// Reads heads until one is not interim (100 Continue, 103 Early Hints).
asio::awaitable<Result<void>> Connection::Impl::read_final_head() {
    for (int interim = 0; interim <= interim_answers_max; ++interim) {
        start_parser();
        auto head = co_await read_head();
        if (!head) {
            co_return head;
        }
        const unsigned status = parser_->get().result_int();
        if (status == 101) {
            break;
        }
        if (status >= 200) {
            co_return Result<void>{};
        }
    }
    co_return fail(FailureKind::malformed, "the server sends interim answers only");
}

asio::awaitable<Result<void>> Connection::Impl::read_head() {
    for (;;) {
        error_code error;
        if (buffer_.size() > 0) {
            const std::size_t taken = parser_->put(buffer_.data(), error);
            if (error && error != beast::http::error::need_more) {
                co_return bad_answer(error);
            }
            buffer_.consume(taken);
            if (parser_->is_header_done()) {
                co_return Result<void>{};
            }
        }
        error = co_await fill(header_read_bytes);
        if (error) {
            co_return answered_ ? cut_off(error) : no_answer(error);
        }
    }
}

/// A body whose length was announced: from the socket straight to where it will be parsed.
asio::awaitable<Result<std::string>> Connection::Impl::read_plain_body(std::size_t size) {
    FOLLOWD_ASSERT(size <= outgoing_->request.response_bytes_max);
    std::string body;
    body.reserve(size + body_padding_bytes);
    std::size_t filled = std::min(size, buffer_.size());
    body.assign(static_cast<const char*>(buffer_.cdata().data()), filled);
    buffer_.consume(filled);
    while (filled < size) {
        if (filled == body.size()) {
            // Step by step: the zeroes written here are still in the cache when the bytes come.
            body.resize(std::min(size, filled + body_read_bytes));
        }
        const auto into = asio::buffer(body.data() + filled, body.size() - filled);
        const auto got = co_await stream_.read_some(into);
        filled += got.bytes;
        if (got.error) {
            co_return cut_off(got.error);
        }
    }
    co_return body;
}

/// Every other body: chunked, packed, or as long as the connection lasts.
asio::awaitable<Result<std::string>> Connection::Impl::read_parsed_body() {
    parser_->eager(true);
    auto& body = parser_->get().body();
    if (!parser_->is_done()) {
        // Growing by doubling writes to twice the memory, and fresh memory costs more than copying:
        // answers on one connection tend to be as long as the last ones.
        reserve_body(body.text, std::min(usual_bytes_, body.bytes_max));
    }
    error_code error;
    while (!parser_->is_done()) {
        if (buffer_.size() > 0) {
            const std::size_t taken = parser_->put(buffer_.data(), error);
            if (error && error != beast::http::error::need_more) {
                co_return bad_answer(error);
            }
            buffer_.consume(taken);
            if (parser_->is_done() || (taken > 0 && !error)) {
                continue;
            }
        }
        error = co_await fill(buffer_read_bytes);
        if (error == asio::error::eof && parser_->need_eof()) {
            parser_->put_eof(error);
        }
        if (error) {
            co_return cut_off(error);
        }
    }
    if (body.inflater && !body.inflater->is_complete() && body.has_come) {
        co_return fail(FailureKind::malformed, "the packed answer ends before its end");
    }
    usual_bytes_ = std::max(body.text.size(), usual_bytes_ / 2);
    fit_body(body.text);
    co_return std::move(body.text);
}

asio::awaitable<error_code> Connection::Impl::fill(std::size_t bytes) {
    const auto space = buffer_.prepare(bytes);
    const auto got = co_await stream_.read_some(space);
    buffer_.commit(got.bytes);
    answered_ = answered_ || got.bytes > 0;
    co_return got.error;
}

Failure Connection::Impl::no_answer(const error_code& error) {
    if (is_tls_failure(error) && error != asio::ssl::error::stream_truncated) {
        return fail(FailureKind::untrusted, stream_.explain(error));
    }
    const Method method = outgoing_->request.method;
    std::string what = "no answer: " + stream_.explain(error);
    if (method != Method::get && method != Method::head) {
        what += "; the request may have been carried out";
    }
    if (!peer_.url.tls && peer_.url.unix_path.empty()) {
        what += " (a server that speaks only TLS does the same: then write https:// in the url)";
    }
    return fail(FailureKind::unreachable, std::move(what));
}

Failure Connection::Impl::cut_off(const error_code& error) {
    if (is_tls_alert()) {
        return tls_instead();
    }
    return fail(FailureKind::malformed, "the answer was cut off: " + stream_.explain(error));
}

Failure Connection::Impl::bad_answer(const error_code& error) const {
    const auto outcome = parser_->get().body().outcome;
    if (outcome == Inflater::Outcome::broken) {
        return fail(FailureKind::malformed, "the packed answer is damaged");
    }
    if (outcome == Inflater::Outcome::too_large || error == beast::http::error::body_limit) {
        return fail(FailureKind::too_large,
                    "the answer is longer than " +
                        std::to_string(outgoing_->request.response_bytes_max) + " bytes");
    }
    if (error == beast::http::error::header_limit) {
        return fail(
            FailureKind::too_large,
            "the answer's header is longer than " + std::to_string(header_bytes_max) + " bytes");
    }
    if (is_tls_alert()) {
        return tls_instead();
    }
    return fail(FailureKind::malformed, "the answer is not HTTP: " + error.message());
}

/// A TLS server tells a client that begins in the clear so.
bool Connection::Impl::is_tls_alert() const {
    const auto bytes = buffer_.cdata();
    return !parser_->is_header_done() && bytes.size() > 0 &&
           *static_cast<const char*>(bytes.data()) == tls_alert_byte;
}

/// Whether the body is gzip; any other packing was never asked for.
Result<bool> Connection::Impl::is_packed() const {
    const auto encoding = parser_->get()[beast::http::field::content_encoding];
    if (encoding.empty() || beast::iequals(encoding, "identity")) {
        return false;
    }
    if (beast::iequals(encoding, "gzip") || beast::iequals(encoding, "x-gzip")) {
        return true;
    }
    return fail(FailureKind::malformed, "the answer is packed in a way that was not asked for");
}

Connection::Connection(asio::any_io_executor executor, Peer peer)
    : impl_{std::make_unique<Impl>(executor, std::move(peer))} {}

Connection::~Connection() = default;

asio::awaitable<Result<void>> Connection::open(Duration limit) {
    return impl_->open(limit);
}

asio::awaitable<Result<Response>> Connection::exchange(const Outgoing* outgoing) {
    return impl_->exchange(outgoing);
}

void Connection::close() {
    impl_->close();
}

bool Connection::was_answered() const noexcept {
    return impl_->was_answered();
}

bool Connection::is_reusable() const {
    return impl_->is_reusable();
}

const Url& Connection::url() const noexcept {
    return impl_->url();
}

}  // namespace followd::http
