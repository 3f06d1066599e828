#include "repository/session.hpp"

#include "followd/base/assert.hpp"

#include "http/deadline.hpp"
#include "repository/manifest.hpp"
#include "repository/request_path.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

namespace followd::repository {

namespace asio = boost::asio;

namespace {

constexpr std::size_t header_bytes_max = 16U << 10U;
constexpr std::size_t lingering_bytes_max = 1U << 20U;
constexpr Duration lingering_max = std::chrono::seconds{2};

int status_of(FailureKind kind) {
    return kind == FailureKind::not_found ? 404 : kind == FailureKind::unauthorised ? 403 : 500;
}

std::string text_of(int status) {
    switch (status) {
        case 403:
            return "the server may not read this file\n";
        case 404:
            return "not found\n";
        case 405:
            return "only GET and HEAD\n";
        case 416:
            return "the file is shorter\n";
        case 431:
            return "the header is too long\n";
        case 500:
            return "the file cannot be read\n";
        default:
            return "this is not HTTP/1.1\n";
    }
}

std::string content_range(http::ByteRange range, std::uint64_t size) {
    return "bytes " + std::to_string(range.first) + "-" +
           std::to_string(range.first + range.count - 1) + "/" + std::to_string(size);
}

}  // namespace

Session::Session(asio::any_io_executor executor, Service* service, http::Stream::Socket accepted)
    : executor_{std::move(executor)},
      service_{service},
      stream_{std::move(accepted)},
      reader_{&stream_, header_bytes_max} {
    FOLLOWD_ASSERT(service_ != nullptr);
}

void Session::stop() {
    is_stopping_ = true;
    if (is_idle_) {
        stream_.close();
    }
}

asio::awaitable<void> Session::run() {
    if (service_->tls) {
        http::Deadline deadline{executor_, service_->idle_max};
        deadline.set_closer([this] { stream_.close(); });
        const auto error = co_await stream_.accept_tls(service_->tls);
        if (error) {
            co_return;
        }
    }
    bool more = true;
    while (more && !is_stopping_) {
        is_idle_ = true;
        http::ReadRequest request = co_await read_request();
        is_idle_ = false;
        if (request.head) {
            more = co_await answer(std::move(*request.head));
            continue;
        }
        more = false;
        if (request.refusal != 0) {
            keep_alive_ = false;
            is_head_ = false;
            co_await answer_status(request.refusal);
            co_await linger();
        }
    }
    stream_.close();
}

asio::awaitable<http::ReadRequest> Session::read_request() {
    http::Deadline deadline{executor_, service_->idle_max};
    deadline.set_closer([this] { stream_.close(); });
    http::ReadRequest request = co_await reader_.read();
    co_return request;
}

/// False where the connection ends.
asio::awaitable<bool> Session::answer(http::RequestHead request) {
    ++service_->counts.requests;
    const bool has_body = request.has_body;
    // An older client that wants to stay waits for a word that HTTP/1.1 does not say.
    keep_alive_ = request.keep_alive && request.is_http_11 && !has_body;
    is_head_ = request.method == http::Method::head;
    auto asked = read_target(request.target, service_->token);
    bool more = false;
    if (!asked) {
        more = co_await answer_status(404);
    } else if (!request.method) {
        more = co_await answer_status(405);
    } else if (asked->manifest) {
        more = co_await answer_manifest(std::move(request));
    } else {
        more = co_await answer_file(std::move(request), std::move(asked->path));
    }
    if (has_body) {
        co_await linger();
    }
    co_return more;
}

http::AnswerHead Session::head_of(int status) const {
    http::AnswerHead head;
    head.status = status;
    head.keep_alive = keep_alive_ && !is_stopping_;
    return head;
}

/// An answer that says no.
asio::awaitable<bool> Session::answer_status(int status, std::string content_range) {
    const std::string text = text_of(status);
    http::AnswerHead head = head_of(status);
    head.content_type = "text/plain";
    head.content_range = std::move(content_range);
    head.allow = status == 405 ? "GET, HEAD" : "";
    head.length = text.size();
    std::string whole = http::write_answer_head(head) + (is_head_ ? "" : text);
    const bool written = co_await write(std::move(whole));
    co_return written&& head.keep_alive;
}

asio::awaitable<bool> Session::answer_file(http::RequestHead request, std::string path) {
    auto opened = service_->root.open_file(path);
    if (!opened) {
        const int status = status_of(opened.failure().kind);
        if (status != 404) {
            service_->complain(opened.failure().what);
        }
        const bool more = co_await answer_status(status);
        co_return more;
    }
    const FileState state = opened->state;
    const std::string etag = etag_of(state);
    // A range is for GET, and only of the file that its beginning is of.
    const bool takes_range = !is_head_ && (request.if_range.empty() || request.if_range == etag);
    const auto asked = http::read_range(takes_range ? request.range : "", state.size);
    if (asked.kind == http::AskedRange::Kind::outside) {
        std::string size_alone = "bytes */" + std::to_string(state.size);
        const bool more = co_await answer_status(416, std::move(size_alone));
        co_return more;
    }
    const bool is_part = asked.kind == http::AskedRange::Kind::part;
    const auto range = is_part ? asked.range : http::ByteRange{.first = 0, .count = state.size};
    http::AnswerHead head = head_of(is_part ? 206 : 200);
    head.content_type = "application/octet-stream";
    head.accept_ranges = "bytes";
    head.etag = etag;
    head.length = range.count;
    if (is_part) {
        head.content_range = content_range(range, state.size);
    }
    if (is_head_) {
        std::string text = http::write_answer_head(head);
        const bool written = co_await write(std::move(text));
        co_return written&& head.keep_alive;
    }
    const bool more =
        co_await send_file(std::move(head), std::move(*opened), range, std::move(path));
    co_return more;
}

asio::awaitable<bool> Session::send_file(http::AnswerHead head,
                                         OpenFile file,
                                         http::ByteRange range,
                                         std::string path) {
    FileTransfer transfer{executor_, &stream_, &file, service_->idle_max};
    std::string text = http::write_answer_head(head);
    const auto end = co_await transfer.run(std::move(text), range);
    service_->counts.bytes += transfer.sent_bytes();
    switch (end) {
        case FileTransfer::End::complete:
            co_return head.keep_alive;
        case FileTransfer::End::broken:
            break;
        case FileTransfer::End::changed:
            service_->complain(path + " changed while it was sent, so its client was cut off");
            break;
        case FileTransfer::End::unreadable:
            service_->complain(path + " cannot be read to its end, so its client was cut off");
            break;
    }
    co_return false;
}

asio::awaitable<bool> Session::answer_manifest(http::RequestHead request) {
    http::AnswerHead head = head_of(200);
    head.content_type = "application/json";
    head.is_chunked = request.is_http_11;
    std::string text = http::write_answer_head(head);
    bool written = co_await write(std::move(text));
    if (is_head_) {
        co_return written&& head.keep_alive;
    }
    Manifest manifest{&service_->root};
    while (written && !manifest.is_complete()) {
        auto piece = manifest.next();
        if (!piece) {
            service_->complain(piece.failure().what);
            co_return false;
        }
        if (piece->empty()) {
            continue;
        }
        text = request.is_http_11 ? http::as_chunk(*piece) : std::move(*piece);
        written = co_await write(std::move(text));
    }
    if (written && request.is_http_11) {
        text = http::last_chunk;
        written = co_await write(std::move(text));
    }
    co_return written&& head.keep_alive;
}

asio::awaitable<bool> Session::write(std::string text) {
    http::Deadline deadline{executor_, service_->idle_max};
    deadline.set_closer([this] { stream_.close(); });
    const std::array<asio::const_buffer, 2> pieces{asio::buffer(text), asio::const_buffer{}};
    const auto written = co_await stream_.write(pieces);
    co_return !written.error;
}

/// Reads what the client still sends: to close with something unread could take the answer from it.
asio::awaitable<void> Session::linger() {
    http::Deadline deadline{executor_, std::min(lingering_max, service_->idle_max)};
    deadline.set_closer([this] { stream_.close(); });
    if (!stream_.is_tls()) {
        stream_.end_writing();
    }
    std::array<char, 4096> unread{};
    std::size_t bytes = 0;
    while (bytes < lingering_bytes_max) {
        const auto into = asio::buffer(unread);
        const auto got = co_await stream_.read_some(into);
        bytes += got.bytes;
        if (got.error) {
            break;
        }
    }
}

}  // namespace followd::repository
