#include "fault/proxy/message_scanner.hpp"

#include "followd/base/assert.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace followd::fault {

namespace {

constexpr std::string_view head_end = "\r\n\r\n";
constexpr std::string_view answer_start = "HTTP/1.";
constexpr std::size_t method_bytes_max = 16;
constexpr std::size_t chunk_line_bytes_max = 256;

bool is_same_word(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, [](unsigned char a, unsigned char b) {
        return std::tolower(a) == std::tolower(b);
    });
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The value of the first header of that name.
std::optional<std::string_view> header(std::string_view head, std::string_view name) {
    for (auto at = head.find("\r\n"); at != std::string_view::npos && at + 2 < head.size();) {
        const auto begin = at + 2;
        at = head.find("\r\n", begin);
        const std::string_view line = head.substr(begin, at - begin);
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && is_same_word(line.substr(0, colon), name)) {
            return trimmed(line.substr(colon + 1));
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> number(std::string_view text, int base) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, base);
    if (error != std::errc{} || stop != end) {
        return std::nullopt;
    }
    return value;
}

/// Whether HTTP can go on like this; a stream that cannot is told apart by its first bytes.
bool may_be_head(MessageScanner::Side side, std::string_view bytes) {
    if (side == MessageScanner::Side::answers) {
        const auto common = std::min(bytes.size(), answer_start.size());
        return bytes.substr(0, common) == answer_start.substr(0, common);
    }
    const auto method = bytes.substr(0, std::min(bytes.find(' '), method_bytes_max + 1));
    return !method.empty() && method.size() <= method_bytes_max &&
           std::ranges::all_of(method, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

MessageScanner::Piece MessageScanner::next(std::string_view bytes, bool answers_head) {
    FOLLOWD_ASSERT(!bytes.empty());
    switch (state_) {
        case State::head: {
            if (!may_be_head(side_, bytes)) {
                return begin_endless(bytes);
            }
            const auto found = bytes.substr(0, head_bytes_max).find(head_end);
            if (found != std::string_view::npos) {
                return begin_message(bytes.substr(0, found + head_end.size()), answers_head);
            }
            if (bytes.size() >= head_bytes_max) {
                return begin_endless(bytes);
            }
            return {Piece::Kind::incomplete, 0, false};
        }
        case State::sized_body:
            return scan_sized(bytes);
        case State::chunk_size:
        case State::chunk_data:
        case State::chunk_end:
        case State::trailer:
            return scan_chunks(bytes);
        case State::endless:
            break;
    }
    return {Piece::Kind::body, bytes.size(), false};
}

MessageScanner::Piece MessageScanner::begin_endless(std::string_view bytes) {
    state_ = State::endless;
    line_ = {};
    return {Piece::Kind::head, bytes.size(), false};
}

MessageScanner::Piece MessageScanner::begin_message(std::string_view head, bool answers_head) {
    if (!read_first_line(head.substr(0, head.find("\r\n")))) {
        return begin_endless(head);
    }
    if (side_ == Side::answers && status_ < 200) {
        return {Piece::Kind::interim, head.size(), false};
    }
    const Piece whole{Piece::Kind::head, head.size(), true};
    const Piece begun{Piece::Kind::head, head.size(), false};
    if (has_no_body(answers_head)) {
        return whole;
    }
    const auto coding = header(head, "transfer-encoding");
    if (coding && is_same_word(*coding, "chunked")) {
        state_ = State::chunk_size;
        chunk_line_.clear();
        return begun;
    }
    const auto length = header(head, "content-length");
    if (!length && !coding && side_ == Side::requests) {
        return whole;
    }
    const auto bytes = number(length.value_or(""), 10);
    if (coding || !bytes) {
        // As long as the connection lasts, or not to be understood: either way without an end.
        state_ = State::endless;
        return begun;
    }
    left_ = *bytes;
    state_ = left_ == 0 ? State::head : State::sized_body;
    return left_ == 0 ? whole : begun;
}

bool MessageScanner::read_first_line(std::string_view line) {
    const auto first = line.find(' ');
    if (first == std::string_view::npos) {
        return false;
    }
    const std::string_view rest = line.substr(first + 1);
    if (side_ == Side::answers) {
        const auto status = number(rest.substr(0, 3), 10);
        status_ = static_cast<int>(status.value_or(0));
        return status_ >= 100;
    }
    line_ = {std::string{line.substr(0, first)}, std::string{rest.substr(0, rest.find(' '))}};
    return true;
}

bool MessageScanner::has_no_body(bool answers_head) const noexcept {
    return side_ == Side::answers && (answers_head || status_ == 204 || status_ == 304);
}

MessageScanner::Piece MessageScanner::scan_sized(std::string_view bytes) {
    FOLLOWD_ASSERT(left_ > 0);
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    left_ -= size;
    if (left_ == 0) {
        state_ = State::head;
    }
    return {Piece::Kind::body, size, left_ == 0};
}

/// Through the last byte of the message, or of what has come.
MessageScanner::Piece MessageScanner::scan_chunks(std::string_view bytes) {
    std::size_t at = 0;
    while (at < bytes.size() && state_ != State::endless) {
        if (state_ == State::chunk_data) {
            const auto size = std::min<std::uint64_t>(left_, bytes.size() - at);
            at += static_cast<std::size_t>(size);
            left_ -= size;
            state_ = left_ == 0 ? State::chunk_end : State::chunk_data;
            continue;
        }
        const char c = bytes[at++];
        if (state_ == State::chunk_size && c != '\n') {
            chunk_line_ += c;
            if (chunk_line_.size() > chunk_line_bytes_max) {
                state_ = State::endless;
            }
        } else if (state_ == State::chunk_size) {
            end_of_chunk_line();
        } else if (state_ == State::chunk_end && c == '\n') {
            state_ = State::chunk_size;
        } else if (state_ == State::trailer && c != '\n') {
            trailer_is_empty_ = trailer_is_empty_ && c == '\r';
        } else if (state_ == State::trailer && end_of_trailer_line()) {
            return {Piece::Kind::body, at, true};
        }
    }
    return {Piece::Kind::body, state_ == State::endless ? bytes.size() : at, false};
}

void MessageScanner::end_of_chunk_line() {
    std::string_view text = chunk_line_;
    text = text.substr(0, text.find_first_of(";\r"));
    const auto size = number(trimmed(text), 16);
    chunk_line_.clear();
    left_ = size.value_or(0);
    trailer_is_empty_ = true;
    if (!size) {
        state_ = State::endless;
    } else {
        state_ = left_ == 0 ? State::trailer : State::chunk_data;
    }
}

/// Whether that was the message's last line.
bool MessageScanner::end_of_trailer_line() {
    const bool is_last = trailer_is_empty_;
    trailer_is_empty_ = true;
    if (is_last) {
        state_ = State::head;
    }
    return is_last;
}

}  // namespace followd::fault
