#pragma once

#include "followd/base/time.hpp"

#include "http/byte_range.hpp"
#include "http/stream.hpp"
#include "repository/root_folder.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// A part of a file, on its way to one client.

namespace followd::repository {

/// The length was announced before the first byte, so all that can be done about a file that
/// changes meanwhile is not to send all of it: the last bytes leave only after the file was found
/// to be as it was when it was opened.
class FileTransfer {
public:
    enum class End : std::uint8_t {
        complete,
        broken,   ///< the client went away, or took nothing for too long
        changed,  ///< the file is another one by now, or ends before: to be told to nobody as whole
        unreadable,
    };

    /// `idle_max` is for each step, which moves at most a megabyte. Stream and file must outlive
    /// it.
    FileTransfer(boost::asio::any_io_executor executor,
                 http::Stream* stream,
                 const OpenFile* file,
                 Duration idle_max);

    /// Writes the head and then the range. Unless `complete`, the connection must be closed.
    [[nodiscard]] boost::asio::awaitable<End> run(std::string head, http::ByteRange range);
    /// Of the range, so far.
    [[nodiscard]] std::uint64_t sent_bytes() const noexcept { return sent_; }

private:
    [[nodiscard]] boost::asio::awaitable<End> hand_over();
    [[nodiscard]] boost::asio::awaitable<End> copy();
    [[nodiscard]] boost::asio::awaitable<End> write(std::size_t from_file);
    [[nodiscard]] boost::asio::awaitable<End> wait_for_handed_over();
    [[nodiscard]] std::uint64_t left() const noexcept { return range_.count - sent_; }

    boost::asio::any_io_executor executor_;
    http::Stream* stream_;
    const OpenFile* file_;
    Duration idle_max_;
    std::string head_;  ///< not written yet; empty afterwards
    http::ByteRange range_;
    std::uint64_t sent_ = 0;
    std::uint64_t copied_ = 0;  ///< at the end of what was sent
    bool hands_over_ = false;   ///< to the kernel, what is not near the end
    bool has_handed_over_ = false;
    std::vector<char> piece_;
};

}  // namespace followd::repository
