#include "cli/command_table.hpp"

#include "cli/check_command.hpp"
#include "cli/common_options.hpp"
#include "cli/completion.hpp"
#include "cli/exit_code.hpp"
#include "cli/run_command.hpp"
#include "cli/status_command.hpp"
#include "cli/verify_command.hpp"
#include "config/units.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <string>

namespace followd::cli {

namespace {

constexpr const char* footer =
    "Exit codes: 0 done or equal, 1 no or differs, 2 could not tell, 64 usage, 75 try again "
    "later,\n"
    "77 credentials or privileges, 78 configuration.";

struct Options {
    CommonOptions run;
    CheckOptions check;
    StatusOptions status;
    VerifyOptions verify;
    std::string verify_wait = "30s";
    std::string shell;
};

std::string duration_mistake(const std::string& text) {
    return config::parse_duration(text)
               ? std::string{}
               : "write a duration, for example 30s or 2m (ms, s, m, h, d)";
}

CLI::App* add_run(CLI::App& app, Options& options) {
    CLI::App* command = app.add_subcommand("run", "the daemon: follow until a stop signal");
    add_config_option(*command, options.run);
    return command;
}

CLI::App* add_check(CLI::App& app, Options& options) {
    CLI::App* command = app.add_subcommand(
        "check", "whether this configuration can work: file, clusters, privileges, indices");
    add_config_option(*command, options.check.common);
    add_json_option(*command, options.check.common);
    return command;
}

CLI::App* add_status(CLI::App& app, Options& options) {
    CLI::App* command = app.add_subcommand("status", "how the running daemon is, index by index");
    add_config_option(*command, options.status.common);
    add_json_option(*command, options.status.common);
    command->add_flag("--watch", options.status.watch, "again every second, until interrupted");
    return command;
}

CLI::App* add_verify(CLI::App& app, Options& options) {
    CLI::App* command = app.add_subcommand(
        "verify", "whether followers are equal to their leaders, by reading both");
    add_config_option(*command, options.verify.common);
    add_json_option(*command, options.verify.common);
    command->add_option("INDEX", options.verify.indices, "leader indices: names or patterns with *")
        ->required()
        ->option_text("...");
    command->add_flag(
        "--deep", options.verify.deep, "compare every document's id, routing and source, too");
    command->add_option("--rule", options.verify.rule, "only followers of this follow rule")
        ->option_text("NAME");
    command
        ->add_option("--wait",
                     options.verify_wait,
                     "how long a difference may take to go away by itself before it counts")
        ->option_text("DURATION")
        ->capture_default_str()
        ->check(duration_mistake);
    return command;
}

CLI::App* add_completion(CLI::App& app, Options& options) {
    CLI::App* command =
        app.add_subcommand("completion", "what a shell reads to complete this command line");
    command->add_option("SHELL", options.shell, "bash or zsh")
        ->required()
        ->option_text("bash|zsh")
        ->check(CLI::IsMember({"bash", "zsh"}));
    return command;
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
    Options options;
    CLI::App app{"Follows indices of one Elasticsearch or OpenSearch cluster on another.",
                 "followd"};
    app.set_version_flag("--version", "followd " FOLLOWD_VERSION);
    app.require_subcommand(1);
    app.footer(footer);
    // What each command does, once the whole line was understood.
    const std::map<const CLI::App*, std::function<int()>> commands{
        {add_run(app, options), [&options] { return run_daemon(options.run.config); }},
        {add_check(app, options), [&options] { return check(options.check); }},
        {add_status(app, options), [&options] { return show_status(options.status); }},
        {add_verify(app, options),
         [&options] {
             options.verify.wait = *config::parse_duration(options.verify_wait);
             return verify(options.verify);
         }},
        {add_completion(app, options), [&app, &options] {
             std::cout << (options.shell == "bash" ? bash_completion(app) : zsh_completion(app));
             return exit_done;
         }}};
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const bool is_help = error.get_exit_code() == 0;
        app.exit(error);
        return is_help ? exit_done : exit_usage;
    }
    return commands.at(app.get_subcommands().front())();
}

}  // namespace followd::cli
