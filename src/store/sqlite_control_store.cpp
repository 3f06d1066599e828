#include "store/sqlite_control_store.hpp"

#include "store/state_task.hpp"

#include <utility>

namespace followd::store {

namespace {

constexpr const char* load_sql =
    "SELECT follower_cluster, follower_index, kind, asked_at, asked_by FROM intent";
constexpr const char* save_sql =
    "INSERT OR REPLACE INTO intent (follower_cluster, follower_index, kind, asked_at, asked_by)"
    " VALUES (?1, ?2, ?3, ?4, ?5)";
constexpr const char* forget_sql =
    "DELETE FROM intent WHERE follower_cluster = ?1 AND follower_index = ?2";

constexpr std::string_view paused = "paused";
constexpr std::string_view unfollowed = "unfollowed";

Result<std::vector<engine::Intent>> load_rows(Database& database) {
    Result<Statement> statement = database.prepare(load_sql, "load what was asked for");
    if (!statement) {
        return std::move(statement).failure();
    }
    std::vector<engine::Intent> intents;
    while (true) {
        const Result<bool> found = statement->step();
        if (!found) {
            return found.failure();
        }
        if (!found.value()) {
            return intents;
        }
        intents.push_back(
            engine::Intent{{ClusterName{statement->text(0)}, IndexName{statement->text(1)}},
                           statement->text(2) == paused ? engine::IntentKind::paused
                                                        : engine::IntentKind::unfollowed,
                           statement->text(3),
                           statement->text(4)});
    }
}

Result<void> run(Database& database, const char* sql, const std::vector<std::string>& values) {
    Result<Statement> statement = database.prepare(sql, "keep what was asked for");
    if (!statement) {
        return std::move(statement).failure();
    }
    for (std::size_t at = 0; at < values.size(); ++at) {
        statement->bind(static_cast<int>(at) + 1, values[at]);
    }
    const Result<bool> done = statement->step();
    return done ? Result<void>{} : Result<void>{done.failure()};
}

}  // namespace

Task<Result<std::vector<engine::Intent>>> SqliteControlStore::load_intents() {
    return run_on<std::vector<engine::Intent>>(
        thread_, Access::read, [](Database& database) { return load_rows(database); });
}

Task<Result<void>> SqliteControlStore::save_intent(engine::Intent intent) {
    std::vector<std::string> values{
        intent.place.cluster.value(),
        intent.place.index.value(),
        std::string(intent.kind == engine::IntentKind::paused ? paused : unfollowed),
        intent.at,
        intent.by};
    return run_on<void>(thread_, Access::write, [values = std::move(values)](Database& database) {
        return run(database, save_sql, values);
    });
}

Task<Result<void>> SqliteControlStore::forget_intent(engine::IndexPlace place) {
    std::vector<std::string> values{place.cluster.value(), place.index.value()};
    return run_on<void>(thread_, Access::write, [values = std::move(values)](Database& database) {
        return run(database, forget_sql, values);
    });
}

}  // namespace followd::store
