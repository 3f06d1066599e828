#include "fault/proxy/pump.hpp"

#include "followd/base/assert.hpp"

#include "fault/proxy/canned_answer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <utility>

namespace followd::fault {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t buffer_bytes = 64U << 10U;
static_assert(buffer_bytes > head_bytes_max);
constexpr std::uint64_t sliced_bytes_max = 2U << 10U;
constexpr std::size_t asked_max = 64;
// Without a pause, a reader that is late gets many slices at once.
constexpr std::chrono::microseconds slice_step{50};
constexpr std::chrono::milliseconds slow_step{20};
constexpr std::chrono::milliseconds stall_step{50};

MessageScanner::Side side_of(Direction direction) {
    return direction == Direction::request ? MessageScanner::Side::requests
                                           : MessageScanner::Side::answers;
}

}  // namespace

Pump::Pump(Conversation* conversation, Direction direction)
    : conversation_(conversation),
      direction_(direction),
      scanner_(side_of(direction)),
      buffer_(buffer_bytes) {
    FOLLOWD_ASSERT(conversation_ != nullptr);
}

Task<void> Pump::run() {
    bool has_more = true;
    while (has_more && !is_over()) {
        has_more = co_await read_more();
        co_await pass_all();
    }
    if (is_over()) {
        co_return;
    }
    // The end of a head that never came to its end.
    co_await write_at_once(buffer_.data(), std::exchange(filled_, 0));
    error_code ignored;
    conversation_->target(direction_).shutdown(Conversation::Socket::shutdown_send, ignored);
}

/// False at the end of what comes.
Task<bool> Pump::read_more() {
    FOLLOWD_ASSERT(filled_ < buffer_.size());
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const auto into = asio::buffer(buffer_.data() + filled_, buffer_.size() - filled_);
    const std::size_t got = co_await conversation_->source(direction_).async_read_some(into, token);
    filled_ += got;
    if (error && error != asio::error::eof) {
        conversation_->reset();
    }
    co_return !error;
}

Task<void> Pump::pass_all() {
    while (filled_ > 0 && !is_over()) {
        const bool answers_head = direction_ == Direction::answer &&
                                  !conversation_->asked.empty() &&
                                  conversation_->asked.front().method == "HEAD";
        const Piece piece = scanner_.next({buffer_.data(), filled_}, answers_head);
        if (piece.kind == Piece::Kind::incomplete) {
            co_return;
        }
        FOLLOWD_ASSERT(piece.size > 0 && piece.size <= filled_);
        co_await pass(piece);
        filled_ -= piece.size;
        std::copy_n(buffer_.data() + piece.size, filled_, buffer_.data());
    }
}

Task<void> Pump::pass(Piece piece) {
    if (piece.kind == Piece::Kind::interim) {
        co_await write_at_once(buffer_.data(), piece.size);
        co_return;
    }
    if (piece.kind == Piece::Kind::head) {
        begin_message(piece);
        const auto wait = treatment_[Effect::wait];
        if (wait && claim(Effect::wait)) {
            co_await rest(std::chrono::milliseconds{wait->amount});
        }
        damage(piece.size);
    }
    if (!is_over()) {
        co_await forward(piece.size);
    }
    if (piece.ends_message && !is_over()) {
        co_await end_message();
    }
}

void Pump::begin_message(const Piece& piece) {
    sent_ = 0;
    is_flow_claimed_ = false;
    is_discarding_ = false;
    reply_.clear();
    auto& asked = conversation_->asked;
    RequestLine line;
    if (direction_ == Direction::request) {
        line = scanner_.line();
    } else if (!asked.empty()) {
        line = asked.front();
    }
    treatment_ = conversation_->schedule->treat(direction_, line, piece.size);
    const auto instead = treatment_[Effect::instead];
    // A request behind others that wait for their answers would be answered out of its turn.
    const bool is_in_turn = direction_ == Direction::answer || asked.empty();
    if (instead && is_in_turn && claim(Effect::instead)) {
        is_discarding_ = true;
        reply_ = canned_answer(instead->fault);
        conversation_->is_spoilt = conversation_->is_spoilt || reply_.empty();
    } else if (direction_ == Direction::request) {
        asked.push_back(std::move(line));
        if (asked.size() > asked_max) {
            conversation_->reset();
        }
    }
}

