#include "repository/file_transfer.hpp"

#include "followd/base/assert.hpp"

#include "http/deadline.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <unistd.h>
#include <utility>

namespace followd::repository {

namespace asio = boost::asio;

namespace {

// How much the kernel is given at once: other connections have their turn in between.
constexpr std::size_t handed_over_bytes_max = 1U << 20U;
constexpr std::size_t piece_bytes_max = 256U << 10U;
// What sendfile() was given is read from the file again until the client's machine has it. The end
// of a file is copied instead, so that when the file is looked at for the last time, all that went
// before has arrived: this is more than a socket holds back unless somebody tuned it.
constexpr std::uint64_t copied_end_bytes = 8U << 20U;
constexpr Duration confirmation_pause = std::chrono::milliseconds{1};

/// Whether the kernel can only read such a file, not send it: some file systems before Linux 6.5.
bool is_beyond_sendfile(const boost::system::error_code& error) {
    return error.value() == EINVAL || error.value() == ENOSYS || error.value() == EOPNOTSUPP;
}

}  // namespace

FileTransfer::FileTransfer(asio::any_io_executor executor,
                           http::Stream* stream,
                           const OpenFile* file,
                           Duration idle_max)
    : executor_{std::move(executor)}, stream_{stream}, file_{file}, idle_max_{idle_max} {
    FOLLOWD_ASSERT(stream_ != nullptr && file_ != nullptr);
}

asio::awaitable<FileTransfer::End> FileTransfer::run(std::string head, http::ByteRange range) {
    FOLLOWD_ASSERT(range.first + range.count <= file_->state.size);
    head_ = std::move(head);
    range_ = range;
    hands_over_ = !stream_->is_tls() && range.count > copied_end_bytes;
    End end = End::complete;
    if (hands_over_ || range.count == 0) {
        end = co_await write(0);
    }
    while (end == End::complete && left() > 0) {
        if (hands_over_ && left() > copied_end_bytes) {
            end = co_await hand_over();
        } else {
            end = co_await copy();
        }
    }
    co_return end;
}

asio::awaitable<FileTransfer::End> FileTransfer::hand_over() {
    const auto bytes = static_cast<std::size_t>(
        std::min<std::uint64_t>(handed_over_bytes_max, left() - copied_end_bytes));
    http::Deadline deadline{executor_, idle_max_};
    deadline.set_closer([this] { stream_->close(); });
    has_handed_over_ = true;
    const std::uint64_t from = range_.first + sent_;
    const auto sent = co_await stream_->send_file(file_->descriptor.number(), from, bytes);
    sent_ += sent.bytes;
    if (is_beyond_sendfile(sent.error)) {
        hands_over_ = false;
        co_return End::complete;
    }
    if (sent.error) {
        co_return sent.error.value() == EIO ? End::unreadable : End::broken;
    }
    co_return sent.bytes == bytes ? End::complete : End::changed;
}

asio::awaitable<FileTransfer::End> FileTransfer::copy() {
    const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes_max, left()));
    piece_.resize(std::max(piece_.size(), bytes));
    const ssize_t got = ::pread(
        file_->descriptor.number(), piece_.data(), bytes, static_cast<off_t>(range_.first + sent_));
    if (got < 0) {
        co_return errno == EINTR ? End::complete : End::unreadable;
    }
    if (got == 0) {
        co_return End::changed;
    }
    const auto read = static_cast<std::size_t>(got);
    if (read == left()) {
        const End confirmed = co_await wait_for_handed_over();
        if (confirmed != End::complete) {
            co_return confirmed;
        }
        if (state_of(file_->descriptor) != file_->state) {
            co_return End::changed;
        }
    }
    const End end = co_await write(read);
    co_return end;
}

/// The head, if it is still to be written, and that much of the piece.
asio::awaitable<FileTransfer::End> FileTransfer::write(std::size_t from_file) {
    FOLLOWD_ASSERT(from_file <= piece_.size());
    const std::string head = std::exchange(head_, {});
    http::Deadline deadline{executor_, idle_max_};
    deadline.set_closer([this] { stream_->close(); });
    const std::array<asio::const_buffer, 2> pieces{asio::buffer(head),
                                                   asio::buffer(piece_.data(), from_file)};
    const auto written = co_await stream_->write(pieces);
    sent_ += written.bytes - std::min(written.bytes, head.size());
    copied_ += from_file;
    co_return written.error ? End::broken : End::complete;
}

/// Until the client's machine has all that sendfile() was given.
asio::awaitable<FileTransfer::End> FileTransfer::wait_for_handed_over() {
    if (!has_handed_over_) {
        co_return End::complete;
    }
    const http::Deadline deadline{executor_, idle_max_};
    asio::steady_timer pause{executor_};
    while (stream_->unconfirmed_bytes() > copied_) {
        if (stream_->is_closed() || deadline.cause() != http::Deadline::Cause::none) {
            co_return End::broken;
        }
        pause.expires_after(confirmation_pause);
        boost::system::error_code ignored;
        auto token = asio::redirect_error(asio::use_awaitable, ignored);
        co_await pause.async_wait(token);
    }
    co_return End::complete;
}

}  // namespace followd::repository
