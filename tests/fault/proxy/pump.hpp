#pragma once

#include "engine/task.hpp"
#include "fault/proxy/conversation.hpp"
#include "fault/proxy/message_scanner.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace followd::fault {

/// Carries one direction of a connection, message by message, with what the schedule plans for
/// them. Holds at most one buffer; who does not read what it passes on is not read from either.
class Pump {
public:
    Pump(Conversation* conversation, Direction direction);

    /// Until this direction has ended.
    [[nodiscard]] Task<void> run();

private:
    using Piece = MessageScanner::Piece;

    [[nodiscard]] Task<bool> read_more();
    [[nodiscard]] Task<void> pass_all();
    [[nodiscard]] Task<void> pass(Piece piece);
    [[nodiscard]] Task<void> forward(std::size_t bytes);
    [[nodiscard]] Task<void> write(std::size_t bytes);
    [[nodiscard]] Task<void> write_at_once(const char* from, std::size_t bytes);
    [[nodiscard]] Task<void> end_as(Fault fault);
    [[nodiscard]] Task<void> stall();
    [[nodiscard]] Task<void> rest(std::chrono::microseconds time);
    [[nodiscard]] Task<void> end_message();

    void begin_message(const Piece& piece);
    void damage(std::size_t bytes);
    [[nodiscard]] std::size_t step(std::size_t bytes) const;
    [[nodiscard]] bool claim(Effect effect);
    [[nodiscard]] bool is_over() const { return ended_ || !conversation_->is_open(); }

    Conversation* conversation_;
    Direction direction_;
    MessageScanner scanner_;
    std::vector<char> buffer_;
    std::size_t filled_ = 0;
    bool ended_ = false;

    // Of the message under way.
    Treatment treatment_;
    std::uint64_t sent_ = 0;  ///< or thrown away
    bool is_discarding_ = false;
    bool is_flow_claimed_ = false;
    std::string reply_;  ///< given instead of it once it has ended
};

}  // namespace followd::fault
