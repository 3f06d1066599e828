#pragma once

#include "followd/base/result.hpp"
#include "followd/model/settings.hpp"

#include <optional>
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own
class App;
}

/// What every command takes, and how it begins.

namespace followd::cli {

struct CommonOptions {
    std::string config = "/etc/followd/followd.yaml";
    bool json = false;
};

void add_config_option(CLI::App& command, CommonOptions& options);
void add_json_option(CLI::App& command, CommonOptions& options);

/// The settings, or nothing after every mistake was printed: then the exit code is
/// exit_configuration. Opens no secret.
[[nodiscard]] std::optional<Settings> load_or_complain(const CommonOptions& options);

/// "followd: where: what", to standard error.
void complain(const Failure& failure);

}  // namespace followd::cli
