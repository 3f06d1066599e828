#include "store/sqlite_checkpoint_store.hpp"

#include "followd/base/assert.hpp"

#include "store/state_task.hpp"

#include <chrono>
#include <utility>

namespace followd::store {

namespace {

constexpr const char* load_sql =
    "SELECT leader_history_uuid, leader_term, applied_through, swept_through, version_base,"
    " follower_index_uuid, follower_history_uuid, follower_term FROM checkpoint"
    " WHERE leader_cluster = ?1 AND leader_index_uuid = ?2 AND follower_cluster = ?3"
    " AND follower_index = ?4 AND shard = ?5";

constexpr const char* save_sql =
    "INSERT OR REPLACE INTO checkpoint (leader_cluster, leader_index_uuid, follower_cluster,"
    " follower_index, shard, leader_history_uuid, leader_term, applied_through, swept_through,"
    " version_base, follower_index_uuid, follower_history_uuid, follower_term, updated_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

constexpr const char* forget_sql =
    "DELETE FROM checkpoint WHERE leader_cluster = ?1 AND leader_index_uuid = ?2"
    " AND follower_cluster = ?3 AND follower_index = ?4";

/// For people who look into the file; nothing is ever decided by it.
std::int64_t wall_clock_ms() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

void bind_indices(Statement& statement, const ShardKey& key) {
    statement.bind(1, key.leader.value());
    statement.bind(2, key.leader_index.value());
    statement.bind(3, key.follower.value());
    statement.bind(4, key.follower_index.value());
}

Checkpoint read_row(const Statement& row) {
    return Checkpoint{
        .history = HistoryUuid{row.text(0)},
        .term = PrimaryTerm{row.number(1)},
        .applied_through = SeqNo{row.number(2)},
        .swept_through = SeqNo{row.number(3)},
        .base = VersionBase{row.number(4)},
        .follower = FollowerIdentity{.uuid = IndexUuid{row.text(5)},
                                     .history = HistoryUuid{row.text(6)},
                                     .term = PrimaryTerm{row.number(7)}},
    };
}

bool is_sound(const Checkpoint& checkpoint) {
    return checkpoint.swept_through >= SeqNo::none() &&
           checkpoint.swept_through <= checkpoint.applied_through;
}

Result<std::optional<Checkpoint>> load_row(Database& database, const ShardKey& key) {
    Result<Statement> statement = database.prepare(load_sql, "load a checkpoint");
    if (!statement) {
        return std::move(statement).failure();
    }
    bind_indices(*statement, key);
    statement->bind(5, std::int64_t{key.shard});
    const Result<bool> found = statement->step();
    if (!found) {
        return found.failure();
    }
    if (!found.value()) {
        return std::optional<Checkpoint>{};
    }
    const Checkpoint checkpoint = read_row(*statement);
    if (!is_sound(checkpoint)) {
        return database.failure_saying(
            "the checkpoint of index " + key.follower_index.value() + " shard " +
            std::to_string(key.shard) +
            " cannot be one; move the file away and start again: losing it costs time, never data");
    }
    return std::optional<Checkpoint>{checkpoint};
}

Result<void> save_row(Database& database, const ShardKey& key, const Checkpoint& checkpoint) {
    Result<Statement> statement = database.prepare(save_sql, "save a checkpoint");
    if (!statement) {
        return std::move(statement).failure();
    }
    bind_indices(*statement, key);
    statement->bind(5, std::int64_t{key.shard});
    statement->bind(6, checkpoint.history.value());
    statement->bind(7, checkpoint.term.value());
    statement->bind(8, checkpoint.applied_through.value());
    statement->bind(9, checkpoint.swept_through.value());
    statement->bind(10, checkpoint.base.value());
    statement->bind(11, checkpoint.follower.uuid.value());
    statement->bind(12, checkpoint.follower.history.value());
    statement->bind(13, checkpoint.follower.term.value());
    statement->bind(14, wall_clock_ms());
    const Result<bool> done = statement->step();
    return done ? Result<void>{} : Result<void>{done.failure()};
}

Result<void> forget_rows(Database& database, const ShardKey& key) {
    Result<Statement> statement = database.prepare(forget_sql, "forget checkpoints");
    if (!statement) {
        return std::move(statement).failure();
    }
    bind_indices(*statement, key);
    const Result<bool> done = statement->step();
    return done ? Result<void>{} : Result<void>{done.failure()};
}

}  // namespace

Result<std::unique_ptr<SqliteCheckpointStore>> SqliteCheckpointStore::open(
    const std::string& path) {
    Result<StateFile> file = StateFile::open(path);
    if (!file) {
        return std::move(file).failure();
    }
    return std::unique_ptr<SqliteCheckpointStore>(
        new SqliteCheckpointStore(std::move(file).value()));
}

Task<Result<std::optional<Checkpoint>>> SqliteCheckpointStore::load(ShardKey key) {
    return run_on<std::optional<Checkpoint>>(
        thread_, Access::read, [key = std::move(key)](Database& database) {
            return load_row(database, key);
        });
}

Task<Result<void>> SqliteCheckpointStore::save(ShardKey key, Checkpoint checkpoint) {
    FOLLOWD_ASSERT(key.shard >= 0);
    FOLLOWD_ASSERT(is_sound(checkpoint));
    return run_on<void>(thread_,
                        Access::write,
                        [key = std::move(key), checkpoint = std::move(checkpoint)](
                            Database& database) { return save_row(database, key, checkpoint); });
}

Task<Result<void>> SqliteCheckpointStore::forget(ShardKey any_shard) {
    return run_on<void>(thread_, Access::write, [key = std::move(any_shard)](Database& database) {
        return forget_rows(database, key);
    });
}

}  // namespace followd::store
