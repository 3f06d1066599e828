#include "cli/pull_progress.hpp"

#include "cli/figures.hpp"

#include <algorithm>
#include <iostream>

namespace followd::cli {

namespace {

constexpr std::chrono::milliseconds change_interval{200};
constexpr std::chrono::seconds line_interval{10};
constexpr std::string_view clear_line = "\r\x1b[K";

}  // namespace

std::string pull_progress_text(const repository::PullProgress& progress, double seconds) {
    std::string text = bytes_text(progress.bytes_done) + " of " + bytes_text(progress.bytes) +
                       ", " + grouped(static_cast<std::int64_t>(progress.files_done)) + " of " +
                       counted(static_cast<std::int64_t>(progress.files), "file");
    const std::uint64_t came = progress.bytes_done - progress.bytes_resumed;
    if (seconds <= 0 || came == 0) {
        return text;
    }
    const double rate = static_cast<double>(came) / seconds;
    const std::uint64_t left = progress.bytes - std::min(progress.bytes, progress.bytes_done);
    text += ", " + bytes_text(static_cast<std::uint64_t>(rate)) + "/s";
    return left == 0 ? text : text + ", " + time_text(static_cast<double>(left) / rate) + " left";
}

void PullProgressLine::show(const repository::PullProgress& progress) {
    const Clock::time_point now = Clock::now();
    if (progress.files_done == 0 && progress.bytes_done == progress.bytes_resumed) {
        // A round begins: what was shown was another one's.
        began_ = now;
        shown_ = now;
    }
    const Clock::duration passed = now - shown_;
    if (passed < (terminal_.is_terminal ? Clock::duration(change_interval) : line_interval)) {
        return;
    }
    shown_ = now;
    const std::chrono::duration<double> since = now - began_;
    const std::string text = pull_progress_text(progress, since.count());
    if (terminal_.is_terminal) {
        is_shown_ = true;
        std::cerr << clear_line << text << std::flush;
    } else {
        std::cerr << "followd: " << text << '\n' << std::flush;
    }
}

void PullProgressLine::clear() {
    if (is_shown_) {
        std::cerr << clear_line << std::flush;
        is_shown_ = false;
    }
}

}  // namespace followd::cli
