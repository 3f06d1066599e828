#pragma once

#include "cli/copy_progress.hpp"
#include "engine/bootstrap_status.hpp"

#include <string>

namespace followd::cli {

/// How far a snapshot or a restore is, on standard error.
class SnapshotsProgress {
public:
    /// `subject`: what is being made.
    SnapshotsProgress(Terminal terminal, std::string subject);

    void show(const engine::TransferProgress& transfer);
    /// Takes the line that changes away, so that something else may be written.
    void clear() { line_.clear(); }

private:
    std::string subject_;
    ProgressLine line_;
};

/// "nightly [====>   ] 1.2 GB of 3.4 GB, ..."; without the bar where it is not for a terminal.
[[nodiscard]] std::string snapshots_progress_text(const std::string& subject,
                                                  const engine::TransferProgress& transfer,
                                                  double seconds,
                                                  bool has_bar);

}  // namespace followd::cli
