#include "cli/copy_progress.hpp"

#include "cli/figures.hpp"

#include <algorithm>
#include <iostream>
#include <string_view>

namespace followd::cli {

namespace {

constexpr std::chrono::milliseconds change_interval{200};
constexpr std::chrono::seconds line_interval{10};
constexpr std::string_view clear_line = "\r\x1b[K";
constexpr std::size_t bar_width = 24;

}  // namespace

std::string copy_progress_text(const CopyProgress& progress, double seconds) {
    std::string text = bytes_text(progress.bytes_done) + " of " + bytes_text(progress.bytes) +
                       ", " + grouped(static_cast<std::int64_t>(progress.files_done)) + " of " +
                       counted(static_cast<std::int64_t>(progress.files), "file");
    const std::uint64_t came = progress.bytes_done - progress.bytes_before;
    if (seconds <= 0 || came == 0) {
        return text;
    }
    const double rate = static_cast<double>(came) / seconds;
    const std::uint64_t left = progress.bytes - std::min(progress.bytes, progress.bytes_done);
    text += ", " + bytes_text(static_cast<std::uint64_t>(rate)) + "/s";
    return left == 0 ? text : text + ", " + time_text(static_cast<double>(left) / rate) + " left";
}

std::string progress_bar(std::int64_t done, std::int64_t total) {
    const std::size_t filled =
        total <= 0 ? 0
                   : static_cast<std::size_t>(std::clamp<std::int64_t>(
                         done * static_cast<std::int64_t>(bar_width) / total, 0, bar_width));
    std::string bar(filled, '=');
    bar += filled < bar_width ? ">" : "";
    bar.resize(bar_width, ' ');
    return "[" + bar + "]";
}

void ProgressLine::begin() {
    began_ = Clock::now();
    shown_ = began_;
}

double ProgressLine::seconds() const {
    const std::chrono::duration<double> since = Clock::now() - began_;
    return since.count();
}

bool ProgressLine::is_due() const {
    const Clock::duration interval =
        terminal_.is_terminal ? Clock::duration(change_interval) : line_interval;
    return Clock::now() - shown_ >= interval;
}

void ProgressLine::show(const std::string& text) {
    shown_ = Clock::now();
    if (terminal_.is_terminal) {
        is_shown_ = true;
        std::cerr << clear_line << text << std::flush;
    } else {
        std::cerr << "followd: " << text << '\n' << std::flush;
    }
}

void ProgressLine::clear() {
    if (is_shown_) {
        std::cerr << clear_line << std::flush;
        is_shown_ = false;
    }
}

}  // namespace followd::cli
