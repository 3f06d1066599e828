#pragma once

#include <string>

/// `followd run`: the daemon.

namespace followd::cli {

/// Follows until SIGTERM or SIGINT; returns the exit code (decisions.md, "Command line").
[[nodiscard]] int run_daemon(const std::string& config_path);

}  // namespace followd::cli
