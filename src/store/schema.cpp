#include "store/schema.hpp"

#include "followd/base/assert.hpp"

#include <array>
#include <string>

namespace followd::store {

namespace {

/// Entry i brings a file of version i to version i + 1.
constexpr std::array migrations{
    R"sql(
        CREATE TABLE checkpoint (
            leader_cluster        TEXT    NOT NULL,
            leader_index_uuid     TEXT    NOT NULL,
            follower_cluster      TEXT    NOT NULL,
            follower_index        TEXT    NOT NULL,
            shard                 INTEGER NOT NULL CHECK (shard >= 0),
            leader_history_uuid   TEXT    NOT NULL,
            leader_term           INTEGER NOT NULL,
            applied_through       INTEGER NOT NULL CHECK (applied_through >= -1),
            swept_through         INTEGER NOT NULL
                                  CHECK (swept_through BETWEEN -1 AND applied_through),
            version_base          INTEGER NOT NULL,
            follower_index_uuid   TEXT    NOT NULL,
            follower_history_uuid TEXT    NOT NULL,
            follower_term         INTEGER NOT NULL,
            updated_at            INTEGER NOT NULL,
            PRIMARY KEY (leader_cluster, leader_index_uuid, follower_cluster, follower_index, shard)
        ) STRICT, WITHOUT ROWID;
    )sql",
    R"sql(
        CREATE TABLE intent (
            follower_cluster TEXT NOT NULL,
            follower_index   TEXT NOT NULL,
            kind             TEXT NOT NULL CHECK (kind IN ('paused', 'unfollowed')),
            asked_at         TEXT NOT NULL,
            asked_by         TEXT NOT NULL,
            PRIMARY KEY (follower_cluster, follower_index)
        ) STRICT, WITHOUT ROWID;
    )sql",
    // Who this state file's daemon is: temporary snapshots carry it in their names.
    R"sql(
        CREATE TABLE daemon (id TEXT NOT NULL) STRICT;
        INSERT INTO daemon VALUES (lower(hex(randomblob(6))));
    )sql",
};

}  // namespace

std::int64_t schema_version() {
    return std::int64_t{migrations.size()};
}

Result<void> check_schema(Database& database) {
    const Result<std::int64_t> id = database.read_number("PRAGMA application_id");
    if (!id) {
        return id.failure();
    }
    const Result<std::int64_t> version = database.read_number("PRAGMA user_version");
    if (!version) {
        return version.failure();
    }
    const Result<std::int64_t> objects = database.read_number("SELECT count(*) FROM sqlite_schema");
    if (!objects) {
        return objects.failure();
    }
    const bool is_empty = id.value() == 0 && version.value() == 0 && objects.value() == 0;
    if (id.value() != application_id && !is_empty) {
        return database.failure_saying(
            "the file is a database of another program: set `state` to a file of followd's own");
    }
    if (version.value() < 0 || version.value() > schema_version()) {
        return database.failure_saying(
            "a newer followd wrote the file (schema " + std::to_string(version.value()) +
            ", this one knows up to " + std::to_string(schema_version()) +
            "): install that version again, or move the file away, which costs time, never data");
    }
    return {};
}

Result<void> migrate_schema(Database& database) {
    Result<Transaction> transaction = Transaction::begin(database);
    if (!transaction) {
        return std::move(transaction).failure();
    }
    const Result<std::int64_t> version = database.read_number("PRAGMA user_version");
    if (!version) {
        return version.failure();
    }
    FOLLOWD_ASSERT(version.value() >= 0 && version.value() <= schema_version());
    if (version.value() == schema_version()) {
        return {};
    }
    for (auto next = static_cast<std::size_t>(version.value()); next < migrations.size(); ++next) {
        Result<void> migrated = database.execute(migrations[next], "make the tables");
        if (!migrated) {
            return migrated;
        }
    }
    const std::string marks = "PRAGMA application_id = " + std::to_string(application_id) +
                              "; PRAGMA user_version = " + std::to_string(schema_version());
    Result<void> marked = database.execute(marks, "make the tables");
    if (!marked) {
        return marked;
    }
    return transaction->commit();
}

}  // namespace followd::store
