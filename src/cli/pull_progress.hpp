#pragma once

#include "cli/copy_progress.hpp"
#include "repository/puller.hpp"

#include <string>

namespace followd::cli {

/// How far a copy of a repository is, on standard error.
class PullProgressLine {
public:
    explicit PullProgressLine(Terminal terminal) : line_(terminal) {}

    void show(const repository::PullProgress& progress);
    /// Takes the line that changes away, so that something else may be written.
    void clear() { line_.clear(); }

private:
    ProgressLine line_;
};

[[nodiscard]] std::string pull_progress_text(const repository::PullProgress& progress,
                                             double seconds);

}  // namespace followd::cli
