#include "store/sqlite.hpp"

#include "followd/base/assert.hpp"

#include <sqlite3.h>

#include <limits>
#include <system_error>

namespace followd::store {

namespace {

/// How long a start waits for another program (a backup, say) to let go of the file.
constexpr int busy_timeout_ms = 2000;

std::string place_of(const std::string& path) {
    return "state file " + path;
}

/// What the operator should do about a primary result code.
std::string_view advice_for(int code) {
    switch (code) {
        case SQLITE_FULL:
            return "; free space on that disk: followd goes on by itself";
        case SQLITE_IOERR:
            return "; check that disk: followd tries again by itself";
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return "; move the file away, with its -wal, and start again: losing it costs time "
                   "(followd compares both sides anew), never data";
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
        case SQLITE_CANTOPEN:
            return "; make the file and its folder writable for the user that runs followd";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "; another program has the file open: end it";
        default:
            return "";
    }
}

Failure describe(sqlite3* connection, const std::string& path, std::string_view attempt) {
    const int code = sqlite3_extended_errcode(connection);
    const int primary_code = code & 0xFF;
    std::string what = "cannot ";
    what += attempt;
    what += ": ";
    what += sqlite3_errmsg(connection);
    const int system_error = sqlite3_system_errno(connection);
    if (system_error != 0 && (primary_code == SQLITE_IOERR || primary_code == SQLITE_CANTOPEN)) {
        what += " (";
        what += std::generic_category().message(system_error);
        what += ')';
    }
    what += advice_for(primary_code);
    return Failure{FailureKind::storage, std::move(what), place_of(path)};
}

int checked_length(std::string_view text) {
    FOLLOWD_ASSERT(text.size() <= std::size_t{std::numeric_limits<int>::max()});
    return static_cast<int>(text.size());
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
    sqlite3_finalize(statement);  // its result repeats the last step's, which was reported
}

void Statement::bind(int parameter, std::string_view text) {
    const int code = sqlite3_bind_text(
        statement_.get(), parameter, text.data(), checked_length(text), SQLITE_STATIC);
    FOLLOWD_ASSERT(code == SQLITE_OK);
}

void Statement::bind(int parameter, std::int64_t number) {
    const int code = sqlite3_bind_int64(statement_.get(), parameter, number);
    FOLLOWD_ASSERT(code == SQLITE_OK);
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code == SQLITE_DONE) {
        return false;
    }
    return database_->failure(attempt_);
}

std::string Statement::text(int column) const {
    const void* data = sqlite3_column_blob(statement_.get(), column);
    if (data == nullptr) {
        return {};
    }
    const int length = sqlite3_column_bytes(statement_.get(), column);
    return {static_cast<const char*>(data), static_cast<std::size_t>(length)};
}

std::int64_t Statement::number(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

void Database::Close::operator()(sqlite3* connection) const noexcept {
    const int code = sqlite3_close(connection);
    FOLLOWD_ASSERT(code == SQLITE_OK);  // a statement outlived its database
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path) {
    sqlite3* connection = nullptr;
    // Our own thread is the only user: SQLite's mutexes would buy nothing.
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
    FOLLOWD_ASSERT(connection != nullptr);
    std::unique_ptr<Database> database(new Database(path, connection));
    if (code != SQLITE_OK) {
        return database->failure("open it");
    }
    sqlite3_extended_result_codes(connection, 1);
    sqlite3_busy_timeout(connection, busy_timeout_ms);
    return database;
}

Database::~Database() = default;

Result<void> Database::execute(const std::string& sql, std::string_view attempt) {
    const int code = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        return failure(attempt);
    }
    return {};
}

Result<Statement> Database::prepare(std::string_view sql, std::string_view attempt) {
    sqlite3_stmt* statement = nullptr;
    const int code =
        sqlite3_prepare_v2(connection_.get(), sql.data(), checked_length(sql), &statement, nullptr);
    if (code != SQLITE_OK) {
        return failure(attempt);
    }
    return Statement{*this, attempt, statement};
}

Result<Statement> Database::first_row(std::string_view sql) {
    Result<Statement> statement = prepare(sql, "read the file");
    if (!statement) {
        return std::move(statement).failure();
    }
    const Result<bool> row = statement->step();
    if (!row) {
        return row.failure();
    }
    if (!row.value()) {
        return failure_saying("cannot read the file: an answer is missing");
    }
    return statement;
}

Result<std::int64_t> Database::read_number(std::string_view sql) {
    Result<Statement> row = first_row(sql);
    if (!row) {
        return std::move(row).failure();
    }
    return row->number(0);
}

Result<std::string> Database::read_text(std::string_view sql) {
    Result<Statement> row = first_row(sql);
    if (!row) {
        return std::move(row).failure();
    }
    return row->text(0);
}

bool Database::is_in_transaction() const {
    return sqlite3_get_autocommit(connection_.get()) == 0;
}

Failure Database::failure(std::string_view attempt) const {
    return describe(connection_.get(), path_, attempt);
}

Failure Database::failure_saying(std::string what) const {
    return Failure{FailureKind::storage, std::move(what), place_of(path_)};
}

Result<Transaction> Transaction::begin(Database& database) {
    FOLLOWD_ASSERT(!database.is_in_transaction());
    // IMMEDIATE: whatever stands in the way of writing is told here, not half-way.
    Result<void> begun = database.execute("BEGIN IMMEDIATE", "begin to write");
    if (!begun) {
        return std::move(begun).failure();
    }
    return Transaction{database};
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
    // At some failures (a full disk, for one) SQLite has rolled back already.
    if (database_ != nullptr && database_->is_in_transaction()) {
        const Result<void> rolled_back = database_->execute("ROLLBACK", "undo a write");
        FOLLOWD_ASSERT(rolled_back.ok() || !database_->is_in_transaction());
    }
}

Result<void> Transaction::commit() {
    FOLLOWD_ASSERT(database_ != nullptr && database_->is_in_transaction());
    return database_->execute("COMMIT", "write");
}

}  // namespace followd::store
