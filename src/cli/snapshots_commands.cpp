#include "cli/snapshots_commands.hpp"

#include <CLI/CLI.hpp>

namespace followd::cli {

namespace {

/// What all of them take, in the order of the line.
CLI::App* add_command(CLI::App& group,
                      const char* name,
                      const char* text,
                      SnapshotsOptions& options) {
    CLI::App* command = group.add_subcommand(name, text);
    command->add_option("REPOSITORY", options.repository, "one of the configuration's")
        ->required()
        ->option_text(" ");
    command->add_option("--leader", options.leader, "the cluster whose snapshots are meant")
        ->option_text("CLUSTER");
    add_config_option(*command, options.common);
    add_json_option(*command, options.common);
    return command;
}

const CLI::App* add_list(CLI::App& group, SnapshotsListOptions& options) {
    CLI::App* command =
        add_command(group, "list", "what is in a repository, and who took it", options);
    command->add_option("--at", options.at, "the cluster to ask, if not the one that took them")
        ->option_text("CLUSTER");
    return command;
}

const CLI::App* add_create(CLI::App& group, SnapshotsCreateOptions& options) {
    CLI::App* command = add_command(
        group, "create", "take a snapshot of indices, and wait until it is whole", options);
    command->add_option("SNAPSHOT", options.snapshot, "what it is called")
        ->required()
        ->option_text(" ");
    command->add_option("INDEX", options.indices, "names or patterns with *")
        ->required()
        ->option_text("...");
    return command;
}

const CLI::App* add_restore(CLI::App& group, SnapshotsRestoreOptions& options) {
    CLI::App* command =
        add_command(group,
                    "restore",
                    "make indices of a snapshot on a cluster, and wait until they are whole",
                    options);
    command->add_option("SNAPSHOT", options.snapshot, "its name")->required()->option_text(" ");
    command
        ->add_option(
            "INDEX", options.indices, "of the snapshot: names or patterns with *; all unless given")
        ->option_text("...");
    command->add_option("--to", options.to, "the cluster that is to have them")
        ->required()
        ->option_text("CLUSTER");
    command
        ->add_option("--rename",
                     options.rename,
                     "what they are called there, {{index}} standing for the name")
        ->option_text("NAME")
        ->capture_default_str();
    return command;
}

const CLI::App* add_delete(CLI::App& group, SnapshotsDeleteOptions& options) {
    CLI::App* command = add_command(group, "delete", "delete snapshots that nobody uses", options);
    command->add_option("SNAPSHOT", options.snapshots, "their names")
        ->required()
        ->option_text("...");
    command->add_flag("--force",
                      options.force,
                      "also those that a daemon left which is gone (followd-...), and without "
                      "asking who restores from them");
    return command;
}

}  // namespace

void add_snapshots(CLI::App& app, SnapshotsCommandsOptions& options, CommandTable& commands) {
    CLI::App* group =
        app.add_subcommand("snapshots", "snapshots in the configuration's repositories");
    group->require_subcommand(1);
    commands.emplace(add_list(*group, options.list),
                     [&options] { return list_snapshots(options.list); });
    commands.emplace(add_create(*group, options.create),
                     [&options] { return create_snapshot(options.create); });
    commands.emplace(add_restore(*group, options.restore),
                     [&options] { return restore_snapshot(options.restore); });
    commands.emplace(add_delete(*group, options.remove),
                     [&options] { return delete_snapshots(options.remove); });
}

}  // namespace followd::cli
