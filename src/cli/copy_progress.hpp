#pragma once

#include "cli/terminal.hpp"

#include <chrono>
#include <cstdint>
#include <string>

/// How far files are on their way, for people.

namespace followd::cli {

struct CopyProgress {
    std::uint64_t files = 0;  ///< to copy
    std::uint64_t files_done = 0;
    std::uint64_t bytes = 0;
    std::uint64_t bytes_done = 0;
    std::uint64_t bytes_before = 0;  ///< of them, those that were there at the beginning
};

/// "1.2 GB of 3.4 GB, 120 of 300 files, 45 MB/s, 50 s left".
[[nodiscard]] std::string copy_progress_text(const CopyProgress& progress, double seconds);

/// "[=========>              ]"; nothing of it is filled where `total` is 0.
[[nodiscard]] std::string progress_bar(std::int64_t done, std::int64_t total);

/// Text on standard error that is soon replaced: one line that changes on a terminal, elsewhere a
/// line now and then.
class ProgressLine {
public:
    explicit ProgressLine(Terminal terminal) : terminal_(terminal) {}

    [[nodiscard]] const Terminal& terminal() const { return terminal_; }
    /// Something else begins now, of which nothing was shown yet.
    void begin();
    /// Since it began.
    [[nodiscard]] double seconds() const;
    /// Whether what was shown last has stood long enough.
    [[nodiscard]] bool is_due() const;
    void show(const std::string& text);
    /// Takes the line that changes away, so that something else may be written.
    void clear();

private:
    using Clock = std::chrono::steady_clock;

    Terminal terminal_;
    Clock::time_point began_ = Clock::now();
    Clock::time_point shown_ = began_;
    bool is_shown_ = false;
};

}  // namespace followd::cli
