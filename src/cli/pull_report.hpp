#pragma once

#include "followd/base/result.hpp"

#include "repository/puller.hpp"

#include <string>

/// What one pull of a repository came to, for people and for programs.

namespace followd::cli {

struct PullOutcome {
    std::string from;  ///< without secrets
    std::string to;
    Result<repository::PullReport> report;
    double seconds = 0;
};

/// One sentence; only of a pull that did not fail.
[[nodiscard]] std::string pull_report_text(const PullOutcome& outcome);
/// One document, without a line break; docs/CLI.md has its fields.
[[nodiscard]] std::string pull_report_json(const PullOutcome& outcome);

}  // namespace followd::cli
