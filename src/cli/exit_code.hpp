#pragma once

#include "followd/base/result.hpp"

#include "config/mistake.hpp"

#include <vector>

/// What every command says to the shell that ran it; docs/CLI.md lists them for people.

namespace followd::cli {

inline constexpr int exit_done = 0;            ///< done; equal; all well
inline constexpr int exit_no = 1;              ///< no; differs; cannot be followed
inline constexpr int exit_unknown = 2;         ///< could not tell: nobody answered, or not in time
inline constexpr int exit_usage = 64;          ///< the command line
inline constexpr int exit_later = 75;          ///< try again later
inline constexpr int exit_privileges = 77;     ///< credentials, certificates or privileges
inline constexpr int exit_configuration = 78;  ///< the configuration file

/// What a failure means for the question that was asked.
[[nodiscard]] int exit_code_of(FailureKind kind);

/// The one of two exit codes that says the worse: of several answers the worst counts. From the
/// best: done, later, unknown, privileges, no. A thing known to be wrong comes before what could
/// not be found out.
[[nodiscard]] int worse_of(int left, int right);

/// All of them, one a line, to standard error.
void print_mistakes(const std::vector<config::Mistake>& mistakes);

}  // namespace followd::cli
