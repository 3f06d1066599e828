#include "http/answer_head.hpp"

#include "followd/base/assert.hpp"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/serializer.hpp>

namespace followd::http {

namespace asio = boost::asio;
namespace beast = boost::beast;

namespace {

using Answer = beast::http::response<beast::http::empty_body>;

void set_unless_empty(Answer& answer, beast::http::field field, const std::string& value) {
    if (!value.empty()) {
        answer.set(field, value);
    }
}

}  // namespace

std::string write_answer_head(const AnswerHead& head) {
    FOLLOWD_ASSERT(head.status >= 200 && head.status <= 599);
    FOLLOWD_ASSERT(!(head.length && head.is_chunked));
    Answer answer{static_cast<beast::http::status>(head.status), 11};
    answer.set(beast::http::field::server, "followd/" FOLLOWD_VERSION);
    set_unless_empty(answer, beast::http::field::content_type, head.content_type);
    set_unless_empty(answer, beast::http::field::content_range, head.content_range);
    set_unless_empty(answer, beast::http::field::etag, head.etag);
    set_unless_empty(answer, beast::http::field::accept_ranges, head.accept_ranges);
    set_unless_empty(answer, beast::http::field::allow, head.allow);
    answer.keep_alive(head.keep_alive);
    if (head.length) {
        answer.content_length(*head.length);
    } else {
        answer.chunked(head.is_chunked);
    }
    beast::http::response_serializer<beast::http::empty_body> serializer{answer};
    serializer.split(true);
    std::string text;
    boost::system::error_code error;
    serializer.next(error, [&text](boost::system::error_code& /*error*/, const auto& buffers) {
        text = beast::buffers_to_string(buffers);
    });
    FOLLOWD_ASSERT(!error && text.ends_with("\r\n\r\n"));
    return text;
}

std::string as_chunk(std::string_view piece) {
    FOLLOWD_ASSERT(!piece.empty());
    return beast::buffers_to_string(
        beast::http::make_chunk(asio::buffer(piece.data(), piece.size())));
}

}  // namespace followd::http
