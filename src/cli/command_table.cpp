#include "cli/command_table.hpp"

#include "cli/check_command.hpp"
#include "cli/common_options.hpp"
#include "cli/completion.hpp"
#include "cli/control_command.hpp"
#include "cli/exit_code.hpp"
#include "cli/pull_repository_command.hpp"
#include "cli/run_command.hpp"
#include "cli/serve_repository_command.hpp"
#include "cli/snapshots_commands.hpp"
#include "cli/status_command.hpp"
#include "cli/verify_command.hpp"
#include "config/units.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <cstdlib>
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
    std::map<admin::ControlVerb, ControlOptions> control;
    std::string drain = "30s";
    ServeRepositoryOptions serve_repository;
    PullRepositoryOptions pull_repository;
    std::string pull_every;
    SnapshotsCommandsOptions snapshots;
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
    command->add_flag("--repair",
                      options.verify.repair,
                      "make followers that differ like their leaders again: what somebody else "
                      "wrote there is replaced or taken away");
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

struct ControlHelp {
    admin::ControlVerb verb;
    const char* text;
    const char* operand;
};

constexpr std::array control_help{
    ControlHelp{admin::ControlVerb::follow, "take an unfollow back", "RULE|INDEX"},
    ControlHelp{admin::ControlVerb::pause, "hold followers back until resume", "INDEX"},
    ControlHelp{admin::ControlVerb::resume,
                "let paused followers go on, or undo a promotion by mistake",
                "INDEX"},
    ControlHelp{admin::ControlVerb::unfollow, "follow no more; the follower index stays", "INDEX"},
    ControlHelp{admin::ControlVerb::promote,
                "make followers indices of their own, which clients write to",
                "INDEX"},
    ControlHelp{admin::ControlVerb::failback,
                "let the old leaders of promoted followers follow them",
                "INDEX"},
    ControlHelp{
        admin::ControlVerb::plan, "what promote or failback would do, without doing it", "INDEX"}};

void add_drain_option(CLI::App& command, Options& options) {
    command
        .add_option(
            "--drain", options.drain, "how long to wait until all that the leader has is here")
        ->option_text("DURATION")
        ->capture_default_str()
        ->check(duration_mistake);
}

CLI::App* add_control(CLI::App& app, Options& options, const ControlHelp& help) {
    ControlOptions& of_verb = options.control[help.verb];
    admin::ControlRequest& request = of_verb.request;
    request.verb = help.verb;
    CLI::App* command = app.add_subcommand(std::string(to_string(help.verb)), help.text);
    add_config_option(*command, of_verb.common);
    add_json_option(*command, of_verb.common);
    CLI::Option* indices =
        command
            ->add_option(help.operand,
                         request.targets.indices,
                         "followers: names or patterns with *; where no follower has the name, "
                         "leader indices")
            ->option_text("...");
    command->add_flag("--all", request.targets.all, "all of them")->excludes(indices);
    switch (help.verb) {
        case admin::ControlVerb::promote:
            add_drain_option(*command, options);
            command->add_flag("--no-drain",
                              request.promote.no_drain,
                              "do not ask the leader: it is known to be lost");
            command->add_flag(
                "--force",
                request.promote.force,
                "go on where the drain fails, without the operations that are missing");
            break;
        case admin::ControlVerb::failback:
            add_drain_option(*command, options);
            command->add_flag("--switch",
                              request.is_switch,
                              "when level: the original side leads again, the direction is turned "
                              "round; writers wait meanwhile");
            break;
        case admin::ControlVerb::resume:
            command->add_flag("--discard-local",
                              request.discard_local,
                              "of a promoted follower: save what was written to it since to a "
                              "file, and take it away");
            break;
        case admin::ControlVerb::follow:
            command->add_flag(
                "--wait", of_verb.waits, "until they follow, showing how far they are");
            break;
        case admin::ControlVerb::pause:
        case admin::ControlVerb::unfollow:
        case admin::ControlVerb::repair:
        case admin::ControlVerb::plan:
            break;
    }
    return command;
}

