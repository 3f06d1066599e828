#include "cli/common_options.hpp"

#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"
#include "config/load.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <utility>
#include <variant>
#include <vector>

namespace followd::cli {

void add_config_option(CLI::App& command, CommonOptions& options) {
    command.add_option("--config", options.config, "configuration file, YAML or JSON")
        ->option_text("FILE")
        ->capture_default_str();
}

void add_json_option(CLI::App& command, CommonOptions& options) {
    command.add_flag("--json", options.json, "answer in JSON, for programs");
}

std::optional<Settings> load_or_complain(const CommonOptions& options) {
    config::SettingsOrMistakes read = config::load_settings(options.config);
    if (const auto* mistakes = std::get_if<std::vector<config::Mistake>>(&read)) {
        print_mistakes(*mistakes);
        return std::nullopt;
    }
    return std::get<Settings>(std::move(read));
}

void complain(const Failure& failure) {
    std::cerr << "followd: " << printable(to_string(failure)) << '\n';
}

}  // namespace followd::cli
