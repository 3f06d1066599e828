#pragma once

#include <memory>
#include <string>

/// A disk between SQLite and the real one that fails, stalls and counts as a test says.

namespace followd::store {

/// While it lives, every database opened in this process is on the faulty disk. One at a time.
class FaultyVfs {
public:
    FaultyVfs();
    ~FaultyVfs();
    FaultyVfs(const FaultyVfs&) = delete;
    FaultyVfs& operator=(const FaultyVfs&) = delete;

    /// From now on every write fails with this SQLite code; 0 heals it.
    void fail_writes(int code);
    /// The same for every sync.
    void fail_syncs(int code);
    /// The next sync waits in wait_until_stalled()'s sight until release().
    void stall_next_sync();
    void wait_until_stalled();
    void release();

    /// Syncs of write-ahead logs so far, and whether something was written to one since the last.
    [[nodiscard]] int log_syncs() const;
    [[nodiscard]] bool log_has_unsynced_writes() const;
};

}  // namespace followd::store
