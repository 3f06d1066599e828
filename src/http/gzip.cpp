#include "http/gzip.hpp"

#include "http/body.hpp"

#include <algorithm>
#include <limits>

namespace followd::http {

namespace {

constexpr int gzip_window_bits = 15 + 16;  // the largest window, with gzip's header and checksum
constexpr int level = 1;
constexpr int memory_level = 8;
constexpr std::size_t inflate_step_bytes_min = 4U << 10U;
constexpr std::size_t inflate_step_bytes_max = 128U << 10U;
constexpr std::size_t usual_ratio = 6;

// zlib takes its input as a pointer to non-const and does not write through it.
Bytef* input_of(std::string_view text) {
    return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
}

}  // namespace

Result<std::string> gzip(std::string_view text) {
    FOLLOWD_ASSERT(text.size() <= std::numeric_limits<uInt>::max());
    z_stream stream{};
    const int begun = deflateInit2(
        &stream, level, Z_DEFLATED, gzip_window_bits, memory_level, Z_DEFAULT_STRATEGY);
    if (begun != Z_OK) {
        return Failure{FailureKind::refused, "cannot compress a request: zlib has no memory", {}};
    }
    std::string packed(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
    stream.next_in = input_of(text);
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    const int ended = deflate(&stream, Z_FINISH);
    const auto size = static_cast<std::size_t>(stream.total_out);
    deflateEnd(&stream);
    FOLLOWD_ASSERT(ended == Z_STREAM_END);
    packed.resize(size);
    return packed;
}

Inflater::Inflater() : ready_(inflateInit2(&stream_, gzip_window_bits) == Z_OK) {}

Inflater::~Inflater() {
    if (ready_) {
        inflateEnd(&stream_);
    }
}

Inflater::Outcome Inflater::feed(std::string_view piece, std::string& text, std::size_t bytes_max) {
    FOLLOWD_ASSERT(piece.size() <= std::numeric_limits<uInt>::max());
    FOLLOWD_ASSERT(text.size() <= bytes_max);
    if (!ready_) {
        return Outcome::broken;
    }
    stream_.next_in = input_of(piece);
    stream_.avail_in = static_cast<uInt>(piece.size());
    bool output_was_full = false;
    while (stream_.avail_in > 0 || output_was_full) {
        if (complete_) {
            // One gzip stream may hold several members, one after the other.
            if (inflateReset(&stream_) != Z_OK) {
                return Outcome::broken;
            }
            complete_ = false;
        }
        // One byte beyond the limit tells a text that is too long from one that just fits.
        const std::size_t before = text.size();
        const std::size_t step = std::clamp(
            usual_ratio * stream_.avail_in, inflate_step_bytes_min, inflate_step_bytes_max);
        const std::size_t room = std::min(step, bytes_max - before + 1);
        reserve_body(text, before + room);
        text.resize(before + room);
        stream_.next_out = reinterpret_cast<Bytef*>(text.data() + before);
        stream_.avail_out = static_cast<uInt>(room);
        const int outcome = inflate(&stream_, Z_NO_FLUSH);
        output_was_full = stream_.avail_out == 0;
        text.resize(before + room - stream_.avail_out);
        if (text.size() > bytes_max) {
            text.resize(bytes_max);
            return Outcome::too_large;
        }
        if (outcome == Z_STREAM_END) {
            complete_ = true;
            output_was_full = false;
            continue;
        }
        // Z_BUF_ERROR only says that there was nothing left to do in this round.
        if (outcome != Z_OK && outcome != Z_BUF_ERROR) {
            return Outcome::broken;
        }
    }
    return Outcome::ok;
}

}  // namespace followd::http
