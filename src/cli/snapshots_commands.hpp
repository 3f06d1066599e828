#pragma once

#include "cli/snapshots_create_command.hpp"
#include "cli/snapshots_delete_command.hpp"
#include "cli/snapshots_list_command.hpp"
#include "cli/snapshots_restore_command.hpp"

#include <functional>
#include <map>

/// `followd snapshots`: its commands and what they take.

namespace followd::cli {

struct SnapshotsCommandsOptions {
    SnapshotsListOptions list;
    SnapshotsCreateOptions create;
    SnapshotsRestoreOptions restore;
    SnapshotsDeleteOptions remove;
};

/// What each command does, once the whole line was understood.
using CommandTable = std::map<const CLI::App*, std::function<int()>>;

/// `options` must live until the command has run.
void add_snapshots(CLI::App& app, SnapshotsCommandsOptions& options, CommandTable& commands);

}  // namespace followd::cli
