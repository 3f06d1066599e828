#pragma once

#include "followd/base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

/// SQLite with destructors and values for errors. Every Failure is of kind `storage`; its text says
/// what was attempted, SQLite's own words and what to do, and its place names the file. One thread
/// at a time may use a Database and what was made from it.

namespace followd::store {

class Database;

/// A prepared statement. Must not outlive its Database.
class Statement {
public:
    /// Parameters are numbered from 1. `text` must live as long as the statement.
    void bind(int parameter, std::string_view text);
    void bind(int parameter, std::int64_t number);

    /// True where there is a row to read, false where the statement is done.
    [[nodiscard]] Result<bool> step();

    /// Columns are numbered from 0. Only after a step() that said true.
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::int64_t number(int column) const;

private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };

    Statement(const Database& database, std::string_view attempt, sqlite3_stmt* statement)
        : database_(&database), attempt_(attempt), statement_(statement) {}

    const Database* database_;
    std::string_view attempt_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// One connection to one file. It stays where it was made: statements point to it.
class Database {
public:
    /// Opens an existing file for reading and writing.
    [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::string& path);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Runs statements whose rows nobody wants. `attempt` (here and below: a literal) completes
    /// "cannot ..." in a Failure.
    [[nodiscard]] Result<void> execute(const std::string& sql, std::string_view attempt);
    [[nodiscard]] Result<Statement> prepare(std::string_view sql, std::string_view attempt);
    /// The first column of the first row; a Failure where there is none.
    [[nodiscard]] Result<std::int64_t> read_number(std::string_view sql);
    [[nodiscard]] Result<std::string> read_text(std::string_view sql);

    /// Says whether a transaction is open; SQLite itself ends one at some failures.
    [[nodiscard]] bool is_in_transaction() const;
    [[nodiscard]] const std::string& path() const { return path_; }
    /// The Failure of the last call that failed on this connection.
    [[nodiscard]] Failure failure(std::string_view attempt) const;
    /// A Failure in our own words about this file.
    [[nodiscard]] Failure failure_saying(std::string what) const;

private:
    struct Close {
        void operator()(sqlite3* connection) const noexcept;
    };

    /// Stands on its first row; a Failure where there is none.
    [[nodiscard]] Result<Statement> first_row(std::string_view sql);

    Database(std::string path, sqlite3* connection)
        : path_(std::move(path)), connection_(connection) {}

    std::string path_;
    std::unique_ptr<sqlite3, Close> connection_;
};

/// A write transaction: rolled back unless commit() said that it is stored.
class Transaction {
public:
    [[nodiscard]] static Result<Transaction> begin(Database& database);
    ~Transaction();
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    /// After success everything survives a crash of the machine; after a Failure nothing was stored
    /// as far as this process can tell.
    [[nodiscard]] Result<void> commit();

private:
    explicit Transaction(Database& database) : database_(&database) {}

    Database* database_;  ///< null once moved from
};

}  // namespace followd::store
