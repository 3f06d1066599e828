#include "http/request_head.hpp"

#include "followd/base/assert.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <cstdint>

namespace followd::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

namespace {

constexpr std::size_t read_bytes = 4U << 10U;

using Parser = beast::http::request_parser<beast::http::empty_body>;

std::optional<Method> method_of(beast::http::verb verb) {
    if (verb == beast::http::verb::get) {
        return Method::get;
    }
    return verb == beast::http::verb::head ? std::optional{Method::head} : std::nullopt;
}

RequestHead head_of(const Parser& parser) {
    const auto& fields = parser.get();
    const auto length = parser.content_length();
    return {.method = method_of(fields.method()),
            .target = std::string{fields.target()},
            .range = std::string{fields[beast::http::field::range]},
            .if_range = std::string{fields[beast::http::field::if_range]},
            .is_http_11 = fields.version() >= 11,
            .keep_alive = parser.keep_alive(),
            .has_body = parser.chunked() || (length && *length > 0)};
}

}  // namespace

class RequestReader::Impl {
public:
    Impl(Stream* stream, std::size_t header_bytes_max)
        : stream_{stream}, header_bytes_max_{header_bytes_max} {
        FOLLOWD_ASSERT(stream_ != nullptr);
    }

    asio::awaitable<ReadRequest> read() {
        Parser parser;
        parser.header_limit(static_cast<std::uint32_t>(header_bytes_max_));
        for (;;) {
            error_code error;
            if (buffer_.size() > 0) {
                buffer_.consume(parser.put(buffer_.data(), error));
                if (error && error != beast::http::error::need_more) {
                    const bool is_long = error == beast::http::error::header_limit;
                    co_return ReadRequest{.head = {}, .refusal = is_long ? 431 : 400};
                }
                if (parser.is_header_done()) {
                    co_return ReadRequest{.head = head_of(parser)};
                }
            }
            const auto space = buffer_.prepare(read_bytes);
            const auto got = co_await stream_->read_some(space);
            buffer_.commit(got.bytes);
            if (got.error) {
                co_return ReadRequest{};
            }
        }
    }

private:
    Stream* stream_;
    std::size_t header_bytes_max_;
    beast::flat_buffer buffer_;
};

RequestReader::RequestReader(Stream* stream, std::size_t header_bytes_max)
    : impl_{std::make_unique<Impl>(stream, header_bytes_max)} {}

RequestReader::~RequestReader() = default;

asio::awaitable<ReadRequest> RequestReader::read() {
    return impl_->read();
}

}  // namespace followd::http
