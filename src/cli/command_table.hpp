#pragma once

namespace followd::cli {

/// Reads the command line and runs its command; returns the exit code. Help and version go to
/// standard output, mistakes to standard error.
[[nodiscard]] int run_command_line(int argc, const char* const* argv);

}  // namespace followd::cli
