#pragma once

#include "cli/terminal.hpp"
#include "repository/puller.hpp"

#include <chrono>
#include <string>

namespace followd::cli {

/// How far a copy is, on standard error: one line that changes on a terminal, elsewhere a line now
/// and then.
class PullProgressLine {
public:
    explicit PullProgressLine(Terminal terminal) : terminal_(terminal) {}

    void show(const repository::PullProgress& progress);
    /// Takes the line that changes away, so that something else may be written.
    void clear();

private:
    using Clock = std::chrono::steady_clock;

    Terminal terminal_;
    Clock::time_point began_ = Clock::now();
    Clock::time_point shown_ = began_;
    bool is_shown_ = false;
};

/// "1.2 GB of 3.4 GB, 120 of 300 files, 45 MB/s, 50 s left".
[[nodiscard]] std::string pull_progress_text(const repository::PullProgress& progress,
                                             double seconds);

}  // namespace followd::cli
