#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Where messages of HTTP/1.1 begin and end in one direction of a connection: all that a proxy must
/// know of HTTP to break "the third bulk answer". Nothing of a message is kept, changed or judged.
///
/// What does not look like HTTP (TLS, a head without end) is one message that lasts as long as the
/// connection does and has no request line.

namespace followd::fault {

struct RequestLine {
    std::string method;
    std::string target;
};

class MessageScanner {
public:
    enum class Side { requests, answers };

    explicit MessageScanner(Side side) : side_(side) {}

    struct Piece {
        enum class Kind {
            incomplete,  ///< of a head: more bytes are needed to tell
            head,        ///< a whole head; of what is not HTTP, whatever is there
            interim,     ///< a whole head of 1xx, after which the answer proper is still to come
            body,
        };
        Kind kind;
        std::size_t size;   ///< how many of the bytes it is, from the first on
        bool ends_message;  ///< it is the last piece of its message
    };

    /// The first piece of `bytes`, which are not empty and begin where the piece before ended.
    /// `answers_head`: the answer that comes next is one to a HEAD request, which has no body
    /// whatever its head says.
    [[nodiscard]] Piece next(std::string_view bytes, bool answers_head = false);

    /// Of the message that the last head began; empty in what is not HTTP.
    [[nodiscard]] const RequestLine& line() const noexcept { return line_; }

private:
    enum class State { head, sized_body, chunk_size, chunk_data, chunk_end, trailer, endless };

    Piece begin_message(std::string_view head, bool answers_head);
    Piece begin_endless(std::string_view bytes);
    bool read_first_line(std::string_view line);
    [[nodiscard]] bool has_no_body(bool answers_head) const noexcept;
    Piece scan_sized(std::string_view bytes);
    Piece scan_chunks(std::string_view bytes);
    void end_of_chunk_line();
    bool end_of_trailer_line();

    Side side_;
    State state_ = State::head;
    RequestLine line_;
    int status_ = 0;
    std::uint64_t left_ = 0;        ///< bytes of the body or the chunk that are still to come
    std::string chunk_line_;        ///< of the chunk's size, as far as it has come
    bool trailer_is_empty_ = true;  ///< the line of the trailer that has come so far
};

/// A head that is longer is taken for none.
inline constexpr std::size_t head_bytes_max = 32U << 10U;

}  // namespace followd::fault
