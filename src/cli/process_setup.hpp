#pragma once

/// What a process that serves or follows for long asks of the system at its start.

namespace followd::cli {

/// As many open files as are allowed.
void raise_open_files();

/// A full state file (ulimit -f) and a reader that went away are failed writes, and told or borne
/// as such: neither may end what goes on.
void survive_failed_writes();

}  // namespace followd::cli
