#pragma once

#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own
class App;
}

/// What a shell reads to complete our command line, made from the command table itself: a command
/// or an option that is added there is completed.

namespace followd::cli {

[[nodiscard]] std::string bash_completion(const CLI::App& app);
[[nodiscard]] std::string zsh_completion(const CLI::App& app);

}  // namespace followd::cli