void Pump::damage(std::size_t bytes) {
    const auto planned = treatment_[Effect::damage];
    if (planned && planned->amount < bytes && !is_discarding_ && claim(Effect::damage)) {
        char& byte = buffer_[static_cast<std::size_t>(planned->amount)];
        byte = static_cast<char>(static_cast<std::uint8_t>(byte) ^ planned->flip);
        conversation_->is_spoilt = true;
    }
}

/// The first bytes of the buffer, up to where the message is to be broken off.
Task<void> Pump::forward(std::size_t bytes) {
    if (is_discarding_) {
        co_return;
    }
    const auto ending = treatment_[Effect::ending];
    const bool is_reached = ending && ending->amount <= sent_ + bytes;
    if (!is_reached || !claim(Effect::ending)) {
        if (is_reached) {
            treatment_[Effect::ending].reset();
        }
        co_await write(bytes);
        co_return;
    }
    FOLLOWD_ASSERT(ending->amount >= sent_);
    co_await write(static_cast<std::size_t>(ending->amount - sent_));
    if (!is_over()) {
        co_await end_as(ending->fault);
    }
}

Task<void> Pump::write(std::size_t bytes) {
    std::size_t written = 0;
    while (written < bytes && !is_over()) {
        const std::size_t size = step(bytes - written);
        const bool is_held_up = size < bytes - written;
        if (is_held_up && !is_flow_claimed_) {
            is_flow_claimed_ = true;
            if (!claim(Effect::flow)) {
                treatment_[Effect::flow].reset();
                continue;
            }
        }
        co_await write_at_once(buffer_.data() + written, size);
        written += size;
        sent_ += size;
        if (is_held_up) {
            const bool is_slow = treatment_[Effect::flow]->fault == Fault::slow;
            co_await rest(is_slow ? slow_step : slice_step);
        }
    }
}

/// How many of so many bytes go at once.
std::size_t Pump::step(std::size_t bytes) const {
    const auto& flow = treatment_[Effect::flow];
    if (!flow || !conversation_->schedule->is_in_force(flow->rule)) {
        return bytes;
    }
    std::uint64_t most = flow->amount;
    if (flow->fault == Fault::slow) {
        most = most * static_cast<std::uint64_t>(slow_step.count()) / 1000;
    } else if (sent_ >= sliced_bytes_max) {
        return bytes;
    }
    return static_cast<std::size_t>(std::clamp<std::uint64_t>(most, 1, bytes));
}

Task<void> Pump::write_at_once(const char* from, std::size_t bytes) {
    if (bytes == 0) {
        co_return;
    }
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const auto piece = asio::buffer(from, bytes);
    co_await asio::async_write(conversation_->target(direction_), piece, token);
    if (error) {
        conversation_->reset();
    }
}

Task<void> Pump::end_as(Fault fault) {
    conversation_->is_spoilt = true;
    if (fault == Fault::stall) {
        co_await stall();
    } else if (fault == Fault::reset) {
        conversation_->reset();
    } else if (fault == Fault::cut) {
        conversation_->close();
    } else {
        FOLLOWD_ASSERT(fault == Fault::half_close);
        error_code ignored;
        conversation_->target(direction_).shutdown(Conversation::Socket::shutdown_send, ignored);
    }
    ended_ = true;
}

/// Until somebody ends the connection. The client's end would not be noticed by reading.
Task<void> Pump::stall() {
    while (conversation_->is_open()) {
        co_await rest(stall_step);
        if (!conversation_->is_client_there()) {
            conversation_->reset();
        }
    }
}

Task<void> Pump::rest(std::chrono::microseconds time) {
    if (!conversation_->is_open()) {
        co_return;
    }
    error_code ignored;
    auto& timer = conversation_->timer(direction_);
    timer.expires_after(time);
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await timer.async_wait(token);
}

Task<void> Pump::end_message() {
    if (direction_ == Direction::answer && !conversation_->asked.empty()) {
        conversation_->asked.pop_front();
    }
    if (reply_.empty()) {
        co_return;
    }
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const auto whole = asio::buffer(reply_);
    co_await asio::async_write(conversation_->client, whole, token);
    if (error) {
        conversation_->reset();
    }
}

bool Pump::claim(Effect effect) {
    const auto& planned = treatment_[effect];
    return planned && conversation_->schedule->claim(*planned);
}

}  // namespace followd::fault