CLI::App* add_serve_repository(CLI::App& app, Options& options) {
    ServeRepositoryOptions& served = options.serve_repository;
    CLI::App* command = app.add_subcommand(
        "serve-repository",
        "a snapshot repository's files over HTTP, read-only, for a url repository elsewhere");
    command->add_option("--root", served.root, "the folder that the leader writes snapshots to")
        ->required()
        ->option_text("DIR");
    command->add_option("--listen", served.listen, "the address to serve at")
        ->required()
        ->option_text("HOST:PORT");
    command
        ->add_option("--token-file",
                     served.token_file,
                     "a secret that stands first in every path; needed beyond loopback")
        ->option_text("FILE");
    command->add_option("--tls-cert", served.tls_cert_file, "serve https: the certificate, PEM")
        ->option_text("FILE");
    command->add_option("--tls-key", served.tls_key_file, "its private key, PEM, not encrypted")
        ->option_text("FILE");
    return command;
}

CLI::App* add_pull_repository(CLI::App& app, Options& options) {
    PullRepositoryOptions& pulled = options.pull_repository;
    CLI::App* command = app.add_subcommand(
        "pull-repository", "copy a repository that serve-repository serves into a folder here");
    command->add_option("--from", pulled.from, "the address that it is served at")
        ->required()
        ->option_text("URL");
    command->add_option("--to", pulled.to, "the folder of the copy: empty at first, or that copy")
        ->required()
        ->option_text("DIR");
    command->add_option("--token-file", pulled.token_file, "the secret that the source asks for")
        ->option_text("FILE");
    command
        ->add_option(
            "--ca-file", pulled.ca_file, "who certified the source, PEM, if not the system's")
        ->option_text("FILE");
    command
        ->add_option("--every",
                     options.pull_every,
                     "again and again, so long from start to start, until a stop signal")
        ->option_text("DURATION")
        ->check(duration_mistake);
    command->add_flag("--json", pulled.json, "answer in JSON, for programs");
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

/// The innermost that the line names.
const CLI::App* chosen_command(const CLI::App& app) {
    const CLI::App* chosen = app.get_subcommands().front();
    while (!chosen->get_subcommands().empty()) {
        chosen = chosen->get_subcommands().front();
    }
    return chosen;
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
    Options options;
    CLI::App app{"Follows indices of one Elasticsearch or OpenSearch cluster on another.",
                 "followd"};
    app.set_version_flag("--version", "followd " FOLLOWD_VERSION);
    app.require_subcommand(1);
    app.footer(footer);
    CommandTable commands{
        {add_run(app, options), [&options] { return run_daemon(options.run.config); }},
        {add_check(app, options), [&options] { return check(options.check); }},
        {add_status(app, options), [&options] { return show_status(options.status); }},
        {add_verify(app, options),
         [&options] {
             options.verify.wait = *config::parse_duration(options.verify_wait);
             return verify(options.verify);
         }},
        {add_serve_repository(app, options),
         [&options] { return serve_repository(options.serve_repository); }},
        {add_pull_repository(app, options),
         [&options] {
             options.pull_repository.every = config::parse_duration(options.pull_every);
             return pull_repository(options.pull_repository);
         }},
        {add_completion(app, options), [&app, &options] {
             std::cout << (options.shell == "bash" ? bash_completion(app) : zsh_completion(app));
             return exit_done;
         }}};
    for (const ControlHelp& help : control_help) {
        const CLI::App* command = add_control(app, options, help);
        commands.emplace(command, [&options, verb = help.verb] {
            ControlOptions& of_verb = options.control.at(verb);
            if (of_verb.request.targets.indices.empty() && !of_verb.request.targets.all) {
                std::cerr << "followd: name followers, or say --all\n";
                return exit_usage;
            }
            of_verb.request.promote.drain = *config::parse_duration(options.drain);
            return control(of_verb);
        });
    }
    add_snapshots(app, options.snapshots, commands);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const bool is_help = error.get_exit_code() == 0;
        app.exit(error);
        return is_help ? exit_done : exit_usage;
    }
    return commands.at(chosen_command(app))();
}

}  // namespace followd::cli
